/** What this host sees of the fabric by itself, and what follows when that is all it has. */
import { since } from '../time.ts';
import { isExclusive } from './lease.ts';
import { ABSENT_LOOKS } from './rules.ts';
import { seenBy } from './seen.ts';
import type { HolderContext, HolderEffect, HolderOutcome, HolderState } from './types.ts';

export const note = (level: 'info' | 'warn', message: string): HolderEffect => ({
  kind: 'log',
  level,
  message,
});

const listsAll = (listed: readonly string[], ctx: HolderContext): boolean =>
  seenBy(ctx.profile).every((vip) => listed.includes(vip));

export const onWitness = (
  state: HolderState,
  listed: readonly string[],
  ctx: HolderContext,
): HolderOutcome => {
  const complete = listsAll(listed, ctx);
  const changed = listed.length !== state.listed.length || listed.some((vip) => !state.listed.includes(vip));
  const wasListed = state.wasListed || complete;
  // One that was taken out of the group before the VIPs ever came is told nothing any more: it must see for itself.
  const { refusedSince } = state;
  const excluded = refusedSince !== undefined && since(refusedSince, ctx.now) > ctx.profile.leaseMs;
  const counts = wasListed || excluded;
  const absentLooks = complete || !counts ? 0 : state.absentLooks + 1;
  const next: HolderState = { ...state, looked: true, listed, wasListed, absentLooks };
  const effects: HolderEffect[] = changed && state.role !== 'INIT' ? [{ kind: 'beat', why: 'change' }] : [];
  // Whether it is still delivered here nobody but the arbiter can tell: what is bound stays, and nothing is bound.
  if (state.role === 'INIT' && state.resuming && seenBy(ctx.profile).length === 0)
    return { state: next, effects: [] };
  if (state.role === 'INIT' && state.resuming) {
    // The fabric still delivers to this host what it served before: it goes on without waiting for the arbiter.
    return complete
      ? {
          state: { ...next, role: 'MASTER', resuming: false },
          effects: [note('info', 'resumed: the VIP is still on this host')],
        }
      : { state: { ...next, role: 'BACKUP', resuming: false }, effects: [] };
  }
  const blind = state.streak === undefined || since(state.streak.receivedAt, ctx.now) > ctx.profile.leaseMs;
  if (state.role === 'MASTER' && blind && absentLooks >= ABSENT_LOOKS && !isExclusive(ctx)) {
    const message = 'the VIP left this host and the arbiter cannot be asked: giving it up';
    return {
      state: { ...next, role: 'BACKUP' },
      effects: [note('warn', message), { kind: 'persist' }, ...effects],
    };
  }
  return { state: next, effects };
};

/**
 * Somebody else holds the group, or nobody, and this host is told so again and again; only, what it cannot see it does not see
 * leave.
 */
export const leaveUnseen = (state: HolderState, ctx: HolderContext): HolderOutcome => {
  const forMs = state.refusedSince === undefined ? 0 : since(state.refusedSince, ctx.now);
  // Before its first answer a restarted agent leaves alone what is bound: it may be serving.
  const keeps = state.role !== 'BACKUP';
  if (!keeps || seenBy(ctx.profile).length > 0 || forMs <= ctx.profile.leaseMs) return { state, effects: [] };
  const message = 'the arbiter does not know this host as a member: giving the VIPs up';
  return {
    state: { ...state, role: 'BACKUP', resuming: false },
    effects: [note('warn', message), { kind: 'persist' }],
  };
};
