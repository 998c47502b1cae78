/** Proves when a standby may say that the holder is silent: after its own watch, in a whole streak, at its rank. */
import { describe, expect, it } from 'vitest';
import { reportOf } from '../../../core/holder/report.ts';
import { claimDueAt } from '../../../core/holder/silence.ts';
import { stepHolder, wakeAt } from '../../../core/holder/step.ts';
import type { HolderState } from '../../../core/holder/types.ts';
import { durationMs } from '../../../core/time.ts';
import type { GroupAnswer } from '../../../core/wire/heartbeat.ts';
import {
  A,
  answer,
  B,
  beatsIn,
  boot,
  C,
  EPOCH,
  hostAt,
  LEASE_MS,
  master,
  profile,
  standby,
} from '../fixtures.ts';

const hear = (
  state: HolderState,
  over: Partial<GroupAnswer>,
  receivedAt: number,
  sentAt = receivedAt - 10,
): HolderState =>
  stepHolder(
    state,
    { kind: 'answer', answer: answer(over), sentAt: boot(sentAt), resigned: false },
    hostAt(receivedAt),
  ).state;
const tick = (state: HolderState, now: number) => stepHolder(state, { kind: 'tick' }, hostAt(now));
const seen = (beat: string, ageMs = 0): GroupAnswer['holder'] => ({
  node: A,
  beat,
  ageMs,
  holdMs: 0,
  priority: 100,
});
/** The standby goes on hearing the arbiter, which keeps naming the same beat. */
const stillSilent = (until: number, start = standby()): HolderState => {
  let state = start;
  for (let now = 1000, rev = 101; now <= until; now += 1000, rev += 1)
    state = hear(state, { rev, holder: seen('7:10', now) }, now);
  return state;
};

describe('claim: at the exact instant', () => {
  it('one lease after the beat was first known, not before and not at the next heartbeat only', () => {
    const state = stillSilent(2000);
    expect(beatsIn(tick(state, LEASE_MS - 1).effects)).toEqual([]);
    expect(beatsIn(tick(state, LEASE_MS).effects)).toEqual(['claim']);
    expect(wakeAt(state, hostAt(2100))).toBe(boot(LEASE_MS));
  });

  it('names what was watched and for how long', () => {
    expect(reportOf(stillSilent(2000), hostAt(3050)).claim).toEqual({
      epoch: EPOCH,
      holder: A,
      beat: '7:10',
      silentMs: 3050,
      evidence: 'silence',
    });
    expect(reportOf(stillSilent(2000), hostAt(LEASE_MS - 1)).claim).toBeUndefined();
  });

  it('100 ms later for each rank, so that the best standby is first', () => {
    expect(claimDueAt(standby({ rank: 2 }), hostAt())).toBe(boot(LEASE_MS + 200));
  });

  it('is repeated every 400 ms while it stays due', () => {
    const claimed = stepHolder(stillSilent(3000), { kind: 'sent', claimed: true }, hostAt(3000)).state;
    expect(beatsIn(tick(claimed, 3399).effects)).toEqual([]);
    expect(beatsIn(tick(claimed, 3400).effects)).toEqual(['claim']);
    expect(wakeAt(claimed, hostAt(3000))).toBe(boot(3400));
  });

  it('waits for nothing after a new beat: the count begins anew', () => {
    const first = stepHolder(stillSilent(3000), { kind: 'sent', claimed: true }, hostAt(3000)).state;
    const revived = hear(first, { rev: 200, holder: seen('7:11') }, 3010);
    expect(revived.claimedAt).toBeUndefined();
    expect(claimDueAt(revived, hostAt())).toBe(boot(3010 + LEASE_MS));
  });
});

describe('claim: who never claims', () => {
  const { rank: _, ...rankless } = standby();

  it.each([
    ['the holder', master({ watch: standby().watch, rank: 0 })],
    ['one that is leaving', standby({ leaving: { by: boot(9000), acknowledged: false } })],
    ['one that the arbiter gave no rank, since it could not take over', rankless],
  ])('%s', (_who, state) => {
    expect(claimDueAt(state, hostAt(9000))).toBeUndefined();
    expect(beatsIn(tick({ ...state, nextBeatAt: boot(99_000) }, 2999).effects)).not.toContain('claim');
  });
});

describe('watch: a beat is known from the receipt of the answer that shows it', () => {
  const noStreak = (): HolderState => {
    const { streak: _, ...rest } = standby();
    return rest;
  };

  it('with its age credited, as far as the look before vouches for it', () => {
    const state = hear(standby(), { holder: seen('7:11', 850) }, 1100, 1090);
    expect(state.watch).toMatchObject({ since: boot(1100), creditMs: 850 });
    // The look before was sent at -10: the beat cannot be older than that, whatever the arbiter's clock says.
    expect(hear(standby(), { holder: seen('7:11', 5000) }, 1100, 1090).watch?.creditMs).toBe(1110);
  });

  it('with no credit at the first look, and none after a gap', () => {
    expect(hear(noStreak(), { holder: seen('7:11', 5000) }, 100).watch?.creditMs).toBe(0);
    expect(hear(standby(), { holder: seen('7:11', 5000) }, 1501).watch?.creditMs).toBe(0);
  });

  it('the credit brings the claim forward', () => {
    expect(
      claimDueAt(
        standby({
          watch: {
            epoch: EPOCH,
            holder: A,
            beat: '7:10',
            since: boot(0),
            creditMs: durationMs(850),
            holdMs: 0,
          },
        }),
        hostAt(),
      ),
    ).toBe(boot(LEASE_MS - 850));
  });

  it('a new epoch or another holder begins a new watch, even if the beat reads the same', () => {
    expect(hear(standby(), { epoch: EPOCH + 1, holder: seen('7:10') }, 500).watch).toMatchObject({
      epoch: EPOCH + 1,
      since: boot(500),
    });
    expect(
      hear(standby(), { holder: { ...seen('7:10'), node: C } as GroupAnswer['holder'] }, 500).watch,
    ).toMatchObject({ holder: C, since: boot(500) });
    expect(hear(standby(), { holder: seen('7:10') }, 500).watch).toEqual(standby().watch);
  });

  it('nobody watches itself or nobody', () => {
    expect(
      hear(standby(), { holder: { ...seen('7:10'), node: B } as GroupAnswer['holder'] }, 500).watch,
    ).toBeUndefined();
    expect(hear(standby(), { holder: null }, 500).watch).toBeUndefined();
  });
});

