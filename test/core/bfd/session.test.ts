// Proves the machine of one BFD session: its states, timers, polls, silence, its own pauses, and its orderly end.
import { describe, expect, it } from 'vitest';
import type { ControlPacket, SessionState } from '../../../core/bfd/packet.ts';
import { initialSession, stepSession, wakeAt } from '../../../core/bfd/session.ts';
import type {
  Session,
  SessionContext,
  SessionInput,
  SessionOutcome,
  SessionProfile,
} from '../../../core/bfd/types.ts';
import { after, type BootMs, bootMs, durationMs } from '../../../core/time.ts';
import { deepFreeze } from '../freeze.ts';

const T0 = bootMs(10_000);
const OURS = 77;
const THEIRS = 99;
const profile: SessionProfile = { discriminator: OURS, intervalMs: durationMs(50), multiplier: 3 };

const packet = (state: SessionState, over: Partial<ControlPacket> = {}): ControlPacket => ({
  diag: 'none',
  state,
  poll: false,
  final: false,
  demand: false,
  multiplier: 4,
  myDiscriminator: THEIRS,
  yourDiscriminator: OURS,
  desiredMinTxUs: 100_000,
  requiredMinRxUs: 20_000,
  ...over,
});
const at = (now: BootMs, over: Partial<SessionContext> = {}): SessionContext => ({
  now,
  profile,
  jitter: 0.5,
  ...over,
});
const step = (session: Session, input: SessionInput, ctx: SessionContext): SessionOutcome =>
  stepSession(deepFreeze(session), input, ctx);
const hear = (session: Session, heard: ControlPacket, ctx: SessionContext = at(T0)): SessionOutcome =>
  step(session, { kind: 'packet', packet: heard }, ctx);
const tick = (session: Session, ctx: SessionContext, drained = true): SessionOutcome =>
  step(session, { kind: 'tick', drained }, ctx);
const sentBy = ({ effects }: SessionOutcome): ControlPacket[] =>
  effects.flatMap((effect) => (effect.kind === 'send' ? [effect.packet] : []));
const kinds = ({ effects }: SessionOutcome): string[] => effects.map(({ kind }) => kind);

const down = initialSession(T0);
const init = hear(down, packet('down', { yourDiscriminator: 0 })).session;
/** Up, and the neighbour has confirmed what this side asks for. */
const up = hear(hear(init, packet('up')).session, packet('up', { final: true })).session;

describe('states', () => {
  const from = { down, init, up } as const;
  it.each([
    ['down', 'admin-down', 'down'],
    ['down', 'down', 'init'],
    ['down', 'init', 'up'],
    ['down', 'up', 'down'],
    ['init', 'admin-down', 'down'],
    ['init', 'down', 'init'],
    ['init', 'init', 'up'],
    ['init', 'up', 'up'],
    ['up', 'admin-down', 'down'],
    ['up', 'down', 'down'],
    ['up', 'init', 'up'],
    ['up', 'up', 'up'],
  ] as const)('%s, hearing %s: %s', (before, heard, expected) => {
    const outcome = hear(from[before], packet(heard));
    expect(outcome.session.state).toBe(expected);
    expect(outcome.effects.filter(({ kind }) => kind === 'changed')).toEqual(
      before === expected ? [] : [{ kind: 'changed', from: before, to: expected }],
    );
  });

  it('are told at once, with the reason, and not when the next packet happens to be due', () => {
    const [told] = sentBy(hear(up, packet('down')));
    expect(told).toMatchObject({ state: 'down', diag: 'neighbour-signalled-down' });
    expect(sentBy(hear(down, packet('down', { yourDiscriminator: 0 })))).toMatchObject([
      { state: 'init', yourDiscriminator: THEIRS },
    ]);
    expect(sentBy(hear(up, packet('up')))).toEqual([]);
  });

  it('do not change by a packet for another session', () => {
    const stray = packet('down', { yourDiscriminator: OURS + 1 });
    expect(hear(up, stray)).toEqual({ session: up, effects: [] });
  });

  it('end with a neighbour that has started anew and knows nobody', () => {
    const { session } = hear(up, packet('down', { yourDiscriminator: 0, myDiscriminator: 5 }));
    expect(session).toMatchObject({ state: 'down', remote: { discriminator: 5 } });
  });
});

