/** The command line of `npm run sim`. */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { FAULTS } from '../faults/table.ts';

export interface Options {
  readonly from: number;
  readonly seeds: number;
  readonly minutes: number;
  readonly workers: number;
  readonly only: readonly string[];
  /** One seed alone. */
  readonly seed: number | undefined;
  readonly trace: boolean;
  readonly json: boolean;
  readonly report: string | undefined;
  readonly failures: number;
  readonly help: boolean;
}

/** Says what is wrong with the command line. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const DEFAULT_SEEDS = 10_000;
const DEFAULT_FAILURES = 20;

export const HELP = `usage: npm run sim -- [options]

Runs the shipped reducers of core/ in a simulated world, one group a seed, with faults drawn from the seed, and checks
at every event what is promised. Ends after --seeds or --minutes, whichever comes first; exits 1 when a promise broke.

  --seeds N        how many seeds (${DEFAULT_SEEDS} unless --minutes is given)
  --minutes M      for how long at most
  --from S         the first seed (1)
  --workers W      threads (one for each core)
  --only A,B       only these kinds of fault
  --seed S         one seed: its story if a promise broke, reduced to what matters
  --trace          with --seed: everything that happened
  --json           the result as JSON on standard output
  --report FILE    the result as JSON in a file
  --failures K     ends after K failing seeds (20)
  --help           this

Kinds of fault:
${FAULTS.map(({ name, what }) => `  ${name.padEnd(20)} ${what}`).join('\n')}
`;

const SPEC = {
  seeds: { type: 'string' },
  minutes: { type: 'string' },
  from: { type: 'string' },
  workers: { type: 'string' },
  only: { type: 'string' },
  seed: { type: 'string' },
  trace: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  report: { type: 'string' },
  failures: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

const number = (name: string, text: string, least: number): number => {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < least)
    throw new UsageError(`--${name} must be a number of at least ${least}, not "${text}"`);
  return value;
};
const whole = (name: string, text: string, least: number): number => {
  const value = number(name, text, least);
  if (!Number.isSafeInteger(value)) throw new UsageError(`--${name} must be a whole number, not "${text}"`);
  return value;
};

const kindsOf = (text: string): string[] => {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !FAULTS.some((kind) => kind.name === name));
  if (unknown !== undefined)
    throw new UsageError(`--only: there is no fault "${unknown}"; --help lists them`);
  return names;
};

/** @throws UsageError */
export const readOptions = (argv: readonly string[]): Options => {
  const parse = () => {
    try {
      return parseArgs({ args: [...argv], options: SPEC, strict: true }).values;
    } catch (cause) {
      throw new UsageError(cause instanceof Error ? cause.message : String(cause));
    }
  };
  const { failures, seeds, minutes, from, workers, only, seed, report, trace, json, help } = parse();
  const unbounded = minutes === undefined ? DEFAULT_SEEDS : Number.MAX_SAFE_INTEGER / 2;
  return {
    from: from === undefined ? 1 : whole('from', from, 0),
    seeds: seeds === undefined ? unbounded : whole('seeds', seeds, 1),
    minutes: minutes === undefined ? Infinity : number('minutes', minutes, 0),
    workers: workers === undefined ? availableParallelism() : whole('workers', workers, 1),
    only: only === undefined ? [] : kindsOf(only),
    seed: seed === undefined ? undefined : whole('seed', seed, 0),
    failures: failures === undefined ? DEFAULT_FAILURES : whole('failures', failures, 1),
    trace,
    json,
    report,
    help,
  };
};
