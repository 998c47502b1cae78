/** One failover under a probing client: what the client lost, and which part of it the cloud itself took. */
import * as z from 'zod/mini';
import { journalFrom } from '../../lab/control/client.ts';
import type { JournalEntry } from '../../lab/control/types.ts';
import { failoverTimeline, type Timeline } from '../../lab/timeline/timeline.ts';
import type { Stage } from '../lab.ts';
import type { FaultCase } from './cases.ts';

export const runSchema = z.object({
  outageMs: z.number(),
  lost: z.int(),
  moves: z.int(),
  owners: z.array(z.string()),
  /** Whether the VIP went to the healthy standby of the highest priority. */
  toBest: z.boolean(),
  /** Pauses of the probing process: the machine's, not the product's. */
  stallMs: z.number(),
  reason: z.nullable(z.string()),
  /** From the first EC2 call sent to the address applied. */
  fabricMs: z.nullable(z.number()),
  /** From the request that made the arbiter act (claim, fault report, resignation) to the address applied. */
  decidedToAppliedMs: z.nullable(z.number()),
});
export type FailoverRun = z.infer<typeof runSchema>;

/** A fixed sequence of phases within the heartbeat, spread evenly: chance must not choose an easy set. */
const phaseMs = (index: number, runs: number): number => Math.round((1000 * index) / runs);

const TRIGGERS = new Set(['claim', 'fault report', 'resign']);

/** Milliseconds from the decisive request to the address applied; null when the journal lacks one of them. */
export const decidedToApplied = (timeline: Pick<Timeline, 'rows'> | null): number | null => {
  const trigger = timeline?.rows.find(({ what }) => TRIGGERS.has(what))?.atMs;
  const applied = timeline?.rows.findLast(({ what }) => what === 'fabric applied')?.atMs;
  return trigger === undefined || applied === undefined
    ? null
    : Math.round((applied - trigger) * 1000) / 1000;
};

const bestStandby = async ({ session }: Stage): Promise<string | undefined> => {
  const { members } = await session.group();
  const standbys = members.filter(({ state, health }) => state === 'BACKUP' && health === 'ok');
  return standbys.toSorted((a, b) => (b.priority ?? 0) - (a.priority ?? 0))[0]?.host;
};

/** Reads a lab's journal piece by piece, so that each run sees its own entries only. */
export class JournalReader {
  readonly #client: Stage['client'];
  #next = 0;

  constructor(client: Stage['client']) {
    this.#client = client;
  }

  /** Everything since the last call. */
  async news(): Promise<JournalEntry[]> {
    const { next, entries } = await journalFrom(this.#client, this.#next);
    this.#next = next;
    return entries;
  }
}

/** Waits for rest, applies the fault, waits until another host serves. The caller heals. */
export const failOver = async (
  stage: Stage,
  journal: JournalReader,
  { orders }: FaultCase,
  at: { readonly index: number; readonly runs: number },
): Promise<FailoverRun> => {
  const { session } = stage;
  await session.quiet();
  const best = await bestStandby(stage);
  await journal.news();
  const run = await session.run(orders, phaseMs(at.index, at.runs));
  const timeline = failoverTimeline(await journal.news(), {
    hosts: session.info.hosts,
    vips: session.info.vips,
  });
  return {
    outageMs: run.outageMs,
    lost: run.lost,
    moves: run.moves,
    owners: [...run.owners],
    toBest: run.owners.at(-1) === best,
    stallMs: run.stallMs,
    reason: timeline?.reason ?? null,
    fabricMs: timeline?.fabricMs ?? null,
    decidedToAppliedMs: decidedToApplied(timeline),
  };
};