describe('sending', () => {
  it('begins at once and slowly: a packet a second at most until the session is up', () => {
    const first = tick(down, at(T0));
    expect(sentBy(first)).toMatchObject([
      { state: 'down', yourDiscriminator: 0, desiredMinTxUs: 1_000_000, requiredMinRxUs: 50_000 },
    ]);
    expect(first.session.sendAt).toBe(after(T0, 875));
    expect(sentBy(tick(first.session, at(after(T0, 874))))).toEqual([]);
  });

  it('is as fast as both want once it is up', () => {
    expect(tick(up, at(after(T0, 50))).session.sendAt).toBe(after(T0, 50 + 43.75));
    const slow = hear(up, packet('up', { requiredMinRxUs: 200_000 })).session;
    expect(tick(slow, at(after(T0, 200))).session.sendAt).toBe(after(T0, 200 + 175));
  });

  it.each([
    [3, 0, 37.5],
    [3, 1, 50],
    [1, 0, 37.5],
    [1, 1, 45],
  ])('with multiplier %i and jitter %f comes again after %f ms', (multiplier, jitter, ms) => {
    const ctx = at(after(T0, 50), { profile: { ...profile, multiplier }, jitter });
    expect(tick(up, ctx).session.sendAt).toBe(after(T0, 50 + ms));
  });

  it('stops when the neighbour wants nothing, goes on answering polls, and begins again when it does', () => {
    const quiet = hear(up, packet('up', { requiredMinRxUs: 0 })).session;
    expect(quiet.sendAt).toBeUndefined();
    expect(sentBy(tick(quiet, at(after(T0, 100))))).toEqual([]);
    const polled = hear(quiet, packet('up', { requiredMinRxUs: 0, poll: true }), at(after(T0, 100)));
    expect(sentBy(polled)).toMatchObject([{ final: true }]);
    expect(hear(quiet, packet('up'), at(after(T0, 100))).session.sendAt).toBe(after(T0, 43.75));
  });

  it('stops for a neighbour in demand mode while both are up', () => {
    expect(hear(up, packet('up', { demand: true })).session.sendAt).toBeUndefined();
    expect(hear(init, packet('init', { demand: true })).session.sendAt).toBeDefined();
  });

  it('follows a neighbour that wants more, without waiting for the slow packet that was due', () => {
    const slow = hear(up, packet('up', { requiredMinRxUs: 10_000_000 })).session;
    const now = after(T0, 100);
    expect(hear(slow, packet('up'), at(now)).session.sendAt).toBe(after(T0, 43.75));
  });
});

describe('polls', () => {
  it('begin when the session comes up, in every packet until one is answered', () => {
    const risen = hear(init, packet('up'));
    expect(sentBy(risen)).toMatchObject([{ state: 'up', poll: true, desiredMinTxUs: 50_000 }]);
    const again = tick(risen.session, at(after(T0, 60)));
    expect(sentBy(again)).toMatchObject([{ poll: true }]);
    const answered = hear(again.session, packet('up', { final: true })).session;
    expect(sentBy(tick(answered, at(after(T0, 200))))).toMatchObject([{ poll: false }]);
  });

  it('are answered at once, and an answer asks nothing even while this side is polling', () => {
    const risen = hear(init, packet('up')).session;
    expect(sentBy(hear(risen, packet('up', { poll: true })))).toMatchObject([{ final: true, poll: false }]);
    expect(sentBy(hear(up, packet('up', { poll: true })))).toMatchObject([{ final: true, poll: false }]);
  });

  it('that change the state are answered with the new one', () => {
    const outcome = hear(init, packet('up', { poll: true }));
    expect(sentBy(outcome)).toMatchObject([{ state: 'up', final: true, poll: false }]);
    // What this side asks for is due at once: its latest packet is older than the new interval.
    expect(outcome.session.polling).toBe(true);
    expect(outcome.session.sendAt).toBe(after(T0, 43.75));
  });

  it('begin anew when the session is no longer up: this side is slow again', () => {
    expect(sentBy(hear(up, packet('down')))).toMatchObject([{ poll: true, desiredMinTxUs: 1_000_000 }]);
  });
});

