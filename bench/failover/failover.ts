/** How long a client is not served, by fault: the shipped agent and Lambdas in the lab, a probe every 2 ms. */
import * as z from 'zod/mini';
import { inLab, type Stage } from '../lab.ts';
import * as show from '../numbers.ts';
import { limited, type MeasureContext, type Row, section } from '../section.ts';
import { type Spread, spreadOf } from '../statistics.ts';
import { CASES, CHECK_MS, type FaultCase } from './cases.ts';
import { type FailoverRun, failOver, JournalReader, runSchema } from './run.ts';

const RUNS_DEFAULT = 10;
/** A case in which so many runs come to nothing is given up: its numbers would mean nothing. */
const FAILURES_MAX = 2;
const DEATH_MEDIAN_MS_MAX = 2700;
const DEATH_MS_MAX = 3400;
const BEYOND_MS_MAX = 50;

const caseSchema = z.object({
  name: z.string(),
  what: z.string(),
  runs: z.array(runSchema),
  /** Runs without a result, and why. They are told, not repeated. */
  failures: z.array(z.string()),
});
type CaseData = z.infer<typeof caseSchema>;
const schema = z.object({ cases: z.array(caseSchema) });
type Data = z.infer<typeof schema>;

const lineOf = (name: string, done: string, run: FailoverRun): string => {
  const beyond = run.fabricMs === null ? '' : `, fabric ${show.ms(run.fabricMs)}`;
  const stall = run.stallMs > 0 ? `, the prober stood still for ${show.ms(run.stallMs)}` : '';
  return `${name} ${done}: outage ${show.ms(run.outageMs)}${beyond}, moves ${run.moves}, ${run.owners.join(' → ')}${stall}`;
};

const measureCase = async (
  stage: Stage,
  journal: JournalReader,
  fault: FaultCase,
  runs: number,
  { progress, signal }: MeasureContext,
): Promise<CaseData> => {
  const done: FailoverRun[] = [];
  const failures: string[] = [];
  for (let index = 0; index < runs && failures.length < FAILURES_MAX; index += 1) {
    signal.throwIfAborted();
    const which = `${index + 1} of ${runs}`;
    try {
      const run = await failOver(stage, journal, fault, { index, runs });
      progress(lineOf(fault.name, which, run));
      done.push(run);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      progress(`${fault.name} ${which}: no result: ${message}`);
      failures.push(message);
    }
    await stage.session.heal();
  }
  return { name: fault.name, what: fault.what, runs: done, failures };
};

const measure = (context: MeasureContext): Promise<Data> =>
  inLab(context, async (stage) => {
    const journal = new JournalReader(stage.client);
    const cases: CaseData[] = [];
    for (const fault of CASES) {
      cases.push(await measureCase(stage, journal, fault, context.runs ?? RUNS_DEFAULT, context));
    }
    return { cases };
  });

/** The part of each outage that exceeds what is the cloud's own or the check's own; runs without a call have none. */
const beyond = (runs: readonly FailoverRun[], allowanceMs: number): number[] =>
  runs.flatMap(({ outageMs, fabricMs }) =>
    fabricMs === null ? [] : [Math.max(0, outageMs - fabricMs - allowanceMs)],
  );

const deathRows = (name: string, outage: Spread): Row[] => [
  limited(
    `${name}: outage, median`,
    show.spread(outage),
    `≤ ${show.ms(DEATH_MEDIAN_MS_MAX)}`,
    outage.median <= DEATH_MEDIAN_MS_MAX,
  ),
  limited(
    `${name}: outage, max`,
    show.ms(outage.max),
    `≤ ${show.ms(DEATH_MS_MAX)}`,
    outage.max <= DEATH_MS_MAX,
  ),
];

const beyondRows = (
  name: string,
  runs: readonly FailoverRun[],
  outage: Spread,
  allowanceMs: number,
): Row[] => {
  const rest = allowanceMs > 0 ? `fabric and fall × interval (${show.ms(allowanceMs)})` : 'fabric';
  const values = beyond(runs, allowanceMs);
  const outageRow = { what: `${name}: outage`, measured: show.spread(outage) };
  if (values.length === 0) return [outageRow];
  const over = spreadOf(values);
  return [
    outageRow,
    limited(
      `${name}: outage beyond the ${rest}, median`,
      show.spread(over),
      `≤ ${BEYOND_MS_MAX} ms`,
      over.median <= BEYOND_MS_MAX,
    ),
    limited(`${name}: the same, max`, show.ms(over.max), `≤ ${BEYOND_MS_MAX} ms`, over.max <= BEYOND_MS_MAX),
  ];
};

const partRow = (what: string, values: readonly (number | null)[]): Row[] => {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? [] : [{ what, measured: show.spread(spreadOf(known)) }];
};

const caseRows = ({ name, runs, failures }: CaseData): Row[] => {
  const tried = runs.length + failures.length;
  const once = runs.filter(({ moves, toBest }) => moves === 1 && toBest).length;
  const moved = limited(
    `${name}: moved once, to the best standby`,
    `${once} of ${tried} runs`,
    'all',
    once === tried,
  );
  if (runs.length === 0) return [moved];
  const outage = spreadOf(runs.map(({ outageMs }) => outageMs));
  const isDeath = name === 'kill -9' || name === 'host cut';
  const allowanceMs = name === 'service dead' ? CHECK_MS : 0;
  return [
    ...(isDeath ? deathRows(name, outage) : beyondRows(name, runs, outage, allowanceMs)),
    ...partRow(
      `${name}: the fabric's part, EC2 call to applied`,
      runs.map(({ fabricMs }) => fabricMs),
    ),
    ...partRow(
      `${name}: decisive request to applied`,
      runs.map(({ decidedToAppliedMs }) => decidedToAppliedMs),
    ),
    moved,
  ];
};

const runText = ({ outageMs, moves, stallMs }: FailoverRun): string => {
  const marks = [moves === 1 ? '' : `moves ${moves}`, stallMs > 0 ? `stalled ${Math.round(stallMs)}` : ''];
  const said = marks.filter((mark) => mark !== '').join(', ');
  return `${outageMs.toFixed(outageMs < 100 ? 1 : 0)}${said === '' ? '' : ` (${said})`}`;
};

const caseNote = ({ name, what, runs, failures }: CaseData): string => {
  const failed = failures.length === 0 ? '' : ` No result: ${failures.join('; ')}.`;
  return `**${name}** (${what}), each run's outage in ms: ${runs.map(runText).join(' · ')}.${failed}`;
};

const tell = ({ cases }: Data) => ({
  rows: cases.flatMap(caseRows),
  notes: [
    'One lab of three hosts, heartbeat 1 s, lease 3 s, EC2 acknowledges and applies at once. A client sends a probe every 2 ms; its outage is the sum of all times, from the last answered probe to the first answered one, in which it was not served. Runs fall on evenly spread phases of a second. Medians, in parentheses the range over all runs; a run in which the probing process itself stood still is marked (stalled, ms), not dropped.',
    ...cases.map(caseNote),
  ],
});

export const failover = section({
  title: 'Failover',
  summary: `outage by fault, ${RUNS_DEFAULT} runs each (about 8 minutes)`,
  schema,
  measure,
  tell,
});
