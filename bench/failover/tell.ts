/** Failovers in words: each case against its target, every run, and how the slowest one went. */
import * as show from '../numbers.ts';
import { limited, type Row } from '../section.ts';
import { spreadOf } from '../statistics.ts';
import type { Judged } from './cases.ts';
import type { FailoverRun } from './run.ts';

const DEATH_MEDIAN_MS_MAX = 2700;
const DEATH_MS_MAX = 3400;
const BEYOND_MS_MAX = 50;

export interface CaseData {
  readonly name: string;
  readonly what: string;
  readonly judged: Judged;
  readonly runs: readonly FailoverRun[];
  readonly failures: readonly string[];
}

const partRow = (what: string, values: readonly (number | null)[]): Row[] => {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? [] : [{ what, measured: show.spread(spreadOf(known)) }];
};

const deathRows = (name: string, runs: readonly FailoverRun[]): Row[] => {
  const outage = spreadOf(runs.map(({ outageMs }) => outageMs));
  const isUsual = outage.median <= DEATH_MEDIAN_MS_MAX;
  return [
    limited(`${name}: outage, median`, show.spread(outage), `≤ ${show.ms(DEATH_MEDIAN_MS_MAX)}`, isUsual),
    limited(
      `${name}: outage, max`,
      show.ms(outage.max),
      `≤ ${show.ms(DEATH_MS_MAX)}`,
      outage.max <= DEATH_MS_MAX,
    ),
  ];
};

/** What is left of a run when the cloud's own part and the check's own part are taken off; undefined if unknown. */
const beyond = (
  { outageMs, fabricMs, checkDownMs, servedMs }: FailoverRun,
  judged: Judged,
): number | undefined => {
  if (fabricMs === null) return undefined;
  if (judged === 'beyond fabric') return Math.max(0, outageMs - fabricMs);
  return checkDownMs === null || servedMs === null
    ? undefined
    : Math.max(0, servedMs - checkDownMs - fabricMs);
};

const beyondRows = ({ name, judged, runs }: CaseData): Row[] => {
  const start = judged === 'beyond fabric' ? 'outage' : "from the check's last failure to served,";
  const rows = partRow(
    `${name}: outage, median (min–max)`,
    runs.map(({ outageMs }) => outageMs),
  );
  const values = runs.map((run) => beyond(run, judged)).filter((value) => value !== undefined);
  if (values.length === 0) return rows;
  const over = spreadOf(values);
  const limit = `≤ ${BEYOND_MS_MAX} ms`;
  return [
    ...rows,
    ...partRow(
      `${name}: from the fault to the check's last failure (≤ fall × interval)`,
      runs.map(({ checkDownMs }) => checkDownMs),
    ),
    limited(
      `${name}: ${start} beyond the fabric, median`,
      show.spread(over),
      limit,
      over.median <= BEYOND_MS_MAX,
    ),
    limited(`${name}: the same, max`, show.ms(over.max), limit, over.max <= BEYOND_MS_MAX),
  ];
};

export const caseRows = (one: CaseData): Row[] => {
  const { name, judged, runs, failures } = one;
  const tried = runs.length + failures.length;
  const once = runs.filter(({ moves, toBest }) => moves === 1 && toBest).length;
  const moved = limited(
    `${name}: moved once, to the best standby`,
    `${once} of ${tried} runs`,
    'all',
    once === tried,
  );
  if (runs.length === 0) return [moved];
  return [
    ...(judged === 'outage' ? deathRows(name, runs) : beyondRows(one)),
    ...partRow(
      `${name}: the fabric's part, EC2 call to applied`,
      runs.map(({ fabricMs }) => fabricMs),
    ),
    moved,
  ];
};

const runText = ({ outageMs, moves, stallMs }: FailoverRun): string => {
  const marks = [moves === 1 ? '' : `moves ${moves}`, stallMs > 0 ? `stalled ${Math.round(stallMs)}` : ''];
  const said = marks.filter((mark) => mark !== '').join(', ');
  return `${outageMs.toFixed(outageMs < 100 ? 1 : 0)}${said === '' ? '' : ` (${said})`}`;
};

const slowest = (runs: readonly FailoverRun[]): string => {
  const [run] = runs.toSorted((a, b) => b.outageMs - a.outageMs);
  if (run === undefined || run.steps.length === 0) return '';
  const steps = run.steps.map(({ atMs, what }) => `${what} ${atMs.toFixed(atMs < 100 ? 1 : 0)}`);
  return ` The longest, in ms after the fault: ${steps.join(', ')}.`;
};

/** Every run of a case, in the order in which they happened. */
export const caseNote = ({ name, what, runs, failures }: CaseData): string => {
  const failed = failures.length === 0 ? '' : ` No result: ${failures.join('; ')}.`;
  return `**${name}** (${what}), each run's outage in ms: ${runs.map(runText).join(' · ')}.${failed}${slowest(runs)}`;
};
