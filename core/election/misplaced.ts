/** A look has found VIPs where the holder is not: they are moved back, unless another hand is to be believed. */
import { after } from '../time.ts';
import { isSeenByCloud } from '../traits.ts';
import type { GroupState } from '../wire/item.ts';
import type { NodeId, Vip } from '../wire/names.ts';
import { elapsedMs } from './elapsed.ts';
import { isFit } from './eligibility.ts';
import { DRIFT, isObserved, noteWould } from './observe.ts';
import { ADOPT_MS, LOOK_BACKOFF_MS, LOOK_LONGEST_MS } from './rules.ts';
import { ADOPTED, eventOf, FOLLOWED, follow, reorder } from './transfer.ts';
import type { Effect, Observation, Outcome, StepContext } from './types.ts';

/** VIPs that were seen, and not at the holder. */
export const misplaced = (
  state: GroupState,
  observations: readonly Observation[],
  ctx: StepContext,
): Vip[] => {
  const rightEni = state.holder === null ? undefined : ctx.config.members[state.holder]?.eni;
  return ctx.config.vips.filter((vip) => {
    const seen = observations.find((observation) => observation.address === vip.address);
    return seen !== undefined && seen.owner !== rightEni;
  });
};

/**
 * After how long the next look may come: 10, 20, then 60 s while they follow each other, anew after a quiet minute. A group
 * that observes fights with nobody, and what it tells shall be of now: always 10 s.
 */
export const backOff = (state: GroupState, ctx: StepContext): Pick<GroupState, 'looks' | 'lookNotBefore'> => {
  const looks = isObserved(ctx) ? 0 : (state.looks ?? 0);
  return { looks: looks + 1, lookNotBefore: after(ctx.now, LOOK_BACKOFF_MS[looks] ?? LOOK_LONGEST_MS) };
};

/** The member that was seen to have every VIP that can be looked for. */
export const ownerOf = (observations: readonly Observation[], ctx: StepContext): NodeId | undefined => {
  const eniOf = (address: string) => observations.find((seen) => seen.address === address)?.owner;
  const vips = ctx.config.vips.filter(isSeenByCloud);
  if (vips.length === 0) return undefined;
  const found = Object.entries(ctx.config.members).find(([, { eni }]) =>
    vips.every(({ address }) => eniOf(address) === eni),
  );
  return found?.[0];
};

/** An operator wants it, and it was this look that was to show where. */
export const isAdopting = ({ adoptAt }: GroupState, ctx: StepContext): boolean =>
  adoptAt !== undefined && elapsedMs(adoptAt, ctx.now) <= ADOPT_MS;

/** The member to believe in, and why. One that could not serve is not believed, or the VIPs would be moved on at once. */
const believed = (
  state: GroupState,
  observations: readonly Observation[],
  own: boolean,
  ctx: StepContext,
): { to: NodeId; reason: string } | undefined => {
  const to = ownerOf(observations, ctx);
  if (to === undefined) return undefined;
  if (isObserved(ctx)) return { to, reason: FOLLOWED };
  if (ctx.config.exclusive === true || !isFit(state, to, ctx)) return undefined;
  if (isAdopting(state, ctx)) return { to, reason: ADOPTED };
  return ctx.config.drift === 'adopt' && !own ? { to, reason: DRIFT } : undefined;
};

const driftEvent = (
  state: GroupState,
  observations: readonly Observation[],
  ctx: StepContext,
  more: Readonly<Record<string, boolean>> = {},
): Effect => {
  const owners = observations.map((seen) => `${seen.address}=${seen.owner ?? 'none'}`).join(' ');
  return eventOf(state, 'drift', ctx, { detail: { owners, ...more } });
};

/** Moves back what is wrong, under the same epoch. */
const repair = (
  state: GroupState,
  wrong: readonly Vip[],
  observations: readonly Observation[],
  ctx: StepContext,
): Outcome => {
  const paced: GroupState = { ...state, ...backOff(state, ctx) };
  const repairing = reorder({ ...paced, repairs: (state.repairs ?? 0) + 1 }, DRIFT, wrong, ctx);
  return {
    state: repairing.state,
    effects: [
      driftEvent(repairing.state, observations, ctx),
      { kind: 'metric', name: 'DriftRepaired', value: wrong.length },
      ...repairing.effects,
    ],
  };
};

/** Says so, and leaves it: `drift: alarm`. */
const leave = (
  state: GroupState,
  wrong: readonly Vip[],
  observations: readonly Observation[],
  ctx: StepContext,
): Outcome => ({
  state: { ...state, ...backOff(state, ctx) },
  effects: [
    driftEvent(state, observations, ctx, { left: true }),
    { kind: 'metric', name: 'DriftLeft', value: wrong.length },
  ],
});

/**
 * Decides what becomes of VIPs that a look has found in the wrong place.
 * @param own a mover of this arbiter may have put them there: that is nobody's wish, and always moved back
 */
export const onMisplaced = (
  state: GroupState,
  wrong: readonly Vip[],
  observations: readonly Observation[],
  own: boolean,
  ctx: StepContext,
): Outcome => {
  const owner = believed(state, observations, own, ctx);
  if (owner !== undefined) return follow(state, owner.to, owner.reason, ctx);
  if (isObserved(ctx)) {
    const noted = noteWould(state, { to: state.holder, reason: DRIFT }, ctx);
    return { ...noted, state: { ...noted.state, ...backOff(state, ctx) } };
  }
  return ctx.config.drift === 'alarm' && !own
    ? leave(state, wrong, observations, ctx)
    : repair(state, wrong, observations, ctx);
};
