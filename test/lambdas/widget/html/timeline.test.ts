// Proves who is shown to have held a group, from when until when, and that a gap between two holders stays one.
import { describe, expect, it } from 'vitest';
import { holderTimeline, reignsOf } from '../../../../lambdas/widget/html/timeline.ts';
import { nodeA, nodeB } from '../../fixtures.ts';
import { event, FAILOVER, group, NOW } from '../scene.ts';

const DAY_MS = 86_400_000;

describe('reigns', () => {
  it('begin when the fabric has answered, and end with the next transfer', () => {
    expect(reignsOf(FAILOVER, NOW)).toEqual([
      { node: nodeB, epoch: 46, reason: 'first', fromMs: NOW - 120_000, untilMs: NOW - 61_300 },
      { node: nodeA, epoch: 47, reason: 'silence', fromMs: NOW - 60_000, untilMs: NOW },
    ]);
  });

  it('end with a transfer that was never committed, and nobody holds it since', () => {
    const events = [event('transfer', 48, 5000, { from: nodeA, to: nodeB }), ...FAILOVER];
    expect(reignsOf(events, NOW).at(-1)).toMatchObject({ node: nodeA, untilMs: NOW - 5000 });
  });

  it('are not begun anew by a repair under the same epoch', () => {
    const events = [event('committed', 47, 10_000), ...FAILOVER];
    expect(reignsOf(events, NOW).at(-1)).toMatchObject({ fromMs: NOW - 60_000, untilMs: NOW });
  });

  it('never end before they begin, whatever the clocks say', () => {
    const events = [event('transfer', 48, 70_000, { from: nodeA }), ...FAILOVER.slice(0, 3)];
    for (const { fromMs, untilMs } of reignsOf(events, NOW - 80_000))
      expect(untilMs).toBeGreaterThanOrEqual(fromMs);
  });
});

describe('the timeline', () => {
  it('draws one bar a reign, in its member’s lane, and tells each in words', () => {
    const shown = String(holderTimeline(group(), FAILOVER, NOW));
    const bars = [...shown.matchAll(/<rect x="([\d.]+)" y="(\d+)" width="([\d.]+)"/gu)].map((bar) =>
      bar.slice(1).map(Number),
    );
    expect(bars).toHaveLength(2);
    const [[x1 = 0, y1, w1 = 0] = [], [x2 = 0, y2, w2 = 0] = []] = bars;
    expect([y1, y2]).toEqual([26, 4]);
    expect(x1 + w1).toBeLessThan(x2);
    expect(x2 + w2).toBeCloseTo(1000, 0);
    expect(shown).toContain(`<title>#47 ${nodeA} (silence), from 2026-11-28`);
  });

  it('shows a day at most', () => {
    const old = [event('committed', 1, 30 * DAY_MS)];
    const shown = String(holderTimeline(group(), old, NOW));
    expect(shown).toContain('1d00h ago');
    expect(shown).toMatch(/<rect x="0\.0" y="4" width="1000\.0"/u);
  });

  it('says so when there is nothing, or nothing to be had', () => {
    expect(String(holderTimeline(group(), [], NOW))).toContain('nobody has held it yet');
    expect(String(holderTimeline(group(), null, NOW))).toContain('the history cannot be read');
  });
});
