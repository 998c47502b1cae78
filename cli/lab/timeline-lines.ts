/** A timeline on a terminal. */

import { renderTimeline, type Tone } from '../../lab/timeline/render.ts';
import type { Timeline } from '../../lab/timeline/timeline.ts';
import type { Terminal } from '../terminal.ts';

const styles = {
  dim: 'dim',
  bad: 'red',
  good: 'green',
  strong: 'blue',
  busy: 'yellow',
} as const satisfies Record<Tone, string>;

export const timelineLines = (timeline: Timeline, terminal: Terminal): string[] =>
  renderTimeline(timeline, {
    width: terminal.columns,
    unicode: terminal.unicode,
    paint: (tone, text) => terminal.paint(styles[tone], text),
  });
