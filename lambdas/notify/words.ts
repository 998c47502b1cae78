/** How an event is told to people: a subject for a pager, and the same in full. */
import type { Happening } from './event.ts';

/** SNS takes no longer subject, and none with other characters. */
const SUBJECT_CHARS_MAX = 100;

/** `4.8s`, `212ms`. */
export const lasted = (ms: number): string =>
  ms < 1000 ? `${Math.round(ms)}ms` : `${(ms / 1000).toFixed(1)}s`;

const STATES: Readonly<Record<string, string>> = {
  held: 'MASTER',
  vacant: 'NO HOLDER',
  moving: 'MOVING',
  releasing: 'RELEASING',
};

/** The one word for what happened. */
export const stateWord = ({ type, phase, to }: Happening): string => {
  switch (type) {
    case 'Group State Change':
      return STATES[phase ?? ''] ?? (phase ?? 'CHANGED').toUpperCase();
    case 'Standby Change':
      return to === null ? 'NO STANDBY' : 'STANDBY';
    case 'Drift Repaired':
      return 'DRIFT REPAIRED';
    case 'Operator Action':
      return 'OPERATOR';
    case 'Brake Engaged':
      return 'BRAKE';
    default:
      return type.toUpperCase();
  }
};

/** From where to where, as far as it is known. */
export const change = ({ from, to }: Pick<Happening, 'from' | 'to'>): string | null => {
  if (from === null && to === null) return null;
  return from === null || from === to ? to : `${from}->${to ?? 'nobody'}`;
};

/** The beginning and the end of an instance id: where two of them differ. */
const short = (node: string | null): string | null =>
  node === null || node.length <= 12 ? node : `${node.slice(0, 4)}..${node.slice(-4)}`;

const ascii = (text: string): string => text.replace(/[^\x20-\x7e]/gu, '?');

/** `[keepaloft] mysql MASTER i-0a->i-0b silence 4.8s`: printable ASCII, at most 100 characters. */
export const subjectOf = (happening: Happening): string => {
  const { group, arbiter, reason, darkMs, isDryRun } = happening;
  const subject = (nodes: Pick<Happening, 'from' | 'to'>): string =>
    [
      isDryRun ? '[keepaloft observe]' : '[keepaloft]',
      group ?? arbiter,
      stateWord(happening),
      change(nodes),
      reason,
      darkMs === null ? null : lasted(darkMs),
    ]
      .filter((part) => part !== null && part !== '')
      .join(' ');
  const whole = ascii(subject(happening));
  const fitting =
    whole.length <= SUBJECT_CHARS_MAX
      ? whole
      : ascii(subject({ from: short(happening.from), to: short(happening.to) }));
  return fitting.slice(0, SUBJECT_CHARS_MAX).trimEnd();
};

/** Everything that is known, a line each: name and value. */
export const factsOf = (happening: Happening): [name: string, value: string][] => {
  const { type, arbiter, region, time, group, epoch, reason, cause, vips, darkMs, isDryRun } = happening;
  const facts: [string, string | null][] = [
    ['what', isDryRun ? `${type} (observe: nothing was moved)` : type],
    ['arbiter', `${arbiter}, ${region}`],
    ['group', group],
    ['epoch', epoch === null ? null : String(epoch)],
    ['change', change(happening)],
    ['VIPs', vips.length === 0 ? null : vips.join(', ')],
    ['reason', reason === '' ? null : reason],
    ['cause', cause],
    ['dark for', darkMs === null ? null : lasted(darkMs)],
    ['when', time],
  ];
  return facts.flatMap(([name, value]) => (value === null ? [] : [[name, value]]));
};
