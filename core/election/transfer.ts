/** The only places where a group gets a new holder, a new attempt, or a commit. */
import { after, durationMs, since } from '../time.ts';
import type { GroupState, MoveOrder } from '../wire/item.ts';
import type { NodeId, Vip } from '../wire/names.ts';
import { elapsedMs } from './elapsed.ts';
import { marked, markedForOrder } from './marks.ts';
import { isPrepared } from './prepared.ts';
import { ABORT_AFTER_MS, HOLD_DOWN_DOUBLINGS_MAX, HOLD_DOWN_MEMORY_MS } from './rules.ts';
import type { Effect, GroupEvent, Outcome, StepContext } from './types.ts';

/** The reason for a first holder that has the VIPs already. */
export const ADOPTED = 'adopt';
/** The reason for a holder that another system has made, in a group that observes. */
export const FOLLOWED = 'followed';

type EventDetail = NonNullable<GroupEvent['detail']>;

export const eventOf = (
  state: GroupState,
  type: GroupEvent['type'],
  ctx: StepContext,
  fields: { from?: NodeId | null; to?: NodeId | null; reason?: string; detail?: EventDetail } = {},
): Effect => ({
  kind: 'emit',
  event: {
    type,
    group: state.group,
    epoch: state.epoch,
    from: fields.from ?? null,
    to: fields.to ?? state.holder,
    reason: fields.reason ?? state.reason,
    at: ctx.now,
    ...(fields.detail ? { detail: fields.detail } : {}),
  },
});

/** The effect that carries a state's current order out. A group whose target left the roster has nothing to move to. */
const moveEffect = (state: GroupState, move: MoveOrder, vips: readonly Vip[], ctx: StepContext): Effect[] => {
  const target = state.holder === null ? undefined : ctx.config.members[state.holder];
  if (state.holder === null || target === undefined) return [];
  return [
    {
      kind: 'move',
      epoch: state.epoch,
      moveId: move.id,
      attempt: move.attempt,
      to: state.holder,
      toEni: target.eni,
      vips,
      orderedAt: move.at,
      abortAt: after(move.at, ABORT_AFTER_MS),
    },
  ];
};

/** The rev that the write of this step will get: unique per write, hence a name for the order it carries. */
const orderId = (state: GroupState): number => state.rev + 1;

/** Transfers in a row (each within an hour of the last) and until when no voluntary one may follow. */
const holdDown = (
  state: GroupState,
  ctx: StepContext,
): Pick<GroupState, 'holdDownUntil' | 'transfers' | 'transferAt'> => {
  if (state.holder === null) return {};
  const inRow = state.transferAt !== undefined && elapsedMs(state.transferAt, ctx.now) < HOLD_DOWN_MEMORY_MS;
  const transfers = inRow ? (state.transfers ?? 0) + 1 : 0;
  const factor = 2 ** Math.min(transfers, HOLD_DOWN_DOUBLINGS_MAX);
  return { transferAt: ctx.now, transfers, holdDownUntil: after(ctx.now, ctx.config.holdDownMs * factor) };
};

/** Above every epoch that this item or any agent has seen, or has been asked to prepare for. */
export const nextEpoch = ({ epoch, epochFloor = 0, asked }: GroupState): number =>
  Math.max(epoch, epochFloor, asked?.epoch ?? 0) + 1;

/** The epoch under which `to` will hold: what it has prepared for, if it was asked and nothing has overtaken that. */
const epochOf = (state: GroupState, to: NodeId): number =>
  isPrepared(state, to) ? (state.asked?.epoch ?? 0) : nextEpoch(state);

/** What the history and listeners are told of the preparations. */
const preparedDetail = (state: GroupState, to: NodeId): EventDetail => {
  const { asked, epoch } = state;
  const hookMs = isPrepared(state, to) ? asked?.hookMs : undefined;
  return {
    ...(hookMs === undefined ? {} : { hookMs }),
    // Others were asked in between.
    ...(asked !== undefined && epochOf(state, to) !== epoch + 1 ? { previousEpoch: epoch } : {}),
  };
};

/** Forgets what was counted about the VIP's whereabouts under the old epoch. */
const withoutLooks = (members: GroupState['members']): GroupState['members'] =>
  Object.fromEntries(Object.entries(members).map(([node, { absentLooks: _, ...member }]) => [node, member]));

/**
 * What a new epoch begins with: nothing that belonged to the old one. An order of that which may still be running is looked
 * after once its time-out has passed.
 */
const begun = (state: GroupState, ctx: StepContext): GroupState => {
  const {
    lookNotBefore: _l,
    looks: _n,
    handover: _h,
    restoredAt: _r,
    recheck: _c,
    adoptAt: _a,
    would: _w,
    confirmed: _f,
    asked: _p,
    ...rest
  } = markedForOrder(state, ctx);
  return { ...rest, ...holdDown(state, ctx), members: withoutLooks(state.members) };
};

