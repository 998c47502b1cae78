/** Spans of time as bars below each other, all on the same scale. Pure. */
import type { Look } from '../glyphs.ts';

/** Milliseconds on any common clock; a point where both are the same. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

const COLUMNS = 30;

/** One bar for each span, in their order; of nothing, or of one moment, nothing is drawn. */
export const bars = (spans: readonly Span[], look: Pick<Look, 'unicode'>): string[] => {
  const startMs = Math.min(...spans.map(({ fromMs }) => fromMs));
  const wholeMs = Math.max(...spans.map(({ toMs }) => toMs)) - startMs;
  if (spans.length === 0 || wholeMs <= 0) return spans.map(() => '');
  const [fill, point] = look.unicode ? ['█', '▌'] : ['#', '|'];
  const column = (ms: number): number =>
    Math.min(COLUMNS - 1, Math.floor(((ms - startMs) / wholeMs) * COLUMNS));
  return spans.map(({ fromMs, toMs }) => {
    const [from, to] = [column(fromMs), column(toMs)];
    const drawn = to > from ? fill.repeat(to - from) : point;
    return `${' '.repeat(from)}${drawn}`.padEnd(COLUMNS);
  });
};
