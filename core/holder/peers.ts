/**
 * What this host makes of its sessions with the other members (`peerDetection`). As a standby that has lost the holder it
 * asks, and claims if the holder's beat stands still. As a holder that has lost anybody it beats quickly for a while.
 */
import {
  confirmMsOf,
  discriminatorOf,
  hurriedMsOf,
  hurryMsOf,
  type PeerView,
  type PeerViews,
  suspicionMsOf,
} from '../suspicion.ts';
import { after, type BootMs, since } from '../time.ts';
import type { Claim, GroupAnswer, GroupReport } from '../wire/heartbeat.ts';
import { RANK_SKEW_MS } from './rules.ts';
import { isStreakWhole, sureAt } from './silence.ts';
import type { HolderContext, HolderState, Suspicion } from './types.ts';

/** The beat of a dead host may change once more, by a heartbeat that it had sent; one that changes twice is alive. */
const CHANGES_MAX = 1;

export const peersIn = ({ profile, peers }: HolderContext): PeerViews =>
  profile.peerDetection === undefined ? {} : (peers ?? {});

const bootOf = (beat: string): number => Number(beat.slice(0, beat.indexOf(':')));

/**
 * Second in every step, after the deadline. Whoever has lost a peer speaks at once: a standby asks, a holder shows that it
 * lives, and a host that does not know yet that it has become the holder learns it. By a heartbeat of all its groups: one
 * host that dies may concern each of them.
 */
export const noteLosses = (state: HolderState, ctx: HolderContext): HolderState => {
  const losses = Math.max(0, ...Object.values(peersIn(ctx)).map(({ loss }) => loss));
  return losses > (state.losses ?? 0) ? { ...state, losses, asking: true, nextBeatAt: ctx.now } : state;
};

/** A holder that has lost a peer, not long ago: somebody may suspect it. */
export const isHurried = (state: HolderState, ctx: HolderContext): boolean => {
  const { peerDetection } = ctx.profile;
  if (peerDetection === undefined || state.role !== 'MASTER') return false;
  const longestMs = hurryMsOf(peerDetection);
  return Object.values(peersIn(ctx)).some(
    ({ lostForMs }) => lostForMs !== undefined && lostForMs < longestMs,
  );
};

/** When a holder in a hurry beats next: paced by what was sent last, however late its answers come. */
export const hurriedBeatAt = (state: HolderState, from: BootMs, ctx: HolderContext): BootMs | undefined => {
  const { peerDetection } = ctx.profile;
  if (peerDetection === undefined || !isHurried(state, ctx)) return undefined;
  const { askedAt } = state;
  return after(askedAt !== undefined && askedAt > from ? askedAt : from, hurriedMsOf(peerDetection));
};

/** The session was up with this very run of the holder, has fallen silent, and that is not long ago. */
const isSuspect = (
  view: PeerView | undefined,
  holder: string,
  boot: number,
  ctx: HolderContext,
): view is PeerView => {
  const { peerDetection } = ctx.profile;
  if (view?.lostForMs === undefined || peerDetection === undefined) return false;
  return (
    view.silent &&
    view.lostForMs <= suspicionMsOf(peerDetection) &&
    view.calledBy === discriminatorOf(holder, boot, ctx.node)
  );
};

/** The suspicion after one more answer. What counts is for how long this host itself has seen the beat stand still. */
export const extendSuspicion = (
  { suspicion }: HolderState,
  { holder, epoch }: GroupAnswer,
  ctx: HolderContext,
): Suspicion | undefined => {
  if (holder === null || holder.node === ctx.node) return undefined;
  const view = peersIn(ctx)[holder.node];
  if (!isSuspect(view, holder.node, bootOf(holder.beat), ctx)) return undefined;
  const { node, beat } = holder;
  const isSame = suspicion?.node === node && suspicion.n === view.loss && suspicion.epoch === epoch;
  if (!isSame) return { node, epoch, n: view.loss, beat, since: ctx.now, changes: 0 };
  if (suspicion.beat === beat) return suspicion;
  return { ...suspicion, beat, since: ctx.now, changes: suspicion.changes + 1 };
};

/** The instant at which this standby may claim by suspicion; undefined while nothing it knows would justify that. */
export const suspicionDueAt = (state: HolderState, ctx: HolderContext): BootMs | undefined => {
  const { suspicion, streak, rank, role, leaving } = state;
  const { peerDetection } = ctx.profile;
  if (suspicion === undefined || peerDetection === undefined) return undefined;
  if (role !== 'BACKUP' || leaving !== undefined || streak === undefined || rank === undefined)
    return undefined;
  if (suspicion.changes > CHANGES_MAX) return undefined;
  const { node, beat } = suspicion;
  const view = peersIn(ctx)[node];
  // Up again and lost once more, without an answer in between: that is for the next answer to begin with.
  if (!isSuspect(view, node, bootOf(beat), ctx) || view.loss !== suspicion.n) return undefined;
  const still = after(suspicion.since, confirmMsOf(peerDetection) + rank * RANK_SKEW_MS);
  const sure = sureAt(streak, rank, ctx);
  return sure > still ? sure : still;
};

/** The claim by suspicion to put into a report sent now, if one is due and the streak is whole at this moment. */
export const suspicionNow = (state: HolderState, ctx: HolderContext): Claim | undefined => {
  const due = suspicionDueAt(state, ctx);
  const { suspicion, streak } = state;
  if (due === undefined || ctx.now < due || suspicion === undefined || streak === undefined) return undefined;
  if (!isStreakWhole(streak, ctx)) return undefined;
  const { epoch, node, beat, n } = suspicion;
  return {
    epoch,
    holder: node,
    beat,
    silentMs: since(suspicion.since, ctx.now),
    evidence: 'suspect',
    loss: { n, holderBoot: bootOf(beat) },
  };
};

/** What a report says of the sessions; nothing where members do not watch each other. */
export const peersReported = (ctx: HolderContext): Pick<GroupReport, 'peers'> => {
  if (ctx.profile.peerDetection === undefined) return {};
  const peers = Object.fromEntries(
    Object.entries(peersIn(ctx)).map(([node, { state, loss }]) => [
      node,
      { state, ...(loss === 0 ? {} : { loss }) },
    ]),
  );
  return { peers };
};
