/** Three hours without the arbiter move no fenced group and keep no client waiting, whatever the group is like (L3). */
import { describe, expect, test } from 'vitest';
import { drawPlan, settledMs } from '../../sim/plan/draw.ts';
import type { Plan } from '../../sim/plan/settings.ts';
import { runPlan } from '../../sim/run.ts';

const BLACKOUT_MS = 3 * 3_600_000;
/** What is watched after the arbiter is back: false claims would come with the first heartbeats. */
const AFTERMATH_MS = 120_000;
const GROUPS = 8;

const blackoutOf = (seed: number, way: number): Plan => {
  const { settings } = drawPlan(seed);
  const at = Math.round(settledMs(settings)) + 10_000;
  const until = at + BLACKOUT_MS;
  return {
    settings: {
      ...settings,
      // What the arbiter's absence costs is promised for groups in which nobody is asked.
      prepareMs: undefined,
      release: undefined,
      solo: true,
      healMs: until,
      endMs: until + AFTERMATH_MS,
    },
    faults: [{ kind: 'arbiter-blackout', at, until, host: 0, x: way, y: 0.5 }],
  };
};

/** A beat each second, whose agents try again the most often; different members, clocks, latencies and leases. */
const seeds = Array.from({ length: 1000 }, (_, index) => index + 1)
  .filter((seed) => {
    const { exclusive, heartbeatMs } = drawPlan(seed).settings;
    return !exclusive && heartbeatMs === 1000;
  })
  .slice(0, GROUPS);

/** How the arbiter is away, by the fault's `x`: packets vanish, it answers 5xx, it answers 429. */
const WAYS = [0.1, 0.5, 0.9];

describe('three hours without the arbiter', () => {
  test.each(seeds.flatMap((seed) => WAYS.map((way) => [seed, way] as const)))(
    'group of seed %i, way %f: no move, nobody waits',
    (seed, way) => {
      const result = runPlan(blackoutOf(seed, way));
      expect(result.violation).toBeUndefined();
      expect(result.counts.get('arbiter-blackout')).toBe(1);
      expect(result.simulatedMs).toBeGreaterThan(BLACKOUT_MS);
      expect(result.transfers).toBe(0);
    },
  );
});
