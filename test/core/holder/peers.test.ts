/** Proves what a host makes of its sessions with peers: a standby asks and suspects, a holder shows that it lives. */
import { describe, expect, it } from 'vitest';
import { reportOf } from '../../../core/holder/report.ts';
import { stepHolder, wakeAt } from '../../../core/holder/step.ts';
import type { GroupProfile, HolderContext, HolderState } from '../../../core/holder/types.ts';
import { discriminatorOf, hurryMsOf, type PeerView, suspicionMsOf } from '../../../core/suspicion.ts';
import { durationMs } from '../../../core/time.ts';
import type { GroupAnswer } from '../../../core/wire/heartbeat.ts';
import {
  A,
  answer,
  B,
  BOOT,
  beatsIn,
  boot,
  C,
  EPOCH,
  hostAt,
  master,
  profile,
  standby,
} from '../fixtures.ts';

const peerDetection = { intervalMs: durationMs(50), multiplier: 3 };
const CONFIRM_MS = 200;
/** Long heartbeats: whatever happens within seconds is the sessions' doing. */
const watching: GroupProfile = profile({
  peerDetection,
  heartbeatMs: durationMs(10_000),
  leaseMs: durationMs(30_000),
});
const calledBy = discriminatorOf(A, BOOT, B);
const up: PeerView = { state: 'up', loss: 0, silent: false, calledBy, calls: 0 };
/** A was lost `forMs` ago. */
const lost = (forMs: number, over: Partial<PeerView> = {}): PeerView => ({
  state: 'down',
  loss: 1,
  lostForMs: forMs,
  silent: true,
  calledBy,
  calls: 0,
  ...over,
});
const at = (now: number, view: PeerView | undefined, over: Partial<HolderContext> = {}): HolderContext =>
  hostAt(now, { profile: watching, ...(view === undefined ? {} : { peers: { [A]: view } }), ...over });
const holder = (beat: string, node = A): GroupAnswer['holder'] => ({
  node,
  beat,
  ageMs: 5000,
  holdMs: 0,
  priority: 100,
});

/** An answer received at `now` that shows the holder at this beat. */
const hear = (
  state: HolderState,
  beat: string,
  now: number,
  view: PeerView,
  over: Partial<GroupAnswer> = {},
): HolderState =>
  stepHolder(
    state,
    {
      kind: 'answer',
      answer: answer({ rev: state.rev + 1, heartbeatMs: 10_000, holder: holder(beat), ...over }),
      sentAt: boot(now - 10),
      resigned: false,
    },
    at(now, view),
  ).state;
const tick = (state: HolderState, ctx: HolderContext) => stepHolder(state, { kind: 'tick' }, ctx);
const BEAT = `${BOOT}:10`;
/** B, which has lost A at 1000 and has seen its beat at 1020. */
const suspecting = (view: PeerView = lost(20)): HolderState => hear(standby(), BEAT, 1020, view);
const claimAt = (state: HolderState, now: number, view: PeerView = lost(now - 1000)) =>
  reportOf(state, at(now, view)).claim;
const DUE = 1020 + CONFIRM_MS;
/** The lease's own watch. */
const watchSince = (since: number): HolderState['watch'] => {
  const { watch } = standby();
  return watch === undefined ? undefined : { ...watch, since: boot(since) };
};

describe('peers: a loss', () => {
  it('is told at once, once, by whoever notices it', () => {
    for (const state of [standby({ nextBeatAt: boot(9000) }), master({ nextBeatAt: boot(9000) })]) {
      const noticed = tick(state, at(1000, lost(0))).state;
      expect(noticed.nextBeatAt).toBe(boot(1000));
      const sent = stepHolder(noticed, { kind: 'sent', claimed: false }, at(1001, lost(1))).state;
      expect(sent.nextBeatAt).toBeGreaterThan(boot(1001));
      expect(tick(sent, at(1002, lost(2))).state.nextBeatAt).toBe(sent.nextBeatAt);
    }
  });

  it('is told at once though an answer to an earlier heartbeat comes first', () => {
    const noticed = tick(standby(), at(1000, lost(0))).state;
    expect(hear(noticed, BEAT, 1003, lost(3)).nextBeatAt).toBe(boot(1003));
  });

  it('is none of a group that does not watch', () => {
    const plain = at(1000, lost(0), { profile: profile() });
    expect(tick(standby(), plain).state).toEqual(standby());
    expect(reportOf(standby(), plain)).not.toHaveProperty('peers');
  });

  it('that is older than the latest one is no news, also when that of the latest is no peer any more', () => {
    const state = standby({ losses: 2 });
    expect(tick(state, at(900, lost(0))).state).toEqual(state);
    expect(tick(state, at(900, lost(0, { loss: 3 }))).state.nextBeatAt).toBe(boot(900));
  });
});

