/** Disturbances that must not move anything: counts of moves and of lost probes. */
import * as z from 'zod/mini';
import type { FaultOrder } from '../../lab/control/types.ts';
import { inLab, type Stage } from '../lab.ts';
import * as show from '../numbers.ts';
import { limited, type MeasureContext, type Row, section } from '../section.ts';

const RUNS_DEFAULT = 3;
/** What healing may set off comes within two leases. */
const AFTER_MS = 6000;

interface Disturbance {
  readonly name: string;
  readonly what: string;
  readonly order: FaultOrder & { readonly forMs: number };
}

const DISTURBANCES: readonly Disturbance[] = [
  {
    name: 'cut between hosts, 10 s',
    what: 'hosts do not reach each other, all reach the arbiter',
    order: { kind: 'cut-peers', target: 'all', forMs: 10_000 },
  },
  {
    name: 'arbiter blackout, 10 s',
    what: 'no host reaches the arbiter, all are healthy',
    order: { kind: 'cut-arbiter', target: 'all', forMs: 10_000 },
  },
  {
    name: 'loss of 20 %, 30 s',
    what: 'every fifth packet between holder and arbiter is dropped',
    order: { kind: 'loss', target: 'holder/arbiter', percent: 20, forMs: 30_000 },
  },
];

const runSchema = z.object({ moves: z.int(), lost: z.int(), outageMs: z.number(), stallMs: z.number() });
type StabilityRun = z.infer<typeof runSchema>;
const caseSchema = z.object({
  name: z.string(),
  what: z.string(),
  runs: z.array(runSchema),
  failures: z.array(z.string()),
});
type CaseData = z.infer<typeof caseSchema>;
const schema = z.object({ cases: z.array(caseSchema) });
type Data = z.infer<typeof schema>;

const disturb = async (
  { session }: Stage,
  { order }: Disturbance,
  phaseMs: number,
): Promise<StabilityRun> => {
  let startedMs: number | undefined;
  const isOver = (): boolean => {
    // First asked when the fault is in force.
    startedMs ??= performance.now();
    return performance.now() - startedMs >= order.forMs + AFTER_MS;
  };
  const { moves, lost, outageMs, stallMs } = await session.run([order], phaseMs, isOver);
  return { moves, lost, outageMs, stallMs };
};

const measureCase = async (
  stage: Stage,
  disturbance: Disturbance,
  runs: number,
  { progress, signal }: MeasureContext,
): Promise<CaseData> => {
  const { name, what } = disturbance;
  const done: StabilityRun[] = [];
  const failures: string[] = [];
  for (let index = 0; index < runs; index += 1) {
    signal.throwIfAborted();
    progress(`${name} ${index + 1} of ${runs}`);
    try {
      const run = await disturb(stage, disturbance, Math.round((1000 * index) / runs));
      const stall = run.stallMs > 0 ? `, the prober stood still for ${show.ms(run.stallMs)}` : '';
      progress(`${name} ${index + 1} of ${runs}: moves ${run.moves}, lost probes ${run.lost}${stall}`);
      done.push(run);
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error));
      progress(`${name} ${index + 1} of ${runs}: no result: ${failures.at(-1)}`);
    }
    await stage.session.heal();
  }
  return { name, what, runs: done, failures };
};

const measure = (context: MeasureContext): Promise<Data> =>
  inLab(context, async (stage) => {
    const cases: CaseData[] = [];
    for (const disturbance of DISTURBANCES) {
      cases.push(await measureCase(stage, disturbance, context.runs ?? RUNS_DEFAULT, context));
    }
    return { cases };
  });

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const caseRows = ({ name, runs, failures }: CaseData): Row[] => {
  const moves = sum(runs.map((run) => run.moves));
  const lost = sum(runs.map((run) => run.lost));
  const stallMs = sum(runs.map((run) => run.stallMs));
  const tries = `${runs.length} of ${runs.length + failures.length} tries`;
  const stalled = stallMs > 0 ? `, the prober stood still for ${show.ms(stallMs)}` : '';
  const complete = runs.length > 0 && failures.length === 0;
  return [
    limited(`${name}: moves`, `${moves} in ${tries}`, '0', complete && moves === 0),
    limited(`${name}: lost probes`, `${lost} in ${tries}${stalled}`, '0', complete && lost === 0),
  ];
};

const tell = ({ cases }: Data) => ({
  rows: cases.flatMap(caseRows),
  notes: [
    `One lab of three hosts, heartbeat 1 s, lease 3 s. A client sends a probe every 2 ms before, during and until ${AFTER_MS / 1000} s after the disturbance: 500 probes a second. While the prober itself stands still (the machine ran something else) it sends nothing, so that time is not watched; it is counted beside the lost probes.`,
    ...cases.map(({ name, what, failures }) => {
      const failed = failures.length === 0 ? '' : ` No result: ${failures.join('; ')}.`;
      return `**${name}**: ${what}.${failed}`;
    }),
  ],
});

export const stability = section({
  title: 'Stability',
  summary: `disturbances that must move nothing, ${RUNS_DEFAULT} tries each (about 4 minutes)`,
  schema,
  measure,
  tell,
});
