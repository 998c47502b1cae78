/**
 * While the holder wavers, the best standby beats quickly: a FAULT then reaches it within one such beat, and it
 * binds the VIP while the fabric still moves. The arbiter cannot call a host, so the host must be asking already. The
 * same while an exclusive group's holder lets go.
 */
import type { GroupState } from '../wire/item.ts';
import type { NodeId } from '../wire/names.ts';
import { elapsedMs } from './elapsed.ts';
import { bestStandby } from './eligibility.ts';
import { ALERT_TOKENS_MAX } from './rules.ts';
import type { StepContext } from './types.ts';

const REFILL_MS = 1000;

const tokensNow = (state: GroupState, ctx: StepContext): number => {
  const refilled =
    state.alertAt === undefined
      ? ALERT_TOKENS_MAX
      : Math.floor(elapsedMs(state.alertAt, ctx.now) / REFILL_MS);
  return Math.min(ALERT_TOKENS_MAX, (state.alertTokens ?? 0) + refilled);
};

/** Whether this standby should beat quickly now. */
export const isAlerted = (state: GroupState, node: NodeId, ctx: StepContext): boolean => {
  const holder = state.holder === null ? undefined : state.members[state.holder];
  const soon = state.phase === 'held' && holder?.wavering === true && holder.health === 'ok';
  if (!soon && state.phase !== 'releasing') return false;
  return node !== state.holder && bestStandby(state, ctx) === node && tokensNow(state, ctx) > 0;
};

/** Takes one token for a quick heartbeat that is about to be granted to `node`, if one is. */
export const chargeAlert = (state: GroupState, node: NodeId, ctx: StepContext): GroupState => {
  if (!isAlerted(state, node, ctx)) return state;
  const tokens = tokensNow(state, ctx) - 1;
  // Time that has not yet earned a whole token is kept, or a quick pace would never refill anything.
  const waited = state.alertAt === undefined ? Infinity : elapsedMs(state.alertAt, ctx.now);
  const spare = waited === Infinity ? 0 : waited % REFILL_MS;
  return { ...state, alertTokens: tokens, alertAt: (ctx.now - spare) as typeof ctx.now };
};
