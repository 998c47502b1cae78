/** What keepalived tracks, as checks: vrrp_script, track_process, track_file. Each is read when an instance tracks it. */
import { commandCheck } from './commands.ts';
import type { Context } from './context.ts';
import { durationText, msIn, wholeIn } from './numbers.ts';
import { keywordOf, type Statement, valueOf } from './tree.ts';
import type { Fields } from './words.ts';

/** A check without what its user may say otherwise. */
export interface Tracked {
  /** Of a bfd_instance its pace, which is no check. undefined: there is none to write. */
  readonly check: Fields | undefined;
  readonly weight: number;
  readonly isReversed: boolean;
}

export interface Weight {
  readonly weight: number | undefined;
  readonly isReversed: boolean | undefined;
}

const WEIGHT_MAX = 253;

/** `weight -20 reverse`, or nothing. undefined: something else. */
export const weightIn = (words: readonly string[]): Weight | undefined => {
  const [keyword, number = '', direction, ...more] = words;
  if (keyword === undefined) return { weight: undefined, isReversed: undefined };
  const weight = wholeIn(number);
  const isDirection = direction === undefined || /^(?:no_?)?reverse$/u.test(direction);
  if (keyword !== 'weight' || weight === undefined || !isDirection || more.length > 0) return undefined;
  return { weight, isReversed: direction === undefined ? undefined : direction === 'reverse' };
};

/** keepalived counts one failure and one success as enough, and looks every second. */
interface Counted {
  check: Fields | undefined;
  intervalMs: number;
  timeoutMs: number | undefined;
  fall: number;
  rise: number;
  weight: number;
  isReversed: boolean;
  initFail: boolean;
}
const counted = (weight: number): Counted => ({
  check: undefined,
  intervalMs: 1000,
  timeoutMs: undefined,
  fall: 1,
  rise: 1,
  weight,
  isReversed: false,
  initFail: false,
});

const INTERVAL_MAX_MS = 3_600_000;
const TIMEOUT_MAX_MS = 600_000;
const COUNT_MAX = 100;

const finished = ({
  check,
  intervalMs,
  timeoutMs,
  fall,
  rise,
  weight,
  isReversed,
  initFail,
}: Counted): Tracked => ({
  check:
    check === undefined
      ? undefined
      : {
          ...check,
          interval: durationText(intervalMs),
          timeout: durationText(timeoutMs ?? Math.min(intervalMs, TIMEOUT_MAX_MS)),
          fall,
          rise,
          ...(initFail ? { initFail } : {}),
        },
  weight,
  isReversed,
});

/** One line of a block. @returns why somebody must look, or undefined */
type Line = (counted: Counted, statement: Statement, context: Context) => string | undefined;

const wordsBehind = ({ words }: Statement): string[] => words.slice(1).map(({ text }) => text);

const duration =
  (key: 'intervalMs' | 'timeoutMs', mostMs: number): Line =>
  (counted, statement) => {
    const ms = msIn(valueOf(statement));
    if (ms === undefined || ms <= 0 || ms > mostMs)
      return `it must be above 0 and at most ${mostMs / 1000} seconds`;
    counted[key] = ms;
    return undefined;
  };

const count =
  (key: 'fall' | 'rise'): Line =>
  (counted, statement) => {
    const number = wholeIn(valueOf(statement));
    if (number === undefined || number < 1 || number > COUNT_MAX) return `it must be 1 to ${COUNT_MAX}`;
    counted[key] = number;
    return undefined;
  };

const weighed: Line = (counted, statement) => {
  const said = weightIn(statement.words.map(({ text }) => text));
  if (said?.weight === undefined || Math.abs(said.weight) > WEIGHT_MAX + 1)
    return 'no weight that is known here';
  counted.weight = said.weight;
  counted.isReversed = said.isReversed === true;
  return undefined;
};

const OWN_USER =
  "who runs checks is the host's own: `scriptUser` in /etc/keepaloft/agent.yaml (default nobody); set it there, if nobody cannot do it";

const script: Line = (counted, statement, { ledger, ...context }) => {
  const { check, human, note } = commandCheck(wordsBehind(statement).join(' '), { ledger, ...context });
  counted.check = check;
  if (note !== undefined) ledger.mark(statement.places, 'mapped', note);
  return human;
};

const SCRIPT: Readonly<Record<string, Line>> = {
  script,
  interval: duration('intervalMs', INTERVAL_MAX_MS),
  timeout: duration('timeoutMs', TIMEOUT_MAX_MS),
  fall: count('fall'),
  rise: count('rise'),
  weight: weighed,
  init_fail: (counted) => {
    counted.initFail = true;
    return undefined;
  },
  user: () => OWN_USER,
};

