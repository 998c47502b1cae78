/**
 * The arbiter's decision. Every Lambda, whatever woke it, loads the item, calls {@link step}, writes the result
 * under the one condition that the item has not changed since, and only then performs the effects.
 *
 * Pure: no clock, no randomness, no I/O. All races are decided here or by that one condition.
 */
import type { GroupState } from '../wire/item.ts';
import { takeAlarm } from './alarm.ts';
import { chargeAlert } from './alert.ts';
import { noteAlone } from './alone.ts';
import { claimFlaw } from './claim.ts';
import { detailNotes } from './detail.ts';
import { lookDue, orderLook, takeObservation } from './drift.ts';
import { firstHolder } from './first.ts';
import { type Change, changeWhileHeld } from './held.ts';
import { takeInstance } from './instance.ts';
import { attemptDue, changeWhileMoving, takeResults } from './moving.ts';
import { dropStaleWould, isObserved, observeChange, unledHolder, withoutOrders } from './observe.ts';
import { dropStaleHandover, takeCommand } from './operator.ts';
import {
  askCandidate,
  asksCandidates,
  mustPrepare,
  settleAsked,
  takeWord,
  withCandidate,
  withdrawUnneeded,
} from './prepare.ts';
import { isExclusive, isProved, isProvedByClaim } from './proof.ts';
import {
  askRelease,
  changeWhileReleasing,
  endRelease,
  isReleaseOverdue,
  mustAskRelease,
} from './releasing.ts';
import { refusalOf, takeReport } from './report.ts';
import { changeWhileRestoring, isRestoring, noteRestored } from './restored.ts';
import { takeSweep } from './sweep.ts';
import { ADOPTED, adopt, eventOf, FOLLOWED, follow, regrant, reorder, transfer, vacate } from './transfer.ts';
import type { Effect, Input, Outcome, StepContext } from './types.ts';

const changeDue = (state: GroupState, input: Input, ctx: StepContext): Change | undefined => {
  if (isRestoring(state, ctx)) return changeWhileRestoring(state, ctx);
  switch (state.phase) {
    case 'vacant':
      return firstHolder(state, input, ctx);
    case 'held':
      return changeWhileHeld(state, input, ctx);
    case 'moving':
      return changeWhileMoving(state, input, ctx);
    case 'releasing':
      return changeWhileReleasing(state, input, ctx);
  }
};

const carryOut = (state: GroupState, change: Change, input: Input, ctx: StepContext): Outcome => {
  if (change.to === null) return vacate(state, change.reason, ctx);
  if (change.reason === ADOPTED && !isExclusive(ctx)) return adopt(state, change.to, ctx);
  if (change.to === state.holder && (isExclusive(ctx) || change.reason !== 'restored'))
    return regrant(state, change.reason, ctx);
  const moved = transfer(state, change.to, change.reason, ctx, change.detail);
  const onSilence = change.reason === 'silence' || isProvedByClaim(state, input, ctx);
  return onSilence ? { ...moved, onSilence: true } : moved;
};

/** The change that is due, to the candidate that is preparing for it. */
const changeWanted = (state: GroupState, input: Input, ctx: StepContext): Change | undefined =>
  withCandidate(state, changeDue(state, input, ctx), ctx);

/** Else no question is ever put, and none is open. */
const asksAnybody = (state: GroupState, ctx: StepContext): boolean =>
  isExclusive(ctx) || asksCandidates(ctx) || ctx.config.release === true || state.phase === 'releasing';

/** Exclusive: the question is answered, or need not be. */
const isFreed = (state: GroupState, input: Input, ctx: StepContext): boolean =>
  isExclusive(ctx) && isProved(state, input, ctx);

/**
 * What the rules call for that needs no fabric, so that any request may do it: a candidate is asked whether it can, and the
 * holder is asked to let go.
 */
const askDue = (state: GroupState, input: Input, ctx: StepContext): Outcome | undefined => {
  if (!asksAnybody(state, ctx)) return undefined;
  if (state.phase === 'releasing' && isReleaseOverdue(state, ctx) && !isFreed(state, input, ctx))
    return endRelease(state, ctx);
  const change = changeWanted(state, input, ctx);
  if (change === undefined) return withdrawUnneeded(state, ctx);
  if (mustPrepare(state, change, ctx)) return askCandidate(state, change, ctx);
  const asks = isExclusive(ctx)
    ? state.phase !== 'releasing' && !isProved(state, input, ctx)
    : mustAskRelease(state, change, ctx);
  return asks ? askRelease(state, change, ctx) : undefined;
};

