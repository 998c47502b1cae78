/** What people order. A command is taken or refused at once; what it moves follows by the same rules as everything else. */
import type { GroupState } from '../wire/item.ts';
import type { NodeId } from '../wire/names.ts';
import { orderLook } from './drift.ts';
import { elapsedMs } from './elapsed.ts';
import { bestStandby, isFit } from './eligibility.ts';
import { isObserved } from './observe.ts';
import { HANDOVER_HEARTBEATS_MAX, HANDOVER_MS_MAX } from './rules.ts';
import { eventOf } from './transfer.ts';
import type { Command, Input, Outcome, Refusal, StepContext } from './types.ts';

type OperatorInput = Extract<Input, { kind: 'operator' }>;

const refuse = (state: GroupState, code: Refusal['code'], message: string): Outcome => ({
  state,
  effects: [],
  refusal: { code, message },
});

/** Why no failover to `to` can be ordered now. */
const failoverFlaw = (
  state: GroupState,
  to: NodeId | undefined,
  ctx: StepContext,
): Pick<Refusal, 'code' | 'message'> | undefined => {
  if (isObserved(ctx))
    return {
      code: 'Observing',
      message: `group ${state.group} only observes and moves nothing: deploy it with mode: enforce first`,
    };
  if (state.paused === true)
    return { code: 'Paused', message: `group ${state.group} is paused: resume it first` };
  if (state.holder === null || state.phase !== 'held')
    return { code: 'NotHeld', message: `group ${state.group} is ${state.phase}: wait until it is held` };
  if (to === undefined)
    return bestStandby(state, ctx) === undefined
      ? { code: 'NoStandby', message: `group ${state.group} has no healthy standby` }
      : undefined;
  if (ctx.config.members[to] === undefined)
    return { code: 'NotAMember', message: `${to} is not a member of group ${state.group}` };
  if (to === state.holder)
    return { code: 'NothingToDo', message: `${to} already holds group ${state.group}` };
  return isFit(state, to, ctx)
    ? undefined
    : {
        code: 'NotEligible',
        message: `${to} cannot take over now: silent, in FAULT, leaving, drained or refused`,
      };
};

const failover = (state: GroupState, to: NodeId | undefined, ctx: StepContext): Outcome => {
  const flaw = failoverFlaw(state, to, ctx);
  if (flaw !== undefined) return refuse(state, flaw.code, flaw.message);
  const target = to ?? bestStandby(state, ctx);
  return target === undefined
    ? { state, effects: [] }
    : { state: { ...state, handover: { to: target, at: ctx.now } }, effects: [] };
};

const drain = (state: GroupState, node: NodeId, drained: boolean, ctx: StepContext): Outcome => {
  if (ctx.config.members[node] === undefined && state.drained?.includes(node) !== true)
    return refuse(state, 'NotAMember', `${node} is not a member of group ${state.group}`);
  const others = (state.drained ?? []).filter((name) => name !== node);
  const before = others.length !== (state.drained ?? []).length;
  if (before === drained)
    return refuse(state, 'NothingToDo', `${node} is ${drained ? 'drained already' : 'not drained'}`);
  const { drained: _, ...rest } = state;
  const next = drained ? [...others, node] : others;
  return { state: next.length === 0 ? rest : { ...rest, drained: next }, effects: [] };
};

const pause = (state: GroupState, paused: boolean): Outcome => {
  if ((state.paused === true) === paused)
    return refuse(
      state,
      'NothingToDo',
      `group ${state.group} is ${paused ? 'paused already' : 'not paused'}`,
    );
  const { paused: _p, handover: _h, ...rest } = state;
  return { state: paused ? { ...rest, paused: true } : rest, effects: [] };
};

/** A look is ordered, and the member that it finds the VIPs at becomes the holder. */
const adoptWhereSeen = (state: GroupState, ctx: StepContext): Outcome => {
  const { group } = state;
  if (ctx.config.exclusive === true)
    return refuse(
      state,
      'Exclusive',
      `group ${group} is exclusive: another may take over only when its holder has let go. Use failover --to`,
    );
  if (state.holder === null || state.phase !== 'held')
    return refuse(state, 'NotHeld', `group ${group} is ${state.phase}: wait until it is held`);
  return orderLook({ ...state, adoptAt: ctx.now }, ctx);
};

const obey = (state: GroupState, command: Command, ctx: StepContext): Outcome => {
  switch (command.do) {
    case 'failover':
      return failover(state, command.to, ctx);
    case 'drain':
    case 'undrain':
      return drain(state, command.node, command.do === 'drain', ctx);
    case 'pause':
    case 'resume':
      return pause(state, command.do === 'pause');
    case 'adopt':
      return adoptWhereSeen(state, ctx);
  }
};

const wordsOf = (command: Command): string => {
  const about = 'node' in command ? command.node : 'to' in command ? command.to : undefined;
  return about === undefined ? command.do : `${command.do} ${about}`;
};

/** Takes an operator's command. One that was meant for another epoch than the present is refused. */
export const takeCommand = (state: GroupState, input: OperatorInput, ctx: StepContext): Outcome => {
  const { command, ifEpoch, by, reason } = input;
  if (ifEpoch !== undefined && ifEpoch !== state.epoch) {
    const message = `the epoch is ${state.epoch}, not ${ifEpoch}: look again before you decide`;
    return refuse(state, 'EpochMismatch', message);
  }
  const obeyed = obey(state, command, ctx);
  if (obeyed.refusal !== undefined) return obeyed;
  const event = eventOf(obeyed.state, 'operator', ctx, {
    from: state.holder,
    reason,
    detail: { command: wordsOf(command), by },
  });
  return { state: obeyed.state, effects: [event, ...obeyed.effects] };
};

/** An ordered failover whose target did not take it in time, or cannot any more, is dropped rather than kept for a surprise. */
export const dropStaleHandover = (state: GroupState, ctx: StepContext): GroupState => {
  if (state.handover === undefined || state.phase !== 'held') return state;
  const { handover, ...rest } = state;
  const limitMs = Math.max(HANDOVER_MS_MAX, HANDOVER_HEARTBEATS_MAX * ctx.config.heartbeatMs);
  const late = elapsedMs(handover.at, ctx.now) > limitMs;
  // Whoever is preparing has begun.
  const dropped = late && state.asked?.to !== handover.to;
  return dropped || handover.to === state.holder ? rest : state;
};
