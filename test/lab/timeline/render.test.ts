// Proves that a timeline is drawn to scale, within the width, with block characters or with ASCII.
import { describe, expect, it } from 'vitest';
import { renderTimeline } from '../../../lab/timeline/render.ts';
import { failoverTimeline, type Timeline } from '../../../lab/timeline/timeline.ts';
import { hosts, silence, silenceSeen } from './story.ts';

const timeline = (): Timeline => {
  const found = failoverTimeline(silence(), { hosts, probe: silenceSeen() });
  if (found === null) {
    throw new Error('the story has a transfer');
  }
  return found;
};

describe('renderTimeline', () => {
  it('draws one line a step between a headline and a sum', () => {
    expect(renderTimeline(timeline(), { width: 90, unicode: false })).toEqual([
      'demo #2  host1 -> host2  reason silence   client dark 2.36 s',
      '  0.000  last beat       |                           host1 reports in',
      '  0.700  fault                |                      kill host1',
      '  0.702  no answer            #####################  2.36 s  the client loses 10 probes',
      '  3.000  claim                                    |  host2: host1 silent for 3003 ms',
      '  3.010  intent                                   |  epoch 2: host1 -> host2 (silence)',
      '  3.020  EC2 call                                 |  8 ms  AssignPrivateIpAddresses ackno~',
      '  3.040  fabric applied                           |  172.31.0.201 leads to host2',
      '  3.045  commit                                   |  epoch 2 held by host2',
      '  3.060  first answer                             |  from host2',
      '  outage 2358 ms = fabric 20 ms + detection and decision 2338 ms',
    ]);
  });

  it.each([60, 80, 100, 200])('keeps within %i columns', (width) => {
    for (const unicode of [true, false]) {
      const longest = Math.max(...renderTimeline(timeline(), { width, unicode }).map((line) => line.length));
      expect(longest).toBeLessThanOrEqual(Math.min(width, 120));
    }
  });

  it('uses ASCII only when asked to', () => {
    const text = renderTimeline(timeline(), { width: 80, unicode: false }).join('');
    expect(/^[\u0020-\u007e]*$/u.test(text)).toBe(true);
    expect(renderTimeline(timeline(), { width: 80, unicode: true }).join('')).toContain('█');
  });

  it('draws a single instant without dividing by zero, and no sum without a probe', () => {
    const [row] = timeline().rows;
    const only: Timeline = { ...timeline(), rows: row === undefined ? [] : [row], outageMs: null };
    expect(renderTimeline(only, { width: 60, unicode: false })).toHaveLength(2);
  });

  it('colours times and bars through the painter it is given', () => {
    const tones = new Set<string>();
    renderTimeline(timeline(), { width: 80, unicode: true, paint: (tone, text) => (tones.add(tone), text) });
    expect([...tones].toSorted()).toEqual(['bad', 'busy', 'dim', 'good', 'strong']);
  });
});
