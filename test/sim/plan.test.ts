/** What a seed draws: legal groups, faults that end in time, and every kind of fault sooner or later. */
import { describe, expect, test } from 'vitest';
import { FAULTS, faultKind } from '../../sim/faults/table.ts';
import { drawPlan, settledMs } from '../../sim/plan/draw.ts';

const PLANS = Array.from({ length: 2000 }, (_, index) => drawPlan(index + 1));

describe('plans', () => {
  test('the same seed draws the same plan', () => {
    expect(drawPlan(77)).toEqual(drawPlan(77));
    expect(drawPlan(78)).not.toEqual(drawPlan(77));
  });

  test('groups are such as a configuration file may describe, and last long enough', () => {
    for (const { settings } of PLANS) {
      expect(settings.leaseMs).toBeGreaterThanOrEqual(3 * settings.heartbeatMs);
      expect(settings.endMs).toBeGreaterThanOrEqual(Math.max(120_000, 120 * settings.heartbeatMs));
      expect(settings.members).toBeGreaterThanOrEqual(2);
      expect(settings.members).toBeLessThanOrEqual(5);
      for (const rate of settings.rates) expect(Math.abs(rate - 1)).toBeLessThanOrEqual(0.05 + 1e-9);
    }
  });

  test('faults end when the healing begins, and single ones come to a group that is at rest', () => {
    for (const { settings, faults } of PLANS) {
      for (const { at, until } of faults) {
        expect(until).toBeGreaterThanOrEqual(at - 1);
        expect(until).toBeLessThanOrEqual(settings.healMs);
      }
      if (!settings.solo) continue;
      expect(faults.length).toBeLessThanOrEqual(1);
      for (const { at } of faults) expect(at).toBeGreaterThanOrEqual(Math.floor(settledMs(settings)));
    }
  });

  test('every kind is drawn; an exclusive group never meets what it is not promised', () => {
    const drawn = new Set(PLANS.flatMap(({ faults }) => faults.map(({ kind }) => kind)));
    expect(FAULTS.map(({ name }) => name).filter((name) => !drawn.has(name))).toEqual([]);
    const inExclusive = PLANS.filter(({ settings }) => settings.exclusive).flatMap(({ faults }) => faults);
    expect(inExclusive.filter(({ kind }) => faultKind(kind).fencedOnly === true)).toEqual([]);
  });

  test('the table has more than twenty kinds, each with a name of its own and a line about it', () => {
    expect(FAULTS.length).toBeGreaterThan(20);
    expect(new Set(FAULTS.map(({ name }) => name)).size).toBe(FAULTS.length);
    for (const { what } of FAULTS) expect(what.length).toBeGreaterThan(10);
    expect(() => faultKind('no-such-fault')).toThrow(RangeError);
  });

  test('only the named kinds are drawn when some are named', () => {
    const only = new Set(['ec2-throttle', 'kill-agent']);
    const kinds = new Set(
      Array.from({ length: 200 }, (_, seed) => drawPlan(seed, only).faults)
        .flat()
        .map(({ kind }) => kind),
    );
    expect([...kinds].toSorted()).toEqual(['ec2-throttle', 'kill-agent']);
  });
});
