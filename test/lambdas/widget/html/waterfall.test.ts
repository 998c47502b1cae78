// Proves that the last failover is told in its order: the silence, the decision, what EC2 refused, and how long the fabric took.
import { describe, expect, it } from 'vitest';
import { lastFailover, waterfallOf } from '../../../../lambdas/widget/html/waterfall.ts';
import { nodeA, nodeB } from '../../fixtures.ts';
import { event, FAILOVER } from '../scene.ts';

describe('the waterfall', () => {
  it('counts from the last heartbeat of the old holder', () => {
    const fall = waterfallOf(FAILOVER);
    expect(fall).toMatchObject({ epoch: 47, from: nodeB, to: nodeA, reason: 'silence', totalMs: 4310 });
    expect(fall?.steps.map(({ label, fromMs, untilMs, kind }) => [label, fromMs, untilMs, kind])).toEqual([
      ['last beat', 0, 3010, 'wait'],
      ['decided', 3010, 3010, 'decide'],
      ['fabric', 3056, 4310, 'fabric'],
      ['refused', 3110, 3110, 'bad'],
    ]);
  });

  it('counts from the decision where no silence was waited for', () => {
    const events = [
      event('committed', 48, 100, { detail: { moveMs: 212 } }),
      event('transfer', 48, 350, { from: nodeA, to: nodeB, reason: 'operator' }),
    ];
    expect(waterfallOf(events)).toMatchObject({
      totalMs: 250,
      steps: [
        { label: 'decided', fromMs: 0 },
        { label: 'fabric', fromMs: 38, untilMs: 250 },
      ],
    });
  });

  it('tells the last change of holder, not the first holder and not what came since', () => {
    const since = event('operator', 47, 1000, { detail: { command: 'pause', by: 'alice' } });
    expect(waterfallOf([since, ...FAILOVER])).toMatchObject({ epoch: 47, totalMs: 4310 });
    expect(waterfallOf(FAILOVER.slice(3))).toBeNull();
  });

  it('says so when there was none, or none can be read', () => {
    for (const none of [null, [], FAILOVER.slice(3)]) {
      expect(String(lastFailover(none))).toContain('no change of holder on record');
    }
  });

  it('escapes what EC2 answered', () => {
    const events = FAILOVER.map((one) =>
      one.type === 'move-failed' ? { ...one, detail: { code: '<b>' } } : one,
    );
    expect(String(lastFailover(events))).toContain('&lt;b&gt;');
  });
});
