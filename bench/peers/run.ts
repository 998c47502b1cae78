/** What the section about peers does to its lab: deaths, cuts between hosts, and a quiet time in which calls are counted. */
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod/mini';
import { PeerStates } from '../../lab/peer-states.ts';
import { BenchError } from '../errors.ts';
import type { FaultCase } from '../failover/cases.ts';
import { type FailoverRun, failOver, JournalReader } from '../failover/run.ts';
import { readUnits, writeUnits } from '../handler/item-size.ts';
import type { Stage } from '../lab.ts';
import { readTable } from '../scale/table.ts';

export const HOSTS = 3;
/** A loss is noticed within 0.2 s and confirmed within as much again; what follows from it comes within this. */
const AFTER_CUT_MS = 1500;
/** A standby claims only once it has seen the holder beat twice within one run of answers. */
const HEARTBEATS_BEFORE = 2;

export const countedSchema = z.object({
  quietMs: z.number(),
  members: z.int(),
  beats: z.int(),
  gets: z.int(),
  puts: z.int(),
  readUnits: z.number(),
  writeUnits: z.number(),
  itemBytes: z.int(),
});
export type Counted = z.infer<typeof countedSchema>;

export const cutSchema = z.object({ moves: z.int(), beats: z.int() });
export type Cut = z.infer<typeof cutSchema>;

const DEATH: FaultCase = {
  name: 'host dies',
  what: 'agent and service killed',
  judged: 'beyond fabric',
  orders: [{ kind: 'kill', target: 'holder' }],
};

/** A lab of hosts that watch each other. */
export class Watched {
  readonly #stage: Stage;
  readonly #journal: JournalReader;
  readonly #states = new PeerStates();
  readonly #heartbeatMs: number;
  #beats = 0;

  constructor(stage: Stage, heartbeatMs: number) {
    this.#stage = stage;
    this.#journal = new JournalReader(stage.client);
    this.#heartbeatMs = heartbeatMs;
  }

  async #look(): Promise<void> {
    const news = await this.#journal.news();
    this.#states.take(news);
    this.#beats += news.filter(({ kind }) => kind === 'beat').length;
  }

  /** Waits until all sessions are in that state. */
  async #until(state: string): Promise<void> {
    await this.#stage.session.until(`all sessions are ${state}`, async () => {
      await this.#look();
      return this.#states.are(state, HOSTS);
    });
  }

  async #beatsSoFar(): Promise<number> {
    await this.#look();
    return this.#beats;
  }

  /** Everything is at rest, and every standby has seen the holder beat. */
  async settle(): Promise<void> {
    await this.#stage.session.quiet();
    await this.#until('up');
    await delay(HEARTBEATS_BEFORE * this.#heartbeatMs);
  }

  /** A journal reader of its own, for this one's must miss nothing. */
  async die(at: { readonly index: number; readonly runs: number }): Promise<FailoverRun> {
    return failOver(this.#stage, new JournalReader(this.#stage.client), DEATH, at);
  }

  async cut(): Promise<Cut> {
    const { session } = this.#stage;
    const before = await session.group();
    const beats = await this.#beatsSoFar();
    const fault = await session.fault({ kind: 'cut-peers', target: 'all' });
    await this.#until('down');
    await delay(AFTER_CUT_MS);
    await session.heal(fault.id);
    await this.#until('up');
    const after = await session.group();
    return { moves: after.epoch - before.epoch, beats: (await this.#beatsSoFar()) - beats };
  }

  /** Nothing happens for so long but heartbeats, and the sweep once a minute. */
  async count(quietMs: number): Promise<Counted> {
    const { session } = this.#stage;
    const counts = async (): Promise<Record<string, number>> => (await session.status()).counts.dynamodb;
    const [before, beats] = [await counts(), await this.#beatsSoFar()];
    await delay(quietMs);
    const [after, beaten] = [await counts(), await this.#beatsSoFar()];
    const grown = (operation: string): number => (after[operation] ?? 0) - (before[operation] ?? 0);
    const { stateBytesMax } = await readTable(session.info.endpoints.dynamodb, session.info.table);
    if (beaten === beats) throw new BenchError('no heartbeat was counted');
    const [gets, puts] = [grown('GetItem'), grown('PutItem') + grown('UpdateItem')];
    return {
      quietMs,
      members: HOSTS,
      beats: beaten - beats,
      gets,
      puts,
      readUnits: gets * readUnits(stateBytesMax),
      writeUnits: puts * writeUnits(stateBytesMax),
      itemBytes: stateBytesMax,
    };
  }
}
