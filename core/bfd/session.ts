/**
 * The machine of one BFD session: asynchronous mode of RFC 5880 §6.8, without echo, demand and authentication of its
 * own. A neighbour is lost when nothing came from it for its detection time, counted only while this process ran.
 */
import { after, type BootMs, since } from '../time.ts';
import type { ControlPacket, Diagnostic, SessionState } from './packet.ts';
import {
  desiredMinTxMs,
  detectionMs,
  isPeriodic,
  jitteredMs,
  SLOW_MS,
  txIntervalMs,
  US_PER_MS,
} from './timing.ts';
import type {
  Remote,
  Session,
  SessionContext,
  SessionEffect,
  SessionInput,
  SessionOutcome,
} from './types.ts';

/** An agent that ends does not wait longer for a neighbour that wants its packets seldom. */
const STOP_MS_MAX = 3000;

/** A neighbour that nobody has heard. It is assumed to be willing to hear anything. */
const UNKNOWN: Remote = {
  discriminator: 0,
  state: 'down',
  demand: false,
  multiplier: 0,
  desiredMinTxUs: 0,
  requiredMinRxUs: 1,
  calling: false,
};

/** A session that begins: down, its first packet due at once. */
export const initialSession = (now: BootMs): Session => ({
  state: 'down',
  diag: 'none',
  since: now,
  remote: UNKNOWN,
  polling: false,
  sentAt: now,
  sendAt: now,
  detectAt: undefined,
  stopped: false,
});

/** When a session next has to be ticked; undefined: only a packet can change anything. */
export const wakeAt = ({ sendAt, detectAt, stopping, stopped }: Session): BootMs | undefined => {
  if (stopped) return undefined;
  const due = [sendAt, detectAt, stopping?.by].filter((at) => at !== undefined);
  return due.length === 0 ? undefined : due.reduce((least, at) => (at < least ? at : least));
};

/** How a side calls while its session is up (§6.8.17): what is behind it has failed, the session has not. */
const CALL: Diagnostic = 'concatenated-path-down';

const isCalling = ({ state, callingUntil }: Session, now: BootMs): boolean =>
  state === 'up' && callingUntil !== undefined && now < callingUntil;

const packetOf = (session: Session, { now, profile }: SessionContext, final: boolean): ControlPacket => ({
  diag: isCalling(session, now) ? CALL : session.diag,
  state: session.state,
  // Never both: an answer to a poll asks nothing.
  poll: session.polling && !final,
  final,
  demand: false,
  multiplier: profile.multiplier,
  myDiscriminator: profile.discriminator,
  yourDiscriminator: session.remote.discriminator,
  desiredMinTxUs: desiredMinTxMs(session.state, profile) * US_PER_MS,
  requiredMinRxUs: profile.intervalMs * US_PER_MS,
});

/** When the next periodic packet is due, one having gone out at `sentAt`. */
const nextSendAt = (session: Session, ctx: SessionContext): BootMs | undefined =>
  isPeriodic(session)
    ? after(session.sentAt, jitteredMs(txIntervalMs(session, ctx.profile), ctx.jitter, ctx.profile))
    : undefined;

const send = (session: Session, ctx: SessionContext): SessionOutcome => {
  const sent = { ...session, sentAt: ctx.now };
  return {
    session: { ...sent, sendAt: nextSendAt(sent, ctx) },
    effects: [{ kind: 'send', packet: packetOf(session, ctx, false) }],
  };
};

/**
 * The session in another state. What this side asks for depends on the state, so a change to or from `up` is announced
 * until the neighbour has confirmed it.
 */
const enter = (session: Session, to: SessionState, diag: Diagnostic, ctx: SessionContext): Session => ({
  ...session,
  state: to,
  diag,
  since: ctx.now,
  polling: session.polling || to === 'up' || session.state === 'up',
});

const changed = (before: Session, after: Session): SessionEffect[] =>
  before.state === after.state ? [] : [{ kind: 'changed', from: before.state, to: after.state }];

