/**
 * What a candidate does that is asked first (`hooks.beforeMaster`): it runs the hook once for each question, and says in
 * every heartbeat how that went until it is asked no more. Whether there is such a hook its file says when it is run.
 */
import type { GroupAnswer, GroupReport } from '../wire/heartbeat.ts';
import { SPAN_MS_MAX } from '../wire/heartbeat.ts';
import type { HolderEffect, HolderInput, HolderOutcome, HolderState } from './types.ts';
import { note } from './witness.ts';

/**
 * The state after an answer that has been applied. One who prepared and is not MASTER now has done so in vain: its hooks
 * are told its state once more, so that what was promoted is demoted. An orderly refusal has changed nothing.
 */
export const heedQuestion = (state: HolderState, { prepare }: GroupAnswer): HolderOutcome => {
  const { preparing, role, epoch } = state;
  if (role === 'BACKUP' && prepare !== undefined && prepare.epoch > epoch) {
    if (preparing?.epoch === prepare.epoch) return { state, effects: [] };
    const asked: HolderEffect = { kind: 'prepare', epoch: prepare.epoch };
    return { state: { ...state, preparing: { epoch: prepare.epoch } }, effects: [asked] };
  }
  return forgetQuestion(state);
};

/** Asked no more, or no member any more: then no answer comes that would say so. */
export const forgetQuestion = (state: HolderState): HolderOutcome => {
  const { preparing, role } = state;
  if (preparing === undefined) return { state, effects: [] };
  const next: HolderState = { ...state, preparing: undefined };
  if (role === 'MASTER' || preparing.outcome === 'refused') return { state: next, effects: [] };
  const message = `prepared for epoch ${preparing.epoch} in vain: hooks are told the state again`;
  return { state: { ...next, told: 'INIT' }, effects: [note('info', message)] };
};

/** The hook has ended. What it was run for may have passed. */
export const takeOutcome = (
  state: HolderState,
  { epoch, outcome, ms }: Extract<HolderInput, { kind: 'hooked' }>,
): HolderOutcome => {
  if (state.preparing?.epoch !== epoch) return { state, effects: [] };
  return {
    state: { ...state, preparing: { epoch, outcome, ms } },
    effects: [{ kind: 'beat', why: 'prepared' }],
  };
};

/** What the report says of it. */
export const preparedWords = ({ preparing }: HolderState): Pick<GroupReport, 'prepared' | 'declined'> => {
  const { epoch, outcome, ms = 0 } = preparing ?? {};
  if (epoch === undefined || outcome === undefined) return {};
  const said = { epoch, ms: Math.min(Math.round(ms), SPAN_MS_MAX) };
  return outcome === 'prepared' ? { prepared: said } : { declined: { ...said, why: outcome } };
};