describe('silence', () => {
  it('is counted with the neighbour’s multiplier and the slower of both paces', () => {
    expect(up.detectAt).toBe(after(T0, 400));
    const fast = hear(up, packet('up', { desiredMinTxUs: 10_000 })).session;
    expect(fast.detectAt).toBe(after(T0, 200));
  });

  it('of a detection time ends the session, and the neighbour is forgotten', () => {
    expect(tick(up, at(after(T0, 399))).session.state).toBe('up');
    const lost = tick(up, at(after(T0, 400)));
    expect(lost.session).toMatchObject({
      state: 'down',
      diag: 'detection-time-expired',
      detectAt: undefined,
      remote: { discriminator: 0 },
    });
    expect(kinds(lost)).toEqual(['changed', 'send']);
    expect(sentBy(lost)).toMatchObject([{ yourDiscriminator: 0, diag: 'detection-time-expired' }]);
  });

  it('also ends what had only begun, and is no event where there was nothing', () => {
    const begun = hear(down, packet('down', { yourDiscriminator: 0 })).session;
    expect(tick(begun, at(after(T0, 400))).session.state).toBe('down');
    const sent = tick(down, at(T0)).session;
    const greeted = hear(sent, packet('admin-down', { yourDiscriminator: 0 })).session;
    const forgotten = tick(greeted, at(after(T0, 400)));
    expect(forgotten.session.remote.discriminator).toBe(0);
    expect(kinds(forgotten)).toEqual([]);
  });

  it('counts for nothing before everything that had come was read', () => {
    const late = tick(up, at(after(T0, 5000)), false);
    expect(late.session.state).toBe('up');
    expect(kinds(late)).toEqual(['send', 'drain']);
    const found = hear(late.session, packet('up'), at(after(T0, 5001)));
    expect(tick(found.session, at(after(T0, 5002))).session.state).toBe('up');
    expect(tick(late.session, at(after(T0, 5002))).session.state).toBe('down');
  });

  it('does not go on while this process stands still', () => {
    const woken = step(up, { kind: 'stalled', forMs: durationMs(5000) }, at(after(T0, 5100))).session;
    expect(tick(woken, at(after(T0, 5399))).session.state).toBe('up');
    expect(tick(woken, at(after(T0, 5400))).session.state).toBe('down');
    expect(step(down, { kind: 'stalled', forMs: durationMs(5000) }, at(T0)).session).toEqual(down);
  });
});

describe('silence after a pause of this process', () => {
  const lostAfter = (pauseMs: number, restMs: number): Session => {
    const woken = step(up, { kind: 'stalled', forMs: durationMs(pauseMs) }, at(after(T0, pauseMs))).session;
    const heard =
      restMs <= 400 ? woken : hear(woken, packet('up'), at(after(T0, pauseMs + restMs - 400))).session;
    return tick(heard, at(after(T0, pauseMs + restMs))).session;
  };

  it('may be its own doing: a neighbour that has missed it sends a packet a second', () => {
    expect(lostAfter(100, 400)).toMatchObject({ state: 'down', excused: true });
    expect(lostAfter(100, 1399)).toMatchObject({ state: 'down', excused: true });
    expect(lostAfter(86_400_000, 400)).toMatchObject({ state: 'down', excused: true });
  });

  it('tells nothing of a neighbour that has never said that it is up: it has no session to miss', () => {
    const lost = (session: Session): Session => tick(session, at(after(T0, 5000))).session;
    const half = hear(init, packet('init')).session;
    expect(half.state).toBe('up');
    expect(lost(half)).toMatchObject({ state: 'down', excused: true });
    expect(lost(hear(half, packet('up')).session)).toMatchObject({ state: 'down', excused: false });
  });

  it('is not, after a pause that no neighbour noticed, nor long after one', () => {
    expect(lostAfter(99, 400)).toMatchObject({ state: 'down', excused: false });
    expect(lostAfter(100, 1400)).toMatchObject({ state: 'down', excused: false });
    expect(tick(up, at(after(T0, 400))).session.excused).toBe(false);
  });
});

