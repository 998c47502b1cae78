/** Peer detection: how soon a dead host is replaced at slow heartbeats, what a cut between hosts moves, and what it costs. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { runSchema } from '../failover/run.ts';
import { inLab } from '../lab.ts';
import * as show from '../numbers.ts';
import { type MeasureContext, section } from '../section.ts';
import { countedSchema, cutSchema, HOSTS, Watched } from './run.ts';
import { notesOf, rowsOf } from './tell.ts';

const HEARTBEAT_MS = 10_000;
const DEATHS_DEFAULT = 20;
const CUTS = { full: 100, quick: 5 } as const;
const QUIET_MS = { full: 120_000, quick: 30_000 } as const;
const FAILURES_MAX = 3;

const document = {
  version: 1,
  groups: {
    mysql: {
      vips: [{ address: '172.31.0.201', fabric: 'secondary-ip' }],
      members: Array.from({ length: HOSTS }, (_, index) => ({
        instance: `i-${(index + 1).toString(16).padStart(17, '0')}`,
        priority: 200 - 50 * index,
      })),
      timing: { heartbeat: `${HEARTBEAT_MS}ms` },
      peerDetection: { interval: '50ms', multiplier: 3 },
    },
  },
};

const schema = z.object({
  heartbeatMs: z.number(),
  deaths: z.array(runSchema),
  cuts: z.array(cutSchema),
  counted: countedSchema,
  /** Deaths without a result, and why. They are told, not repeated. */
  failures: z.array(z.string()),
});
type Data = z.infer<typeof schema>;

const deathsIn = async (
  watched: Watched,
  heal: () => Promise<unknown>,
  { progress, signal, runs: wanted, quick }: MeasureContext,
): Promise<Pick<Data, 'deaths' | 'failures'>> => {
  const runs = wanted ?? (quick ? 3 : DEATHS_DEFAULT);
  const deaths: Data['deaths'] = [];
  const failures: string[] = [];
  for (let index = 0; index < runs && failures.length < FAILURES_MAX; index += 1) {
    signal.throwIfAborted();
    try {
      await watched.settle();
      const run = await watched.die({ index, runs });
      progress(
        `death ${index + 1} of ${runs}: outage ${show.ms(run.outageMs)}, by ${run.reason ?? 'nothing'}`,
      );
      deaths.push(run);
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error));
      progress(`death ${index + 1} of ${runs}: no result: ${failures.at(-1)}`);
    }
    await heal();
  }
  return { deaths, failures };
};

const measure = async (context: MeasureContext): Promise<Data> => {
  const directory = mkdtempSync(join(tmpdir(), 'keepaloft-bench-'));
  const config = join(directory, 'keepaloft.yaml');
  writeFileSync(config, JSON.stringify(document));
  const size = context.quick ? 'quick' : 'full';
  try {
    return await inLab(
      context,
      async (stage) => {
        const watched = new Watched(stage, HEARTBEAT_MS);
        await watched.settle();
        context.progress(`counting calls for ${QUIET_MS[size] / 1000} s`);
        const counted = await watched.count(QUIET_MS[size]);
        const cuts: Data['cuts'] = [];
        for (let index = 0; index < CUTS[size]; index += 1) {
          context.signal.throwIfAborted();
          cuts.push(await watched.cut());
          context.progress(`cut ${index + 1} of ${CUTS[size]}: moves ${cuts.at(-1)?.moves}`);
        }
        const died = await deathsIn(watched, () => stage.session.heal(), context);
        return { heartbeatMs: HEARTBEAT_MS, ...died, cuts, counted };
      },
      { config },
    );
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};

const tell = (data: Data) => ({ rows: rowsOf(data), notes: notesOf(data) });

export const peers = section({
  title: 'Peer detection',
  summary: `deaths and cuts with BFD at 10 s heartbeats, and a month's cost (about 30 minutes)`,
  schema,
  measure,
  tell,
});
