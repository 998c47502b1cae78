/** Draws a timeline as a waterfall for a terminal: one line a step, time from left to right. Pure. */

import type { Step, Timeline, TimelineRow } from './timeline.ts';

export interface RenderOptions {
  /** Columns of the terminal. */
  width: number;
  /** Block characters and dashes; false draws with ASCII. */
  unicode: boolean;
  /** Colours a piece of a line; by default nothing is coloured. */
  paint?: (tone: Tone, text: string) => string;
}
export type Tone = 'dim' | 'bad' | 'good' | 'strong' | 'busy';

const widthMin = 60;
const widthMax = 120;
const barMin = 12;
const barMax = 36;
const gap = 2;
/** A point in time is drawn as this many columns. */
const pointColumns = 1;
const secondMs = 1000;

const tones: Partial<Record<Step, Tone>> = {
  fault: 'bad',
  'no answer': 'bad',
  'first answer': 'good',
  'EC2 call': 'busy',
  'fabric applied': 'busy',
};

/** Seconds with milliseconds: `0.000`, `2.713`, `-0.120`. */
const clock = (ms: number): string => (ms / secondMs).toFixed(3);

const duration = (ms: number): string =>
  ms >= secondMs ? `${(ms / secondMs).toFixed(2)} s` : `${Math.round(ms)} ms`;

interface Scale {
  fromMs: number;
  toMs: number;
  columns: number;
}

const scaleOf = (rows: readonly TimelineRow[], columns: number): Scale => ({
  fromMs: Math.min(...rows.map((row) => row.atMs)),
  toMs: Math.max(...rows.map((row) => row.atMs + (row.durationMs ?? 0))),
  columns,
});

const bar = (row: TimelineRow, scale: Scale, fill: string, point: string): string => {
  const spanMs = Math.max(1, scale.toMs - scale.fromMs);
  const column = (ms: number): number =>
    Math.min(scale.columns - 1, Math.floor(((ms - scale.fromMs) / spanMs) * scale.columns));
  const start = column(row.atMs);
  const end = column(row.atMs + (row.durationMs ?? 0));
  const drawn = end > start ? fill.repeat(end - start + pointColumns) : point;
  return `${' '.repeat(start)}${drawn}`.padEnd(scale.columns);
};

const cut = (text: string, length: number, ellipsis: string): string =>
  text.length <= length ? text : `${text.slice(0, Math.max(0, length - ellipsis.length))}${ellipsis}`;

const detailOf = (row: TimelineRow): string =>
  row.durationMs === undefined ? row.detail : `${duration(row.durationMs)}  ${row.detail}`;

/** The line that says it all: who, why, how long. */
const headline = (timeline: Timeline, unicode: boolean): string => {
  const arrow = unicode ? '→' : '->';
  const dark = timeline.outageMs === null ? '' : `   client dark ${duration(timeline.outageMs)}`;
  return `${timeline.group} #${timeline.epoch}  ${timeline.from ?? 'nobody'} ${arrow} ${timeline.to ?? 'nobody'}  reason ${timeline.reason}${dark}`;
};

/** What the client saw, split into the cloud's part and ours. Empty when it was not measured. */
const summary = (timeline: Timeline): string[] => {
  if (timeline.outageMs === null) {
    return [];
  }
  if (timeline.fabricMs === null || timeline.beyondFabricMs === null) {
    return [`outage ${Math.round(timeline.outageMs)} ms`];
  }
  return [
    `outage ${Math.round(timeline.outageMs)} ms = fabric ${Math.round(timeline.fabricMs)} ms + detection and decision ${Math.round(timeline.beyondFabricMs)} ms`,
  ];
};

/**
 * Lines without line ends, none wider than `width` (at least 60 columns are used).
 *
 * @example for (const line of renderTimeline(timeline, { width: 100, unicode: true })) console.log(line);
 */
export const renderTimeline = (timeline: Timeline, options: RenderOptions): string[] => {
  const paint = options.paint ?? ((_tone, text) => text);
  const width = Math.min(widthMax, Math.max(widthMin, options.width));
  const { rows } = timeline;
  const timeColumns = Math.max(...rows.map((row) => clock(row.atMs).length));
  const whatColumns = Math.max(...rows.map((row) => row.what.length));
  const fixed = gap + timeColumns + gap + whatColumns + gap;
  const barColumns = Math.min(barMax, Math.max(barMin, Math.floor((width - fixed) * 0.4)));
  const detailColumns = Math.max(0, width - fixed - barColumns - gap);
  const scale = scaleOf(rows, barColumns);
  const [fill, point, ellipsis] = options.unicode ? ['█', '▌', '…'] : ['#', '|', '~'];
  const indent = ' '.repeat(gap);
  return [
    cut(headline(timeline, options.unicode), width, ellipsis),
    ...rows.map((row) => {
      const tone = tones[row.what] ?? 'strong';
      const time = paint('dim', clock(row.atMs).padStart(timeColumns));
      const drawn = paint(tone, bar(row, scale, fill, point));
      const detail = cut(detailOf(row), detailColumns, ellipsis);
      return `${indent}${time}${indent}${row.what.padEnd(whatColumns)}${indent}${drawn}${indent}${detail}`.trimEnd();
    }),
    ...summary(timeline).map((line) => cut(`${indent}${line}`, width, ellipsis)),
  ];
};