describe('an orderly stop', () => {
  const stop = (session: Session, now: BootMs = T0) => step(session, { kind: 'stop' }, at(now));

  it('is told at once and again at the pace of before, until the neighbour has understood', () => {
    const told = stop(up);
    expect(kinds(told)).toEqual(['changed', 'send']);
    expect(sentBy(told)).toMatchObject([{ state: 'admin-down', diag: 'administratively-down' }]);
    const again = tick(told.session, at(after(T0, 44)));
    expect(sentBy(again)).toMatchObject([{ state: 'admin-down' }]);
    const unheard = hear(again.session, packet('up'), at(after(T0, 50)));
    expect(unheard.session.stopped).toBe(false);
    expect(hear(unheard.session, packet('down'), at(after(T0, 50)))).toMatchObject({
      session: { stopped: true },
      effects: [{ kind: 'stopped' }],
    });
  });

  it('lasts no longer than the neighbour needs to miss this side', () => {
    const { session } = stop(up);
    expect(kinds(tick(session, at(after(T0, 149))))).toEqual(['send']);
    const over = tick(session, at(after(T0, 150)));
    expect(kinds(over)).toEqual(['stopped']);
    expect(wakeAt(over.session)).toBeUndefined();
  });

  it('does not wait for a neighbour that wants a packet a minute', () => {
    const seldom = hear(up, packet('up', { requiredMinRxUs: 60_000_000 })).session;
    expect(wakeAt(stop(seldom).session)).toBe(after(T0, 3000));
  });

  it('is over at once where nobody was there', () => {
    expect(kinds(stop(down))).toEqual(['changed', 'send', 'stopped']);
  });

  it('ends everything: no packet, no second stop and no silence matters any more', () => {
    const { session } = stop(up);
    expect(stop(session)).toEqual({ session, effects: [] });
    const { session: over } = hear(session, packet('down'));
    for (const outcome of [hear(over, packet('down')), tick(over, at(after(T0, 900))), stop(over)]) {
      expect(outcome).toEqual({ session: over, effects: [] });
    }
  });

  it('of the neighbour is no detection: the session is down by its word, and stays so while it says so', () => {
    const { session } = hear(up, packet('admin-down', { diag: 'administratively-down' }));
    expect(session).toMatchObject({
      state: 'down',
      diag: 'neighbour-signalled-down',
      remote: { state: 'admin-down' },
    });
    expect(hear(session, packet('admin-down')).session.state).toBe('down');
  });
});

describe('the next wake', () => {
  it('is the earliest of what is due', () => {
    expect(wakeAt(down)).toBe(T0);
    expect(wakeAt(up)).toBe(up.sendAt);
    expect(wakeAt({ ...up, sendAt: undefined })).toBe(up.detectAt);
    expect(wakeAt({ ...down, sendAt: undefined })).toBeUndefined();
  });
});

describe('a call', () => {
  const call = (session: Session, now: BootMs): SessionOutcome => step(session, { kind: 'call' }, at(now));
  const CALL = 'concatenated-path-down';

  it('goes out at once and for as long as the neighbour takes to miss this side, in a session that stays up', () => {
    const called = call(up, T0);
    expect(sentBy(called)).toMatchObject([{ state: 'up', diag: CALL }]);
    expect(called.session.state).toBe('up');
    const during = tick(called.session, at(after(T0, 149)));
    expect(sentBy(during)).toMatchObject([{ diag: CALL }]);
    expect(sentBy(tick(called.session, at(after(T0, 150))))).toMatchObject([{ state: 'up', diag: 'none' }]);
  });

  it('lasts longer where the neighbour hears packets seldom', () => {
    const seldom = hear(up, packet('up', { requiredMinRxUs: 200_000 })).session;
    const { session } = call(seldom, T0);
    expect(sentBy(tick(session, at(after(T0, 390))))).toMatchObject([{ diag: CALL }]);
  });

  it('also answers a poll', () => {
    const { session } = call(up, T0);
    expect(sentBy(hear(session, packet('up', { poll: true }), at(after(T0, 10))))).toMatchObject([
      { final: true, diag: CALL },
    ]);
  });

  it('is nothing in a session that is not up', () => {
    for (const session of [down, init]) expect(call(session, T0)).toEqual({ session, effects: [] });
  });

  it('of the neighbour is told when it begins and when it ends, and in between not', () => {
    const begun = hear(up, packet('up', { diag: CALL }));
    expect(kinds(begun)).toEqual(['called']);
    expect(begun.session.state).toBe('up');
    const on = hear(begun.session, packet('up', { diag: CALL }));
    expect(kinds(on)).toEqual([]);
    expect(kinds(hear(on.session, packet('up')))).toEqual(['called']);
    expect(kinds(hear(up, packet('up', { diag: 'forwarding-plane-reset' })))).toEqual([]);
  });

  it('of a neighbour whose session comes up with it is told at its end', () => {
    const came = hear(init, packet('up', { diag: CALL }));
    expect(kinds(came)).not.toContain('called');
    expect(kinds(hear(came.session, packet('up')))).toEqual(['called']);
  });

  it('is none in what says that a session is down', () => {
    expect(kinds(hear(up, packet('down', { diag: CALL })))).not.toContain('called');
    const begun = hear(up, packet('up', { diag: CALL })).session;
    expect(kinds(hear(begun, packet('down')))).not.toContain('called');
  });
});