/** Where a packet in that state leads from here (§6.2, §6.8.6). */
const follow = (session: Session, heard: SessionState, ctx: SessionContext): Session => {
  const { state } = session;
  if (state === 'down') {
    if (heard === 'down') return enter(session, 'init', session.diag, ctx);
    return heard === 'init' ? enter(session, 'up', 'none', ctx) : session;
  }
  // An orderly stop ends the session in every state; the neighbour's `down`, once it knew that this side was there.
  const isEnded = heard === 'admin-down' || (state === 'up' && heard === 'down');
  if (isEnded) return enter(session, 'down', 'neighbour-signalled-down', ctx);
  const isConfirmed = state === 'init' && (heard === 'init' || heard === 'up');
  return isConfirmed ? enter(session, 'up', 'none', ctx) : session;
};

const remoteOf = (packet: ControlPacket): Remote => ({
  discriminator: packet.myDiscriminator,
  state: packet.state,
  demand: packet.demand,
  multiplier: packet.multiplier,
  desiredMinTxUs: packet.desiredMinTxUs,
  requiredMinRxUs: packet.requiredMinRxUs,
  calling: packet.state === 'up' && packet.diag === CALL,
});

/** Where a call begins and where it ends, within one session: what is called for in between is covered by the end. */
const calledBy = (before: Session, now: Session): SessionEffect[] =>
  before.state === 'up' && now.state === 'up' && before.remote.calling !== now.remote.calling
    ? [{ kind: 'called' }]
    : [];

const end = (session: Session): SessionOutcome => ({
  session: { ...session, stopped: true, sendAt: undefined, detectAt: undefined, stopping: undefined },
  effects: [{ kind: 'stopped' }],
});

const onPacket = (session: Session, packet: ControlPacket, ctx: SessionContext): SessionOutcome => {
  // Addressed to a session that is not this one: one of a former run of this agent, or somebody's guess.
  const isOurs = packet.yourDiscriminator === 0 || packet.yourDiscriminator === ctx.profile.discriminator;
  if (!isOurs) return { session, effects: [] };
  const remote = remoteOf(packet);
  const heard = { ...session, remote, polling: session.polling && !packet.final };
  // Whoever is down has understood that this side has stopped, and will not take it for dead.
  if (session.state === 'admin-down') {
    const isUnderstood = packet.state === 'down' || packet.state === 'admin-down';
    return isUnderstood ? end(heard) : { session: heard, effects: [] };
  }
  const alive = { ...heard, detectAt: after(ctx.now, detectionMs(heard, ctx.profile)) };
  const moved = follow(alive, packet.state, ctx);
  const effects = [...changed(session, moved), ...calledBy(session, moved)];
  const mustTell = moved.state !== session.state && !packet.poll;
  const told = mustTell ? send(moved, ctx) : { session: repace(session, moved, ctx), effects: [] };
  const answer: SessionEffect[] = packet.poll ? [{ kind: 'send', packet: packetOf(moved, ctx, true) }] : [];
  return { session: told.session, effects: [...effects, ...told.effects, ...answer] };
};

/** A pace that has changed counts from the latest packet on, and not only after the next one. */
const repace = (before: Session, now: Session, ctx: SessionContext): Session => {
  const isSame =
    isPeriodic(before) === isPeriodic(now) &&
    txIntervalMs(before, ctx.profile) === txIntervalMs(now, ctx.profile);
  return isSame ? now : { ...now, sendAt: nextSendAt(now, ctx) };
};

/**
 * A neighbour that has missed this side during a pause sends a packet a second, and the first of them may not have come
 * yet when its detection time, which counts on after the pause, is over.
 */
const isOwnDoing = (session: Session, { now, profile }: SessionContext): boolean =>
  session.pausedAt !== undefined && since(session.pausedAt, now) < SLOW_MS + detectionMs(session, profile);

/**
 * A side is up as soon as it hears that it was heard; the neighbour, which may never hear of that, is up only when it says so. One that
 * has not has no session to miss: as a holder it would not hurry.
 */
const isMutual = ({ remote }: Session): boolean => remote.state === 'up';