describe('peers: the holder in a hurry', () => {
  const beatAt = (state: HolderState, ctx: HolderContext, sentAt: number): number =>
    stepHolder(
      state,
      {
        kind: 'answer',
        answer: answer({ role: 'MASTER', heartbeatMs: 10_000, holder: holder(BEAT, B) }),
        sentAt: boot(sentAt),
        resigned: false,
      },
      ctx,
    ).state.nextBeatAt - boot(0);

  /** It has told of the loss already. */
  const noted = master({ losses: 1 });

  it('beats thrice in the time for which its beat would have to stand still, whether it is answered or not', () => {
    const sent = stepHolder(master(), { kind: 'sent', claimed: false }, at(1000, lost(0))).state;
    expect(sent.nextBeatAt).toBe(boot(1066));
    expect(beatAt(sent, at(1020, lost(20)), 1000)).toBe(1066);
    // An answer that comes late does not make it beat any sooner after its latest heartbeat.
    const later = stepHolder(sent, { kind: 'sent', claimed: false }, at(1066, lost(66))).state;
    expect(beatAt(later, at(1070, lost(70)), 1000)).toBe(1132);
  });

  it('also where the arbiter throttles it: silent, it would be taken for dead', () => {
    const throttled = (view: PeerView): number =>
      stepHolder(master(), { kind: 'unanswered', why: 'overloaded' }, at(1020, view)).state.nextBeatAt -
      boot(0);
    expect(throttled(lost(20))).toBe(1086);
    expect(throttled(up)).toBe(11_020);
  });

  it('also while the neighbour speaks again but does not hear, and when it has become the holder after the loss', () => {
    const speaking = lost(500, { state: 'init', silent: false });
    expect(beatAt(standby({ losses: 1 }), at(1520, speaking), 1500)).toBe(1566);
  });

  it('for longer than anybody may suspect it, and no longer', () => {
    const longest = hurryMsOf(peerDetection);
    expect(beatAt(noted, at(1020, lost(longest - 1)), 1000)).toBe(1066);
    expect(beatAt(noted, at(1020, lost(longest)), 1000)).toBe(11_000);
  });

  it('not a standby, nor when the session is up again', () => {
    expect(stepHolder(standby(), { kind: 'sent', claimed: false }, at(1000, lost(0))).state.nextBeatAt).toBe(
      boot(1400),
    );
    expect(beatAt(noted, at(1020, { ...up, loss: 1 }), 1000)).toBe(11_000);
  });
});

describe('peers: a standby that has lost the holder', () => {
  it('claims when the beat has stood still for 200 ms since the answer that showed it', () => {
    const state = suspecting();
    expect(claimAt(state, DUE - 1)).toBeUndefined();
    expect(claimAt(state, DUE)).toEqual({
      epoch: EPOCH,
      holder: A,
      beat: BEAT,
      silentMs: CONFIRM_MS,
      evidence: 'suspect',
      loss: { n: 1, holderBoot: BOOT },
    });
    expect(wakeAt(state, at(1100, lost(100)))).toBe(boot(DUE));
    expect(beatsIn(tick({ ...state, losses: 1 }, at(DUE, lost(220))).effects)).toEqual(['claim']);
  });

  it('counts from the receipt after the loss, whatever it had seen before', () => {
    const before = hear(standby(), BEAT, 900, up);
    expect(before.suspicion).toBeUndefined();
    expect(claimAt(before, 1300)).toBeUndefined();
    expect(claimAt(hear(before, BEAT, 1100, lost(100)), 1299)).toBeUndefined();
    expect(claimAt(hear(before, BEAT, 1100, lost(100)), 1300)).toBeDefined();
  });

  it('is not moved to count anew by answers that show the same beat', () => {
    expect(claimAt(hear(suspecting(), BEAT, 1200, lost(200)), DUE)).toBeDefined();
  });

  it('counts anew from another beat, once: a dead host may have sent one more, a living one sends on', () => {
    const once = hear(suspecting(), `${BOOT}:11`, 1100, lost(100));
    expect(claimAt(once, 1299)).toBeUndefined();
    expect(claimAt(once, 1300)?.beat).toBe(`${BOOT}:11`);
    const twice = hear(once, `${BOOT}:12`, 1200, lost(200));
    expect(claimAt(twice, 1400)).toBeUndefined();
    expect(claimAt(hear(twice, `${BOOT}:12`, 1500, lost(500)), 1800)).toBeUndefined();
  });

  it('leaves better ones the time to claim first', () => {
    const second = hear(standby(), BEAT, 1020, lost(20), { rank: 1 });
    expect(claimAt(second, DUE + 99)).toBeUndefined();
    expect(claimAt(second, DUE + 100)).toBeDefined();
  });

  it('needs a whole streak of answers in which it has seen the holder beat', () => {
    const streak = { since: boot(0), receivedAt: boot(0), sentAt: boot(0), sawChange: false };
    expect(claimAt(hear(standby({ streak }), BEAT, 1020, lost(20)), DUE)).toBeUndefined();
    expect(claimAt({ ...suspecting(), streak: undefined }, DUE)).toBeUndefined();
    const old = { ...streak, receivedAt: boot(DUE - 20_000), sawChange: true };
    expect(claimAt({ ...suspecting(), streak: old }, DUE)).toBeUndefined();
  });
});

