/** Proves the arithmetic on which two hosts' bindings of one address never overlap. */
import { describe, expect, it } from 'vitest';
import {
  CLOCK_RATE_ERROR,
  deadlineOf,
  holdMsOf,
  KERNEL_EXPIRY,
  lifetimeMs,
  MARGIN_MS,
  silenceOf,
} from '../../core/lease.ts';
import { durationMs } from '../../core/time.ts';
import { boot } from './fixtures.ts';

const LEASE = durationMs(5000);

describe('lease: the hold of a heartbeat', () => {
  it('is the configured lease for a sender that holds nothing', () => {
    expect(holdMsOf(LEASE, 0)).toBe(5000);
    expect(holdMsOf(durationMs(300), 0)).toBe(300);
  });

  it('is not shorter than what the sender may still count on', () => {
    // 9,400 ms by the sender's clock, and the margin, may be (9,400 + 100) / 0.95 on a true one.
    expect(holdMsOf(LEASE, 9400)).toBe(10_000);
  });

  it('falls back to the configured lease by itself, one heartbeat after the other', () => {
    let holdMs = 10_000;
    for (let beats = 0; beats < 6; beats += 1) {
      const remainingMs = deadlineOf(boot(0), holdMs) - boot(1000);
      holdMs = holdMsOf(LEASE, remainingMs);
    }
    expect(holdMs).toBe(5000);
  });
});

describe('lease: two clocks', () => {
  it('the holder lets go before any standby may claim, at the worst rates and however late the answer', () => {
    for (const holdMs of [300, 2632, 5000, 30_000, 600_000]) {
      // True time at which a holder whose clock is 5 % slow reaches its deadline, counted from its sending …
      const holderEndsMs = (deadlineOf(boot(0), holdMs) - boot(0)) / (1 - CLOCK_RATE_ERROR);
      // … and at which a standby whose clock is 5 % fast has waited, had it heard at the very same moment.
      const standbyClaimsMs = silenceOf(holdMs) / (1 + CLOCK_RATE_ERROR);
      expect(holderEndsMs + MARGIN_MS).toBeLessThanOrEqual(standbyClaimsMs + 1);
    }
  });

  it('a deadline and a silence of 5 s', () => {
    expect(deadlineOf(boot(0), 5000)).toBe(boot(4650));
    expect(silenceOf(5000)).toBe(5250);
  });
});

describe('lease: the kernel', () => {
  it('an address gets whole seconds and ends before the deadline, lateness included', () => {
    expect(lifetimeMs(boot(4650), boot(0), 'address')).toBe(3000);
    expect(lifetimeMs(boot(4650), boot(1150), 'address')).toBe(2000);
    const ends = Array.from({ length: 93 }, (_, index) => index * 50)
      .map((now) => ({ now, ms: lifetimeMs(boot(4650), boot(now), 'address') }))
      .filter(({ ms }) => ms > 0)
      .map(({ now, ms }) => now + ms + KERNEL_EXPIRY.address.lateMs);
    expect(ends.length).toBeGreaterThan(10);
    expect(Math.max(...ends)).toBeLessThanOrEqual(4650);
  });

  it('an nft element ends within milliseconds of it', () => {
    expect(lifetimeMs(boot(4650), boot(0), 'nft')).toBe(4630);
  });

  it('too little is not worth binding for', () => {
    expect(lifetimeMs(boot(4650), boot(2151), 'address')).toBe(0);
    expect(lifetimeMs(boot(4650), boot(4600), 'nft')).toBe(0);
    expect(lifetimeMs(boot(4650), boot(9999), 'nft')).toBe(0);
  });
});
