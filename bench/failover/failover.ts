/** How long a client is not served, by fault: the shipped agent and Lambdas in the lab, a probe every 2 ms. */
import * as z from 'zod/mini';
import { inLab, type Stage } from '../lab.ts';
import * as show from '../numbers.ts';
import { type MeasureContext, section } from '../section.ts';
import { CASES, type FaultCase, JUDGED } from './cases.ts';
import { type FailoverRun, failOver, JournalReader, runSchema } from './run.ts';
import { caseNote, caseRows } from './tell.ts';

const RUNS_DEFAULT = 10;
/** A case in which so many runs come to nothing is given up: its numbers would mean nothing. */
const FAILURES_MAX = 2;

const caseSchema = z.object({
  name: z.string(),
  what: z.string(),
  judged: z.enum(JUDGED),
  runs: z.array(runSchema),
  /** Runs without a result, and why. They are told, not repeated. */
  failures: z.array(z.string()),
});
type CaseData = z.infer<typeof caseSchema>;
const schema = z.object({ cases: z.array(caseSchema) });
type Data = z.infer<typeof schema>;

const lineOf = (name: string, which: string, run: FailoverRun): string => {
  const fabric = run.fabricMs === null ? '' : `, fabric ${show.ms(run.fabricMs)}`;
  const stall = run.stallMs > 0 ? `, the prober stood still for ${show.ms(run.stallMs)}` : '';
  return `${name} ${which}: outage ${show.ms(run.outageMs)}${fabric}, moves ${run.moves}, ${run.owners.join(' → ')}${stall}`;
};

const measureCase = async (
  stage: Stage,
  journal: JournalReader,
  fault: FaultCase,
  { progress, signal, ...context }: MeasureContext,
): Promise<CaseData> => {
  const { name, what, judged } = fault;
  const runs = context.runs ?? RUNS_DEFAULT;
  const done: FailoverRun[] = [];
  const failures: string[] = [];
  for (let index = 0; index < runs && failures.length < FAILURES_MAX; index += 1) {
    signal.throwIfAborted();
    const which = `${index + 1} of ${runs}`;
    try {
      const run = await failOver(stage, journal, fault, { index, runs });
      progress(lineOf(name, which, run));
      done.push(run);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      progress(`${name} ${which}: no result: ${message}`);
      failures.push(message);
    }
    await stage.session.heal();
  }
  return { name, what, judged, runs: done, failures };
};

const measure = (context: MeasureContext): Promise<Data> =>
  inLab(context, async (stage) => {
    const journal = new JournalReader(stage.client);
    const cases: CaseData[] = [];
    for (const fault of CASES) cases.push(await measureCase(stage, journal, fault, context));
    return { cases };
  });

const tell = ({ cases }: Data) => ({
  rows: cases.flatMap(caseRows),
  notes: [
    'One lab of three hosts, heartbeat 1 s, lease 3 s, EC2 acknowledges and applies at once. A client sends a probe every 2 ms; its outage is the sum of all times, from the last answered probe to the first answered one, in which it was not served. The faults fall on evenly spread ages of the last heartbeat of the holder. Medians, in parentheses the range over all runs; a run in which the probing process itself stood still is marked (stalled, ms), not dropped.',
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