const COMM_CHARS_MAX = 15;
const process: Line = (counted, statement) => {
  const [name = '', ...parameters] = wordsBehind(statement);
  if (parameters.length > 0) return 'a process is found by its name alone, not by its arguments';
  if (name === '' || name.length > COMM_CHARS_MAX)
    return 'a process is found by its name in /proc/PID/comm, which has 1 to 15 characters';
  counted.check = { process: name.split('/').at(-1) ?? name };
  return undefined;
};

/** A delay before a change counts is so many looks, one a second. */
const delay =
  (...keys: readonly ('fall' | 'rise')[]): Line =>
  (counted, statement) => {
    const ms = msIn(valueOf(statement));
    if (ms === undefined || ms > COUNT_MAX * 1000) return `it must be at most ${COUNT_MAX} seconds`;
    for (const key of keys) counted[key] = Math.max(1, Math.ceil(ms / 1000));
    return undefined;
  };

const PROCESS: Readonly<Record<string, Line>> = {
  process,
  weight: weighed,
  fork_delay: delay('rise'),
  terminate_delay: delay('fall'),
  delay: delay('rise', 'fall'),
  quorum: (_, statement) =>
    valueOf(statement) === '1' ? undefined : 'processes are not counted: one that runs is enough',
};

const FILE: Readonly<Record<string, Line>> = {
  file: (counted, statement, { words }) => {
    const path = valueOf(statement);
    if (!words.file) return 'this version has no check of a file yet: make it a script';
    if (!path.startsWith('/')) return 'the file must be named absolutely';
    counted.check = { file: path };
    return undefined;
  },
  weight: weighed,
  init_file: () => 'the agent writes no file: let it be there when the host starts',
};

const readBlock = (
  statement: Statement,
  lines: Readonly<Record<string, Line>>,
  start: Counted,
  context: Context,
): Tracked => {
  for (const inner of statement.body ?? []) {
    const line = Object.hasOwn(lines, keywordOf(inner)) ? lines[keywordOf(inner)] : undefined;
    const human = line === undefined ? 'it has no counterpart that is known' : line(start, inner, context);
    context.ledger.mark(inner.places, human === undefined ? 'mapped' : 'human', human);
  }
  return finished(start);
};

export type TrackedKind = 'script' | 'process' | 'file' | 'bfd';

const KINDS: Readonly<Record<string, TrackedKind>> = {
  vrrp_script: 'script',
  vrrp_track_process: 'process',
  track_process: 'process',
  vrrp_track_file: 'file',
  track_file: 'file',
  bfd_instance: 'bfd',
};
export const trackedKindOf = (keyword: string): TrackedKind | undefined =>
  Object.hasOwn(KINDS, keyword) ? KINDS[keyword] : undefined;

/** What the sessions of BFD become. */
export const PEER_DETECTION =
  'peerDetection of the group: all its members watch each other, and one that is lost is suspected, not weighed. Allow UDP 4784 between them';
const WHO = 'who watches whom follows from the members; sessions are those of BFD across routers (UDP 4784)';

/** keepalived's own, in milliseconds and packets. */
const BFD = { intervalMs: 10, multiplier: 5 };
/** As in core/wire/config.ts. */
const BFD_BOUNDS = { leastMs: 20, mostMs: 1000, leastCount: 2, detectionMs: 3000 };

/** The pace of a bfd_instance, within what agents can keep. */
const paceOf = (statement: Statement, { ledger }: Context): Fields => {
  let { intervalMs, multiplier } = BFD;
  for (const inner of statement.body ?? []) {
    const number = wholeIn(valueOf(inner));
    switch (keywordOf(inner)) {
      case 'min_tx':
      case 'min_rx':
        intervalMs = Math.max(intervalMs === BFD.intervalMs ? 0 : intervalMs, number ?? BFD.intervalMs);
        ledger.mark(inner.places, 'mapped', 'peerDetection.interval: the slower of both, 20 ms at the least');
        break;
      case 'multiplier':
        multiplier = number ?? BFD.multiplier;
        ledger.mark(inner.places, 'mapped', 'peerDetection.multiplier');
        break;
      default:
        ledger.mark(inner.places, 'dropped', WHO);
    }
  }
  const { leastMs, mostMs, leastCount, detectionMs } = BFD_BOUNDS;
  const interval = Math.min(Math.max(intervalMs, leastMs), mostMs);
  const most = Math.min(50, Math.floor(detectionMs / interval));
  return { interval: durationText(interval), multiplier: Math.min(Math.max(multiplier, leastCount), most) };
};

/** @param statement the block that says what it is */
export const trackedOf = (kind: TrackedKind, statement: Statement, context: Context): Tracked => {
  switch (kind) {
    case 'script':
      return readBlock(statement, SCRIPT, counted(0), context);
    case 'process':
      return readBlock(statement, PROCESS, counted(1), context);
    case 'file':
      return readBlock(statement, FILE, counted(1), context);
    case 'bfd':
      return { check: paceOf(statement, context), weight: 0, isReversed: false };
  }
};
