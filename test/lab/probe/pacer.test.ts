// Proves that the average rate holds although ticks come late, and that pauses of the prober are told apart.
import { describe, expect, it } from 'vitest';
import { burstMax, Pacer } from '../../../lab/probe/pacer.ts';

describe('pacer', () => {
  it('sends one probe per interval, however often it is asked', () => {
    const pacer = new Pacer(2, 0, 0);
    let sent = 0;
    for (let ms = 0; ms <= 1000; ms += 1) {
      sent += pacer.due(ms);
    }
    expect(sent).toBe(501);
    expect(pacer.maxLateMs).toBe(0);
  });

  it('catches up after a late tick and keeps the schedule', () => {
    const pacer = new Pacer(2, 0, 0);
    expect(pacer.due(0)).toBe(1);
    expect(pacer.due(9)).toBe(4);
    expect(pacer.due(9.5)).toBe(0);
    expect(pacer.due(10)).toBe(1);
    expect(pacer.maxLateMs).toBe(7);
    expect(pacer.stalls).toEqual([]);
  });

  it('bounds the burst after a long pause and notes the pause', () => {
    const pacer = new Pacer(2, 0, 5000);
    pacer.due(0);
    expect(pacer.due(10_000)).toBe(burstMax);
    expect(pacer.due(10_000)).toBe(0);
    expect(pacer.stalls).toEqual([{ fromEpochMs: 5000, ms: 10_000 }]);
    expect(pacer.stallTotalMs).toBe(10_000);
  });
});
