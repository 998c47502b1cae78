/** The story of a rehearsal: all come up, the holder of the first group dies, what it held moves, and nothing else does. Pure. */
import type { GroupFile } from '../../core/wire/config.ts';
import { formatDurationMs } from '../scenario/duration.ts';

/** A machine that is busy gets so much more. */
const SPARE_MS = 30_000;
/** The lease runs out, and an exclusive group waits for as much again. */
const LEASES = 3;
const WAIT_MS_MAX = 600_000;
/** What preempts earlier might do it before the story ends. */
const LATE_MS = 300_000;

type Step = Readonly<Record<string, unknown>>;
type Named = readonly [string, GroupFile];

const moved = (names: readonly string[], how: boolean | 'if-struck'): Step => ({
  expect: { groups: Object.fromEntries(names.map((name) => [name, { moved: how }])) },
});

/** How long after a move it is at least until a member may take the group back from a healthy holder. */
const returnMs = ({ election }: GroupFile): number => Math.max(election.holdDown, election.preemptDelay);

const returns = (groups: readonly Named[]): string => {
  const preempting = Map.groupBy(
    groups.filter(([, { election }]) => election.preempt),
    ([, group]) => returnMs(group),
  );
  const words = [...preempting].map(
    ([ms, those]) => `${those.map(([name]) => name).join(', ')} after ${formatDurationMs(ms)}`,
  );
  return words.length === 0
    ? 'it comes back, and takes nothing'
    : `it comes back; where it has the higher priority it takes back ${words.join(', ')}, which is not waited for`;
};

/** @param groups as the lab has them */
export const storyOf = (groups: Readonly<Record<string, GroupFile>>): Step[] => {
  const all = Object.entries(groups);
  const [first = ''] = Object.keys(groups);
  // Nobody can take over what one host alone may have.
  const alone = all.filter(([, { members }]) => members.length === 1).map(([name]) => name);
  const paired = all.filter(([name]) => !alone.includes(name));
  const names = paired.map(([name]) => name);
  const pairs = alone.length === 0 ? 'all' : names;
  const leaseMs = Math.max(...all.map(([, { timing }]) => timing.lease));
  const timeout = `${Math.min(WAIT_MS_MAX, SPARE_MS + LEASES * leaseMs)}ms`;
  const rest = { wait: { settled: '2s', timeout } };
  const up = [{ say: 'all come up' }, { wait: { held: 'all', timeout } }];
  const warning = { say: `${alone.join(', ')}: one member, so nobody takes over when it dies` };
  if (paired.length === 0) return [...up, rest, warning];
  const stay = paired.filter(([, group]) => !group.election.preempt || returnMs(group) >= LATE_MS);
  return [
    ...up,
    { wait: { standby: pairs, timeout } },
    rest,
    ...(alone.length === 0 ? [] : [warning]),
    { probe: 'start' },
    { wait: { served: '1s', timeout } },
    { say: `the host that holds ${first} dies; all that it held moves, and nothing else` },
    { fault: { kind: 'kill', target: 'holder' } },
    { wait: { rescued: pairs, ...(alone.length === 0 ? { served: '1s' } : {}), timeout } },
    { probe: 'stop' },
    moved(names, 'if-struck'),
    { say: returns(paired) },
    { heal: 'kill' },
    { wait: { standby: pairs, timeout } },
    ...(stay.length === 0
      ? []
      : [
          rest,
          moved(
            stay.map(([name]) => name),
            false,
          ),
        ]),
  ];
};
