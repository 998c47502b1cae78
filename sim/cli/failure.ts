/** One failing seed, for people: what it is, which promise broke, and as little of its story as shows why. */
import { INVARIANTS } from '../check/invariants.ts';
import type { Line } from '../engine/trace.ts';
import { HOLDER, type Plan, STANDBY } from '../plan/settings.ts';
import { runPlan } from '../run.ts';
import { Shrinker } from '../shrink.ts';
import { commitNow } from './report.ts';

const LINES_MAX = 120;

export const formatLine = ({ atMs, who, what }: Line): string =>
  `${(atMs / 1000).toFixed(3).padStart(10)}  ${who.padEnd(9)} ${what}`;

const victimName = (host: number): string =>
  host === HOLDER ? 'the holder' : host === STANDBY ? 'the best standby' : `host${host + 1}`;

const formatPlan = ({ settings, faults }: Plan): string[] => {
  const { members, vips, exclusive, kernelExpiry, heartbeatMs, leaseMs, preempt, shared, rates } = settings;
  return [
    `group    ${members} members, ${vips} VIP${vips > 1 ? 's' : ''}, ${exclusive ? `exclusive (${kernelExpiry})` : 'fenced'}, heartbeat ${heartbeatMs} ms, lease ${leaseMs} ms${preempt ? ', preempt' : ''}${shared ? ', two groups on each host' : ''}`,
    `clocks   ${rates.map((rate) => rate.toFixed(4)).join(' ')}`,
    ...faults.map(
      ({ kind, at, until, host, x, y }) =>
        `fault    ${(at / 1000).toFixed(3).padStart(9)} s  ${kind}${until > at ? `, ${until - at} ms` : ''} (${victimName(host)}, x ${x.toFixed(3)}, y ${y.toFixed(3)})`,
    ),
  ];
};

/** Heartbeats that say nothing are left out, except close to the end. */
const isTelling = ({ who, what, atMs }: Line, endMs: number, nearMs: number): boolean =>
  atMs > endMs - nearMs || !/^beats \d+:\d+$/u.test(what) || who === 'FAULT';

/** What led to the end: some leases of it, and before that only faults and what the arbiter wrote. */
const stretch = (lines: readonly Line[], plan: Plan): Line[] => {
  const endMs = lines.at(-1)?.atMs ?? 0;
  const { heartbeatMs, leaseMs } = plan.settings;
  const fromMs = endMs - 3 * leaseMs - 6 * heartbeatMs;
  const telling = lines.filter(
    (line) =>
      (line.atMs >= fromMs && isTelling(line, endMs, 2 * heartbeatMs)) ||
      line.who === 'FAULT' ||
      line.what.startsWith('writes '),
  );
  return telling.slice(-LINES_MAX);
};

/** @param whole the trace from the first line on, of the plan as it was drawn */
export const explain = (plan: Plan, whole: boolean): string => {
  const first = runPlan(plan, whole);
  const { violation } = first;
  const head = [`commit   ${commitNow()}`, `seed     ${plan.settings.seed}`];
  if (whole || violation === undefined) {
    const lines = first.trace?.lines.map(formatLine) ?? [];
    const verdict =
      violation === undefined ? 'no violation' : `violation of ${violation.invariant}: ${violation.what}`;
    return [...head, ...formatPlan(plan), ...lines, verdict].join('\n');
  }
  const small = new Shrinker(violation.invariant).shrink(plan);
  const again = runPlan(small, true);
  const found = again.violation ?? violation;
  return [
    ...head,
    `broken   ${found.invariant} (${INVARIANTS[found.invariant]}) at ${(found.atMs / 1000).toFixed(3)} s: ${found.what}`,
    `reduced from ${plan.faults.length} to ${small.faults.length} faults; all of it: npm run sim -- --seed ${plan.settings.seed} --trace`,
    ...formatPlan(small),
    ...stretch(again.trace?.lines ?? [], small).map(formatLine),
  ].join('\n');
};
