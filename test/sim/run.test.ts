/** Seeds run alike each time, groups without faults rest, past violations stay mended, and a broken promise is reduced. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { planSchema } from '../../sim/plan/corpus.ts';
import { drawPlan } from '../../sim/plan/draw.ts';
import { runPlan } from '../../sim/run.ts';
import { Shrinker } from '../../sim/shrink.ts';

const corpus = planSchema.parse(
  JSON.parse(readFileSync(new URL('../../sim/corpus.json', import.meta.url), 'utf8')),
);

describe('runs', () => {
  test('the same seed gives the same story, traced or not', () => {
    for (const seed of [3, 5, 8, 13]) {
      const first = runPlan(drawPlan(seed), true);
      const again = runPlan(drawPlan(seed), true);
      const bare = runPlan(drawPlan(seed));
      expect(again.trace?.hash).toBe(first.trace?.hash);
      expect(first.trace?.lines.length).toBeGreaterThan(100);
      expect([bare.events, bare.heartbeats, bare.transfers]).toEqual([
        first.events,
        first.heartbeats,
        first.transfers,
      ]);
    }
  });

  test.each([true, false])(
    'a group without faults is served by one host from its start on (exclusive: %s)',
    (exclusive) => {
      const drawn = Array.from({ length: 60 }, (_, seed) => drawPlan(seed)).find(
        ({ settings }) => settings.solo && settings.exclusive === exclusive && settings.heartbeatMs === 1000,
      );
      const result = runPlan({ settings: drawn?.settings ?? drawPlan(1).settings, faults: [] });
      expect(drawn).toBeDefined();
      expect(result.violation).toBeUndefined();
      expect(result.transfers).toBe(0);
      expect(result.heartbeats).toBeGreaterThan(200);
    },
  );

  test('a hundred seeds break no promise', () => {
    for (let seed = 500_001; seed <= 500_100; seed += 1) {
      const { violation } = runPlan(drawPlan(seed));
      expect(violation === undefined ? '' : `seed ${seed}: ${violation.invariant}: ${violation.what}`).toBe(
        '',
      );
    }
  }, 60_000);

  test.each(corpus.map(({ name, plan }) => [name, plan] as const))('mended: %s', (_name, plan) => {
    expect(runPlan(plan).violation).toBeUndefined();
  });
});

describe('shrinking', () => {
  test('keeps what breaks the promise and drops the rest', () => {
    // A cut that never ends: the healing does not heal it, so the group cannot come to rest.
    const { settings } = drawPlan(2);
    const forever = { at: 40_000, until: 1e9, x: 0.5, y: 0.5 };
    const cuts = Array.from({ length: settings.members }, (_, host) => ({
      kind: 'cut-arbiter',
      host,
      ...forever,
    }));
    const noise = ['clock-jump', 'imds-error', 'foreign-unbind'].map((kind, index) => ({
      kind,
      at: 20_000 + index * 1000,
      until: 30_000,
      host: 0,
      x: 0.1,
      y: 0.1,
    }));
    const plan = { settings, faults: [...noise, ...cuts] };
    expect(runPlan(plan).violation?.invariant).toBe('C1-rest');
    const small = new Shrinker('C1-rest').shrink(plan);
    expect(small.faults.map(({ kind }) => kind)).not.toContain('clock-jump');
    expect(small.faults.length).toBeLessThan(plan.faults.length);
    expect(runPlan(small).violation?.invariant).toBe('C1-rest');
  });
});
