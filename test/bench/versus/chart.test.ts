/** Proves that the chart is well-formed, puts times in their order, and shows what stayed dark. */
import { describe, expect, it } from 'vitest';
import { chartOf, xOf } from '../../../bench/versus/chart.ts';
import { data } from './data.ts';

const svg = chartOf(data);
/** Names of the elements in the order in which they open, or a reason why they do not close. */
const elementsOf = (text: string): string[] => {
  const open: string[] = [];
  const seen: string[] = [];
  for (const [, slash, name, self] of text.matchAll(/<(\/?)([a-z]+)[^>]*?(\/?)>/gu)) {
    if (slash === '/') {
      if (open.pop() !== name) throw new Error(`</${name}> closes nothing`);
    } else {
      seen.push(name ?? '');
      if (self !== '/') open.push(name ?? '');
    }
  }
  if (open.length > 0) throw new Error(`${open.join(', ')} not closed`);
  return seen;
};

describe('the chart', () => {
  it('is one well-formed document with a title', () => {
    const elements = elementsOf(svg);
    expect(elements.slice(0, 3)).toEqual(['svg', 'title', 'style']);
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 760 \d+"/u);
  });

  it('loads nothing and runs nothing', () => {
    expect(svg).not.toMatch(/script|href|@import|url\(/u);
  });

  it('puts longer times further to the right, within its axis', () => {
    const places = [0, 1, 10, 500, 2500, 28_000, 90_000].map(xOf);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(places[0]).toBe(places[1]);
    expect(places[5]).toBeLessThan(places[6] ?? 0);
  });

  it('draws a range and a median for what came back', () => {
    const place = (ms: number): string => String(Math.round(xOf(ms) * 10) / 10);
    expect(svg).toContain(`<line class="range arbiter" x1="${place(2400)}" x2="${place(2600)}"`);
    expect(svg).toContain(`<circle class="cli" cx="${place(500)}"`);
  });

  it('counts what stayed dark, without a median for it', () => {
    expect(svg).toContain('class="dark cli">2 of 3</text>');
    expect(svg).toContain('class="dark cli">1 of 1</text>');
    const medians = svg.match(/<circle class="cli"/gu) ?? [];
    expect(medians).toHaveLength(1);
  });

  it('leaves out the control and faults that nobody was tried with', () => {
    expect(svg).not.toContain('left alone');
    expect(svg).not.toContain('clean stop');
  });

  it('fits everything into its height', () => {
    const height = Number(/viewBox="0 0 760 (\d+)"/u.exec(svg)?.[1]);
    const lowest = Math.max(...[...svg.matchAll(/ (?:y|cy|y2)="([\d.]+)"/gu)].map(([, y]) => Number(y)));
    expect(lowest).toBeLessThan(height);
  });
});