/** The intent: a new holder under a new epoch, and the order to move the fabric to it. */
export const transfer = (
  state: GroupState,
  to: NodeId,
  reason: string,
  ctx: StepContext,
  detail?: EventDetail,
): Outcome => {
  const move: MoveOrder = {
    id: orderId(state),
    attempt: 1,
    at: ctx.now,
    inFlight: true,
    ...(state.holder === null ? {} : { from: state.holder }),
  };
  const next: GroupState = {
    ...begun(state, ctx),
    epoch: epochOf(state, to),
    holder: to,
    phase: 'moving',
    phaseAt: ctx.now,
    reason,
    move,
  };
  const before = state.holder === null ? undefined : state.members[state.holder];
  const lastBeat: EventDetail = before === undefined ? {} : { lastBeatAgeMs: since(before.at, ctx.now) };
  return {
    state: next,
    effects: [
      eventOf(next, 'transfer', ctx, {
        from: state.holder,
        detail: { ...lastBeat, ...preparedDetail(state, to), ...detail },
      }),
      { kind: 'metric', name: 'Transfers', value: 1 },
      ...moveEffect(next, move, ctx.config.vips, ctx),
    ],
  };
};

/**
 * Exclusive: nobody holds the group any more. Its last holder has let go and left, and nobody is there to succeed it.
 * An order that may still be running is looked after as in {@link transfer}.
 */
export const vacate = (state: GroupState, reason: string, ctx: StepContext): Outcome => {
  const {
    move: _m,
    handover: _h,
    lookNotBefore: _l,
    looks: _n,
    restoredAt: _r,
    asked: _p,
    ...rest
  } = markedForOrder(state, ctx);
  const next: GroupState = {
    ...rest,
    epoch: nextEpoch(state),
    holder: null,
    phase: 'vacant',
    phaseAt: ctx.now,
    reason,
  };
  return { state: next, effects: [eventOf(next, 'transfer', ctx, { from: state.holder })] };
};

/**
 * Exclusive: the same holder goes on under a new epoch. If its witness still lists the VIPs, the fabric has nothing to
 * do: after an outage of the arbiter a thousand groups must not queue for the API.
 */
export const regrant = (state: GroupState, reason: string, ctx: StepContext): Outcome => {
  const holder = state.holder === null ? undefined : state.members[state.holder];
  if (state.holder === null || state.phase === 'moving' || holder?.inFabric !== true)
    return transfer(state, state.holder ?? '', reason, ctx);
  const { move: _m, handover: _h, restoredAt: _r, confirmed: _f, asked: _p, ...rest } = state;
  const next: GroupState = {
    ...rest,
    epoch: epochOf(state, state.holder),
    phase: 'held',
    phaseAt: ctx.now,
    reason,
    members: withoutLooks(rest.members),
  };
  const detail = preparedDetail(state, state.holder);
  const fields = { from: state.holder, ...(Object.keys(detail).length === 0 ? {} : { detail }) };
  return { state: next, effects: [eventOf(next, 'transfer', ctx, fields)] };
};

/**
 * Fenced: a group that nobody held goes to the member that has the VIPs already: the fabric is not told what it knows, only
 * looked at, for a member's metadata may be old. What the look finds elsewhere is moved then.
 */
export const adopt = (state: GroupState, to: NodeId, ctx: StepContext): Outcome => {
  const { would: _w, confirmed: _f, asked: _p, ...rest } = marked(state, ctx.now, ctx);
  const next: GroupState = {
    ...rest,
    epoch: nextEpoch(state),
    holder: to,
    phase: 'held',
    phaseAt: ctx.now,
    reason: ADOPTED,
  };
  return { state: next, effects: [eventOf(next, 'transfer', ctx, { from: state.holder })] };
};

/** The VIPs have been moved by another hand, and that is taken for right: their member holds under a new epoch. */
export const follow = (state: GroupState, to: NodeId, reason: string, ctx: StepContext): Outcome => {
  const { move: _, ...rest } = begun(state, ctx);
  const next: GroupState = {
    ...rest,
    epoch: nextEpoch(state),
    holder: to,
    phase: 'held',
    phaseAt: ctx.now,
    reason,
  };
  return {
    state: next,
    effects: [
      eventOf(next, 'transfer', ctx, { from: state.holder }),
      { kind: 'metric', name: 'Transfers', value: 1 },
    ],
  };
};

/** Another attempt at the same epoch: the last one was lost, failed, or the fabric has drifted since. */
export const reorder = (
  state: GroupState,
  reason: string,
  vips: readonly Vip[],
  ctx: StepContext,
): Outcome => {
  const move: MoveOrder = {
    id: orderId(state),
    attempt: (state.move?.attempt ?? 0) + 1,
    at: ctx.now,
    inFlight: true,
    ...(state.move?.from === undefined ? {} : { from: state.move.from }),
  };
  // How long the fabric has been being changed, however often that was tried.
  const phaseAt = state.phase === 'moving' ? state.phaseAt : ctx.now;
  const next: GroupState = { ...state, phase: 'moving', phaseAt, reason, move };
  return { state: next, effects: moveEffect(next, move, vips, ctx) };
};

/** The fabric answered for every VIP: the holder holds. */
export const commit = (state: GroupState, ctx: StepContext): Outcome => {
  const { move, confirmed: _, ...rest } = state;
  const next: GroupState = { ...rest, phase: 'held', phaseAt: ctx.now };
  const moveMs = durationMs(move === undefined ? 0 : since(move.at, ctx.now));
  return {
    state: next,
    effects: [
      eventOf(next, 'committed', ctx, {
        from: move?.from ?? null,
        detail: { moveMs, attempt: move?.attempt ?? 0 },
      }),
    ],
  };
};
