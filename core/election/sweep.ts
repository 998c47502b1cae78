/**
 * The backstop: once a minute somebody looks who is no member. What a group's own rules call for is done by any input;
 * here is only what nobody else would see.
 */
import { type EpochMs, since } from '../time.ts';
import type { GroupState } from '../wire/item.ts';
import { elapsedMs, isAhead } from './elapsed.ts';
import { bestStandby } from './eligibility.ts';
import type { Change } from './held.ts';
import { misplaced, onMisplaced } from './misplaced.ts';
import { LOOK_LONGEST_MS, SETTLE_MS, UNCLAIMED_LEASES, UNCLAIMED_MS } from './rules.ts';
import type { Input, Outcome, StepContext } from './types.ts';

type SweepInput = Extract<Input, { kind: 'sweep' }>;

/**
 * What was seen counts if it was seen under this epoch, more than the settle after the last commit, and if nothing has
 * been committed since: then it is not the fabric's own delay. It costs no write when all is right.
 */
const counts = (state: GroupState, { epoch, seenAt }: SweepInput, ctx: StepContext): boolean =>
  state.phase === 'held' &&
  state.epoch === epoch &&
  (isFromStep(state.phaseAt, ctx) || since(state.phaseAt, seenAt) > SETTLE_MS);

/** It was written before a clock stepped back, and would keep every sweep away until the clock is there again. */
const isFromStep = (at: EpochMs, ctx: StepContext): boolean => elapsedMs(at, ctx.now) === Infinity;

/** Takes what a sweep has seen of the fabric: what is wrong is treated as by a look, at the pace of all repairs. */
export const takeSweep = (state: GroupState, input: SweepInput, ctx: StepContext): Outcome => {
  const untouched: Outcome = { state, effects: [] };
  if (!ctx.mayMove || !counts(state, input, ctx)) return untouched;
  if (isAhead(state.lookNotBefore, ctx.now, LOOK_LONGEST_MS)) return untouched;
  const wrong = misplaced(state, input.observations, ctx);
  if (wrong.length === 0) return untouched;
  return onMisplaced(state, wrong, input.observations, state.dirtyAt !== undefined, ctx);
};

/**
 * Fenced groups: a holder that has been silent for many leases, and a standby that has been ready for as long without a
 * break and has not claimed. The claim is the standby's to make; this is for one that is never made, or never heard. Both
 * spans are the arbiter's own, and nothing here proves what an exclusive group needs proved.
 */
export const changeOnSweep = (state: GroupState, input: Input, ctx: StepContext): Change | undefined => {
  const holder = state.holder === null ? undefined : state.members[state.holder];
  // A candidate that was asked then is prepared at its own heartbeat, not at a sweep.
  const isAsked = state.asked?.to !== undefined && state.asked.reason === 'silence';
  if (input.kind !== 'sweep' && !isAsked) return undefined;
  if (ctx.config.exclusive === true || ctx.braked === true) return undefined;
  const to = bestStandby(state, ctx);
  const okSince = to === undefined ? undefined : state.members[to]?.okSince;
  if (holder === undefined || to === undefined || okSince === undefined) return undefined;
  const longMs = Math.max(UNCLAIMED_MS, UNCLAIMED_LEASES * ctx.config.leaseMs);
  const silentMs = since(holder.at, ctx.now);
  if (silentMs < longMs || since(okSince, ctx.now) < longMs) return undefined;
  return { to, reason: 'silence', detail: { silentMs, by: 'sweep' } };
};