/** What the rules call for in this state, as fabric work; undefined when nothing is due. */
const workDue = (state: GroupState, input: Input, ctx: StepContext): (() => Outcome) | undefined => {
  // What calls for a change goes on calling for it: where the VIPs are must be seen meanwhile.
  if (isObserved(ctx) && lookDue(state, input, ctx)) return () => orderLook(state, ctx);
  const unled = unledHolder(state, ctx);
  if (unled !== undefined) return () => follow(state, unled, FOLLOWED, ctx);
  const change = changeWanted(state, input, ctx);
  if (change !== undefined && !mustPrepare(state, change, ctx))
    return () => (isObserved(ctx) ? observeChange(state, change, ctx) : carryOut(state, change, input, ctx));
  if (state.phase === 'moving' && attemptDue(state, ctx))
    return () => reorder(state, state.reason, ctx.config.vips, ctx);
  if (lookDue(state, input, ctx)) return () => orderLook(state, ctx);
  return undefined;
};

const isFabricWork = ({ kind }: Effect): boolean => kind === 'move' || kind === 'look';

/** A refused claim is worth a line: it is either a race well lost or a defect. */
const claimNotes = (state: GroupState, input: Input, ctx: StepContext): Effect[] => {
  const claim = input.kind === 'report' ? input.report.claim : undefined;
  const flaw = claim === undefined ? undefined : claimFlaw(claim, state, ctx);
  if (flaw === undefined || input.kind !== 'report') return [];
  return [
    { kind: 'metric', name: 'ClaimsRefused', value: 1 },
    eventOf(state, 'claim-refused', ctx, { from: state.holder, to: input.node, reason: flaw }),
  ];
};

const take = (state: GroupState, input: Input, ctx: StepContext): Outcome => {
  switch (input.kind) {
    case 'report': {
      const refusal = refusalOf(state, input.node, input.beat, ctx);
      if (refusal !== undefined) return { state, effects: [], refusal };
      const taken = noteRestored(takeReport(state, input.node, input.beat, input.report, ctx), ctx);
      const notes = [...claimNotes(taken, input, ctx), ...detailNotes(state, taken, input, ctx)];
      const heard = takeWord(taken, input.node, input.report, ctx);
      return { state: chargeAlert(heard.state, input.node, ctx), effects: [...notes, ...heard.effects] };
    }
    case 'moved':
      return takeResults(state, input, ctx);
    case 'observed':
      return takeObservation(state, input.observations, ctx);
    case 'operator':
      return takeCommand(state, input, ctx);
    case 'instance':
      return takeInstance(state, input, ctx);
    case 'alarm':
      return takeAlarm(state, input, ctx);
    case 'sweep':
      return takeSweep(state, input, ctx);
  }
};

/** What time alone has ended. */
const tidy = (state: GroupState, ctx: StepContext): GroupState =>
  withoutOrders(dropStaleWould(dropStaleHandover(state, ctx), ctx), ctx);

/**
 * Takes one input into the item and decides what follows.
 *
 * @returns the item to write (its `rev` risen by one), the effects to perform **after** that write has succeeded,
 *   in order, and whether fabric work had to be left to a request of its own. A refused input leaves the item as
 *   it is: the same object, nothing to write.
 * @example step(state, { kind: 'report', node, beat, report }, { now, config, mayMove: true }).effects
 */
export const step = (state: GroupState, input: Input, ctx: StepContext): Outcome => {
  const taken = take(state, input, ctx);
  if (taken.refusal !== undefined) return taken;
  const ordersWork = taken.effects.some(isFabricWork);
  const { state: current, effects: ended } = settleAsked(tidy(taken.state, ctx), ctx);
  const asked = ordersWork ? undefined : askDue(current, input, ctx);
  const due = ordersWork || asked !== undefined ? undefined : workDue(current, input, ctx);
  const wanted = asked ?? due?.();
  const left = wanted !== undefined && !ctx.mayMove && wanted.effects.some(isFabricWork);
  const decided: Outcome = left || wanted === undefined ? { state: current, effects: [] } : wanted;
  const alone = noteAlone(decided.state, input, ctx);
  if (alone.state === state) return { state, effects: taken.effects };
  return {
    state: { ...alone.state, rev: state.rev + 1 },
    effects: [...taken.effects, ...ended, ...decided.effects, ...alone.effects],
    ...(left ? { work: true } : {}),
    ...(decided.onSilence === true ? { onSilence: true } : {}),
  };
};