/** Silence for a detection time: the neighbour is forgotten, and if there was a session, it is down. */
const expire = (session: Session, ctx: SessionContext): SessionOutcome => {
  const excused = isOwnDoing(session, ctx) || !isMutual(session);
  const forgotten = { ...session, remote: UNKNOWN, detectAt: undefined, excused };
  if (session.state === 'down') return { session: repace(session, forgotten, ctx), effects: [] };
  const down = enter(forgotten, 'down', 'detection-time-expired', ctx);
  const told = send(down, ctx);
  return { session: told.session, effects: [...changed(session, down), ...told.effects] };
};

const sendIfDue = (session: Session, ctx: SessionContext): SessionOutcome =>
  session.sendAt !== undefined && ctx.now >= session.sendAt ? send(session, ctx) : { session, effects: [] };

const onTick = (session: Session, drained: boolean, ctx: SessionContext): SessionOutcome => {
  const { detectAt, stopping } = session;
  if (stopping !== undefined && ctx.now >= stopping.by) return end(session);
  const isSilent = detectAt !== undefined && ctx.now >= detectAt;
  const kept = { session, effects: [] };
  const lost: SessionOutcome = isSilent && drained ? expire(session, ctx) : kept;
  const sent = sendIfDue(lost.session, ctx);
  // Packets that have come may be waiting unread: what this process has not read is not the neighbour's silence.
  const drain: SessionEffect[] = isSilent && !drained ? [{ kind: 'drain' }] : [];
  return { session: sent.session, effects: [...lost.effects, ...sent.effects, ...drain] };
};

/** The time in which this process did not run is nobody's silence: the neighbour had no chance to be heard in it. */
const onStalled = (session: Session, forMs: number, ctx: SessionContext): SessionOutcome => {
  if (session.detectAt === undefined) return { session, effects: [] };
  const isMissed = forMs >= (ctx.profile.multiplier - 1) * txIntervalMs(session, ctx.profile);
  const put = { ...session, detectAt: after(session.detectAt, forMs) };
  return { session: isMissed ? { ...put, pausedAt: ctx.now } : put, effects: [] };
};

/** For as long as the neighbour takes to miss this side: whoever hears no packet of a call has lost the session. */
const onCall = (session: Session, ctx: SessionContext): SessionOutcome => {
  if (session.state !== 'up') return { session, effects: [] };
  const forMs = txIntervalMs(session, ctx.profile) * ctx.profile.multiplier;
  return send({ ...session, callingUntil: after(ctx.now, forMs) }, ctx);
};

/**
 * The orderly end. It is told at the pace that the neighbour is used to, and for as long as it takes the neighbour to
 * miss this side: a single packet may be lost, and the loss would look like a failure.
 */
const onStop = (session: Session, ctx: SessionContext): SessionOutcome => {
  if (session.state === 'admin-down') return { session, effects: [] };
  const everyMs = txIntervalMs(session, ctx.profile);
  const by = after(ctx.now, Math.min(everyMs * ctx.profile.multiplier, STOP_MS_MAX));
  const down = enter({ ...session, detectAt: undefined }, 'admin-down', 'administratively-down', ctx);
  const told = send({ ...down, stopping: { everyMs, by } }, ctx);
  const isKnown = session.state === 'up' || session.state === 'init';
  const over = isKnown ? { session: told.session, effects: [] } : end(told.session);
  return { session: over.session, effects: [...changed(session, down), ...told.effects, ...over.effects] };
};

/**
 * One step of a session.
 *
 * @example const { session, effects } = stepSession(before, { kind: 'packet', packet }, { now, profile, jitter });
 */
export const stepSession = (session: Session, input: SessionInput, ctx: SessionContext): SessionOutcome => {
  if (session.stopped) return { session, effects: [] };
  switch (input.kind) {
    case 'tick':
      return onTick(session, input.drained, ctx);
    case 'packet':
      return onPacket(session, input.packet, ctx);
    case 'stalled':
      return onStalled(session, input.forMs, ctx);
    case 'call':
      return onCall(session, ctx);
    case 'stop':
      return onStop(session, ctx);
  }
};