describe('peers: what is no reason to suspect the holder', () => {
  it.each([
    ['it spoke, or this host was away itself', { silent: false }],
    ['it was another run of its agent that was lost', { calledBy: discriminatorOf(A, BOOT - 1, B) }],
    ['the session was never up', { calledBy: 0, loss: 0, lostForMs: undefined }],
    ['it is long ago', { lostForMs: suspicionMsOf(peerDetection) + 1 }],
  ])('%s', (_, over) => {
    expect(claimAt(suspecting(lost(20, over)), DUE, lost(220, over))).toBeUndefined();
    // Nor if that shows only later.
    expect(claimAt(suspecting(), DUE, lost(220, over))).toBeUndefined();
  });

  it('a loss before the latest one, of which no answer has said anything yet', () => {
    const again = (now: number) => lost(now - 1210, { loss: 2 });
    expect(claimAt(suspecting(), DUE, again(DUE))).toBeUndefined();
    const anew = hear(suspecting(), BEAT, 1230, again(1230));
    expect(claimAt(anew, 1429, again(1429))).toBeUndefined();
    expect(claimAt(anew, 1430, again(1430))?.loss).toEqual({ n: 2, holderBoot: BOOT });
  });

  it('the loss of another member', () => {
    const peers = { [C]: lost(20) };
    const state = stepHolder(
      standby(),
      { kind: 'answer', answer: answer({ holder: holder(BEAT) }), sentAt: boot(1010), resigned: false },
      at(1020, undefined, { peers }),
    ).state;
    expect(state.suspicion).toBeUndefined();
  });

  it('a group without peer detection', () => {
    const plain = at(DUE, lost(220), { profile: profile({ leaseMs: durationMs(30_000) }) });
    expect(reportOf(suspecting(), plain).claim).toBeUndefined();
  });

  it.each([
    ['the holder', { role: 'MASTER' as const }],
    ['one that is leaving', { leaving: { by: boot(9000), acknowledged: false } }],
    ['one without a rank', { rank: undefined }],
  ])('%s claims nothing', (_, over) => {
    expect(claimAt({ ...suspecting(), ...over }, DUE)).toBeUndefined();
  });
});

describe('peers: beside the lease', () => {
  it('silence for the lease is claimed as ever, whatever the sessions say, and also woken for', () => {
    const state = { ...suspecting(), watch: watchSince(-29_000) };
    const gone = lost(suspicionMsOf(peerDetection) + 1);
    expect(claimAt(state, 1500, gone)?.evidence).toBe('silence');
    const old = { ...suspecting(), watch: watchSince(0) };
    expect(wakeAt(old, at(5000, gone))).toBe(boot(30_000));
  });

  it('a report says where the sessions stand', () => {
    expect(reportOf(standby(), at(0, up)).peers).toEqual({ [A]: { state: 'up' } });
    expect(reportOf(standby(), at(0, lost(5))).peers).toEqual({ [A]: { state: 'down', loss: 1 } });
    expect(reportOf(standby(), at(0, undefined)).peers).toEqual({});
  });
});
