/** Proves the numbers of peer detection, and that the name of a session names one run of one host. */
import { describe, expect, it } from 'vitest';
import {
  confirmMsOf,
  detectionMsOf,
  discriminatorOf,
  heardWithinMsOf,
  hurriedMsOf,
  hurryMsOf,
  suspicionMsOf,
} from '../../core/suspicion.ts';
import { durationMs } from '../../core/time.ts';
import { A, B } from './fixtures.ts';

const peers = (intervalMs: number, multiplier: number) => ({
  intervalMs: durationMs(intervalMs),
  multiplier,
});

describe('suspicion: numbers', () => {
  it('the beat must stand still for as long as the holder may take to notice the loss, and for 200 ms', () => {
    expect(confirmMsOf(peers(50, 3))).toBe(200);
    expect(confirmMsOf(peers(20, 3))).toBe(200);
    expect(confirmMsOf(peers(200, 3))).toBe(800);
  });

  it.each([
    [20, 2],
    [50, 3],
    [1000, 3],
    [60, 50],
  ])(
    'a holder beats thrice in that time, and for longer than anybody may suspect it (%i ms × %i)',
    (...pace) => {
      const one = peers(...pace);
      expect(3 * hurriedMsOf(one)).toBeLessThanOrEqual(confirmMsOf(one));
      expect(suspicionMsOf(one)).toBeGreaterThan(confirmMsOf(one));
      // The holder may have noticed a detection time earlier than the standby.
      expect(hurryMsOf(one)).toBeGreaterThan(suspicionMsOf(one) + detectionMsOf(one));
      expect(heardWithinMsOf(one)).toBeGreaterThan(confirmMsOf(one));
    },
  );
});

describe('suspicion: the name of a session', () => {
  it('is another one for another host, run or peer, and never zero', () => {
    const names = [discriminatorOf(A, 7, B), discriminatorOf(B, 7, A), discriminatorOf(A, 8, B)];
    expect(new Set(names).size).toBe(3);
    for (const name of names) {
      expect(name).toBeGreaterThan(0);
      expect(name).toBeLessThan(2 ** 32);
    }
    expect(discriminatorOf(A, 7, B)).toBe(names[0]);
  });
});
