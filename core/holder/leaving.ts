/** How a holder goes: it serves until the fabric has moved, and an agent that stops hands over first. */
import { after, type BootMs } from '../time.ts';
import { giveUp, isExclusive } from './lease.ts';
import { LEAVE_LINGER_MS, LEAVE_TELL_MS } from './rules.ts';
import { seenBy } from './seen.ts';
import type { HolderContext, HolderEffect, HolderOutcome, HolderState } from './types.ts';

/** Ends a linger whose reason has gone: the fabric has moved, or it has taken too long. */
export const settleLinger = (state: HolderState, ctx: HolderContext): HolderState => {
  if (state.lingerUntil === undefined) return state;
  // Of what it cannot see it never learns that it has moved.
  const seen = seenBy(ctx.profile);
  const moved = seen.length > 0 && !seen.some((vip) => state.listed.includes(vip));
  if (state.role === 'BACKUP' && !moved && ctx.now < state.lingerUntil) return state;
  return { ...state, lingerUntil: undefined };
};

/** A leaver that nobody has asked to let go does so by itself, in time to say it. */
export const letGoToLeave = (state: HolderState, ctx: HolderContext): HolderState => {
  const { leaving, role } = state;
  const due = leaving !== undefined && ctx.now >= leaving.by - LEAVE_TELL_MS;
  return due && role === 'MASTER' && isExclusive(ctx) ? giveUp(state) : state;
};

export const leaveBy = (state: HolderState, by: BootMs): BootMs =>
  state.lingerUntil === undefined ? by : after(by, LEAVE_LINGER_MS);

/** Leaving is over when a successor holds the VIPs, when nothing was held, or when the time is up. */
export const settleLeaving = (state: HolderState, ctx: HolderContext): HolderOutcome => {
  const { leaving } = state;
  if (leaving === undefined) return { state, effects: [] };
  const handedOver =
    state.role !== 'MASTER' &&
    leaving.acknowledged &&
    state.lingerUntil === undefined &&
    ((state.bound.length === 0 && state.kernelPending !== true) || !isExclusive(ctx));
  if (!handedOver && ctx.now < leaveBy(state, leaving.by)) return { state, effects: [] };
  const left: HolderState = {
    ...state,
    lingerUntil: undefined,
    role: 'BACKUP',
    left: true,
    resuming: false,
    relEpoch: Math.max(state.relEpoch, state.epoch),
  };
  const unbind: HolderEffect[] = state.bound.length > 0 ? [{ kind: 'unbind', vips: state.bound }] : [];
  return {
    state: left,
    effects: [
      ...unbind,
      { kind: 'persist' },
      { kind: 'hook', state: 'STOP', epoch: state.epoch },
      { kind: 'left' },
    ],
  };
};