describe('streak: silence that nobody could have heard is no silence', () => {
  it('is broken by a gap longer than lease - heartbeat - 500 ms', () => {
    expect(hear(standby(), { holder: seen('7:10') }, 1500).streak?.since).toBe(boot(-20_000));
    expect(hear(standby(), { holder: seen('7:10') }, 1501).streak).toEqual({
      since: boot(1501),
      receivedAt: boot(1501),
      sentAt: boot(1491),
      sawChange: false,
    });
  });

  it('keeps a proportional share of a short lease', () => {
    const short = { profile: profile({ heartbeatMs: durationMs(100), leaseMs: durationMs(300) }) };
    const at150 = stepHolder(
      standby(),
      { kind: 'answer', answer: answer(), sentAt: boot(140), resigned: false },
      hostAt(150, short),
    ).state;
    const at151 = stepHolder(
      standby(),
      { kind: 'answer', answer: answer(), sentAt: boot(140), resigned: false },
      hostAt(151, short),
    ).state;
    expect([at150.streak?.since, at151.streak?.since]).toEqual([boot(-20_000), boot(151)]);
  });

  it.each(['overloaded', 'failing', 'refused'] as const)(
    'is broken by an arbiter that says "%s": the holder may hear the same',
    (why) => {
      expect(stepHolder(standby(), { kind: 'unanswered', why }, hostAt(500)).state.streak).toBeUndefined();
    },
  );

  it('outlives one lost request', () => {
    expect(
      stepHolder(standby(), { kind: 'unanswered', why: 'unreachable' }, hostAt(500)).state.streak,
    ).toEqual(standby().streak);
  });

  it('a new one must see the beat change, or last 10 s, before silence may be claimed', () => {
    const anew = standby({
      streak: { since: boot(0), receivedAt: boot(0), sentAt: boot(-10), sawChange: false },
    });
    expect(claimDueAt(anew, hostAt())).toBe(boot(10_000));
    const changed = hear(anew, { holder: seen('7:11') }, 1000);
    expect(changed.streak?.sawChange).toBe(true);
    expect(claimDueAt(changed, hostAt())).toBe(boot(1000 + LEASE_MS));
  });

  it('a change of holder is no change of beat', () => {
    const anew = standby({
      streak: { since: boot(0), receivedAt: boot(0), sentAt: boot(-10), sawChange: false },
    });
    const other = hear(
      anew,
      { epoch: EPOCH + 1, holder: { ...seen('9:1'), node: C } as GroupAnswer['holder'] },
      1000,
    );
    expect(other.streak?.sawChange).toBe(false);
  });

  it('a claim is left out of a report that is sent in a broken one', () => {
    const deaf = stillSilent(2000);
    expect(reportOf(deaf, hostAt(3500)).claim).toBeDefined();
    expect(reportOf(deaf, hostAt(3501)).claim).toBeUndefined();
  });

  it('a standby that hears nothing asks for no claims and sleeps until its next heartbeat', () => {
    // Otherwise every turn of the loop would send a request without a claim in it, and the next turn another.
    expect(beatsIn(tick(standby(), 60_000).effects)).toEqual([]);
    expect(wakeAt(standby({ nextBeatAt: boot(60_400) }), hostAt(60_000))).toBeGreaterThan(boot(60_000));
  });
});

describe('silence: a young streak at a slow pace', () => {
  it('must last two heartbeats: a holder that was told to wait for a whole one has then spoken', () => {
    const slow = profile({ heartbeatMs: durationMs(30_000), leaseMs: durationMs(90_000) });
    const streak = { since: boot(0), receivedAt: boot(0), sentAt: boot(-10), sawChange: false };
    const watch = {
      epoch: EPOCH,
      holder: A,
      beat: '7:10',
      since: boot(-100_000),
      creditMs: durationMs(0),
      holdMs: 0,
    };
    expect(claimDueAt(standby({ streak, watch }), hostAt(0, { profile: slow }))).toBe(boot(60_000));
    expect(claimDueAt(standby({ streak, watch }), hostAt(0))).toBe(boot(10_000));
    // Everybody is sure within a heartbeat, after an outage: the second-best standby leaves the best one that time.
    expect(claimDueAt(standby({ streak, watch, rank: 1 }), hostAt(0))).toBe(boot(11_000));
  });
});
