/** The fabric cannot check an epoch. When it disagrees with the item, look, and only then repair. */
import { after, durationMs, since } from '../time.ts';
import type { GroupState } from '../wire/item.ts';
import type { Vip } from '../wire/names.ts';
import { ABSENT_LOOKS, LOOK_BACKOFF_MS, LOOK_SPACING_MS, SETTLE_MS } from './rules.ts';
import { eventOf, reorder } from './transfer.ts';
import type { Input, Observation, Outcome, StepContext } from './types.ts';

const settled = (state: GroupState, ctx: StepContext): boolean => since(state.phaseAt, ctx.now) > SETTLE_MS;

/** The holder has missed the VIP for long enough that the fabric's own delay no longer explains it. */
const holderMisses = (state: GroupState, ctx: StepContext): boolean => {
  const holder = state.holder === null ? undefined : state.members[state.holder];
  return settled(state, ctx) && (holder?.absentLooks ?? 0) >= ABSENT_LOOKS;
};

/**
 * Another member says it has the VIP. Right after a transfer that is the old holder's stale metadata, unless the
 * member had already reported the VIP absent in this epoch: absent, then present, is somebody's doing.
 */
const otherHas = (state: GroupState, input: Input, ctx: StepContext): boolean => {
  if (input.kind !== 'report' || input.node === state.holder) return false;
  const member = state.members[input.node];
  return member?.inFabric === true && (member.absentEpoch === state.epoch || settled(state, ctx));
};

/** Whether the fabric should be looked at now. */
export const lookDue = (state: GroupState, input: Input, ctx: StepContext): boolean => {
  if (state.phase !== 'held') return false;
  if (state.lookNotBefore !== undefined && ctx.now < state.lookNotBefore) return false;
  const dirty = state.dirtyAt !== undefined && ctx.now >= state.dirtyAt;
  return dirty || holderMisses(state, ctx) || otherHas(state, input, ctx);
};

/** Orders the look; for a moment nobody else does. */
export const orderLook = (state: GroupState, ctx: StepContext): Outcome => ({
  state: { ...state, lookNotBefore: after(ctx.now, LOOK_SPACING_MS) },
  effects: [{ kind: 'look', vips: ctx.config.vips }],
});

const misplaced = (state: GroupState, observations: readonly Observation[], ctx: StepContext): Vip[] => {
  const rightEni = state.holder === null ? undefined : ctx.config.members[state.holder]?.eni;
  return ctx.config.vips.filter((vip) => {
    const seen = observations.find((observation) => observation.address === vip.address);
    return seen !== undefined && seen.owner !== rightEni;
  });
};

/** After how long the next look may come: 10, 20, then 60 s while they follow each other, anew after a quiet minute. */
const backOff = (state: GroupState, ctx: StepContext): Pick<GroupState, 'looks' | 'lookNotBefore'> => {
  const longest = LOOK_BACKOFF_MS.at(-1) ?? durationMs(0);
  const quiet = state.lookNotBefore === undefined || since(state.lookNotBefore, ctx.now) > longest;
  const looks = quiet ? 0 : (state.looks ?? 0);
  return { looks: looks + 1, lookNotBefore: after(ctx.now, LOOK_BACKOFF_MS[looks] ?? longest) };
};

/** Takes the result of a look: right is lag and needs nothing, wrong is moved back, only the wrong VIPs. */
export const takeObservation = (state: GroupState, observations: readonly Observation[], ctx: StepContext): Outcome => {
  const { dirtyAt, ...rest } = state;
  const stillDirty = dirtyAt !== undefined && ctx.now < dirtyAt;
  const next: GroupState = { ...rest, ...(stillDirty ? { dirtyAt } : {}) };
  if (state.phase !== 'held') return { state, effects: [] };
  const wrong = misplaced(state, observations, ctx);
  const after_: GroupState = { ...next, ...backOff(state, ctx) };
  if (wrong.length === 0) return { state: after_, effects: [] };
  const repairing = reorder({ ...after_, repairs: (state.repairs ?? 0) + 1 }, 'drift', wrong, ctx);
  const owners = observations.map((seen) => `${seen.address}=${seen.owner ?? 'none'}`).join(' ');
  return {
    state: repairing.state,
    effects: [
      eventOf(repairing.state, 'drift', ctx, { detail: { owners } }),
      { kind: 'metric', name: 'DriftRepaired', value: wrong.length },
      ...repairing.effects,
    ],
  };
};
