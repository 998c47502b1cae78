/** The outcome of a run for people: a summary, what was broken with the log around it, and the whole log. Pure. */
import { RULES } from './check/check.ts';
import type { HistoryEvent } from './history.ts';
import { excerptAt, logHead, logLines, logTime } from './log.ts';
import type { Outcome } from './outcome.ts';
import { count, seconds } from './words.ts';

const labelColumns = 12;
const nameColumns = 20;
/** Violations told one by one; when there are more, the first ones matter. */
const toldMax = 10;
const msPerMinute = 60_000;

const row = (label: string, text: string): string => `  ${label.padEnd(labelColumns)}${text}`;
const list = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ') || 'none';
const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((total, count) => total + count, 0);

/** What the run was asked for, besides what its outcome tells. */
export interface Asked {
  readonly minutes: number;
  readonly rounds?: number | undefined;
  readonly round?: number | undefined;
  readonly blackoutMinutes?: number | undefined;
}

/** The command that repeats the schedule. */
export const repeatWords = ({ fabric, mode, seed, groups }: Outcome, asked: Asked): string => {
  const words = ['npm run nemesis --', `--fabric ${fabric}`, `--groups ${groups.length}`];
  if (asked.blackoutMinutes !== undefined) return [...words, `--blackout ${asked.blackoutMinutes}`].join(' ');
  const schedule = [`--mode ${mode}`, `--seed ${seed}`, `--minutes ${asked.minutes}`];
  const part = asked.rounds === undefined ? [] : [`--rounds ${asked.rounds}`];
  const one = asked.round === undefined ? [] : [`--round ${asked.round}`];
  return [...words, ...schedule, ...part, ...one].join(' ');
};

/** With more to do than cores to do it, bounds in time say little. */
const machineWords = ({ machine: { stallMs, load, cores } }: Outcome): string => {
  const stood = stallMs === 0 ? '' : `, the prober stood still for ${seconds(stallMs, 2)} in all`;
  const busy = load > 2 * cores ? ': too busy for bounds in time to say much' : '';
  return `load ${load.toFixed(1)} on ${count(cores, 'core')}${stood}${busy}`;
};

/** Lines without line ends. */
export const summaryLines = (outcome: Outcome): string[] => {
  const {
    fabric,
    mode,
    seed,
    seconds: tookS,
    groups,
    rounds,
    converged,
    strikes,
    moves,
    regrants,
    probes,
    convergeMs,
  } = outcome;
  const broken = outcome.violations.length;
  const verdict =
    broken === 0
      ? `${RULES.length} rules hold`
      : `${count(broken, 'violation')}, ${outcome.unsafe} of them of safety`;
  return [
    `nemesis ${fabric} ${mode}, seed ${seed}: ${verdict}${outcome.interrupted ? ', interrupted' : ''}`,
    row(
      'time',
      `${((tookS * 1000) / msPerMinute).toFixed(1)} min, ${count(rounds, 'round')}, ${converged} came to rest`,
    ),
    row('groups', groups.join(', ')),
    row('strikes', `${sum(strikes)}: ${list(strikes)}`),
    ...(sum(outcome.skipped) === 0 ? [] : [row('skipped', list(outcome.skipped))]),
    row(
      'moves',
      `${sum(moves)}: ${list(moves)}${regrants === 0 ? '' : `; the same holder again ${count(regrants, 'time')}`}`,
    ),
    row(
      'probes',
      `${probes.sent} sent every ${probes.intervalMs} ms, ${probes.lost} lost in ${count(probes.outages, 'outage')}, the longest ${seconds(probes.darkMsMax, 2)}`,
    ),
    row(
      'rest',
      `${seconds(convergeMs.median)} after everything was healed (median), ${seconds(convergeMs.max)} at most`,
    ),
    row('machine', machineWords(outcome)),
  ];
};

/** What was broken, each with the log around it. */
export const violationLines = (outcome: Outcome, history: readonly HistoryEvent[]): string[] => {
  const { violations } = outcome;
  const told = violations
    .slice(0, toldMax)
    .flatMap(({ rule, at, what }) => [
      '',
      `VIOLATION of ${rule} at ${logTime(history, at)}: ${what}`,
      `  ${logHead}`,
      ...excerptAt(history, at).map((line) => `  ${line}`),
    ]);
  return violations.length > toldMax
    ? [...told, '', `and ${violations.length - toldMax} more, see the report`]
    : told;
};

/** The file of `--report`. */
export const reportText = (outcome: Outcome, history: readonly HistoryEvent[], repeat: string): string =>
  [
    ...summaryLines(outcome),
    row('repeat', repeat),
    row('', 'the schedule repeats exactly; real processes and a real kernel do not run to the millisecond'),
    ...(outcome.violations.length === 0 ? [] : ['', 'violations:']),
    ...outcome.violations.map(({ rule, at, what }) => `  ${logTime(history, at)}  ${rule}: ${what}`),
    '',
    'rules:',
    ...RULES.map(
      ({ name, says, isSafety }) =>
        `  ${name.padEnd(nameColumns)}${isSafety ? 'safety  ' : '        '}${says}`,
    ),
    '',
    'log:',
    logHead,
    ...logLines(history),
    '',
  ].join('\n');
