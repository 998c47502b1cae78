/** Tables and times for people. Pure. */

import { visibleLength } from './terminal.ts';

const secondMs = 1000;
const minuteMs = 60_000;
const hourMs = 3_600_000;
const dayMs = 86_400_000;

const pad = (text: string, columns: number): string =>
  text + ' '.repeat(Math.max(0, columns - visibleLength(text)));

/** Lines of columns two spaces apart, as wide as they must be; cells may hold colours. */
export const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string[] => {
  const widths = heads.map((head, column) =>
    Math.max(visibleLength(head), ...rows.map((row) => visibleLength(row[column] ?? ''))),
  );
  return [heads, ...rows].map((row) =>
    row
      .map((cell, column) => pad(cell, widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
};

/** `0.4s`, `12s`, `2m05s`, `3h04m`, `2d03h`: as much as tells something. */
export const elapsed = (ms: number): string => {
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  if (ms < 10 * secondMs) return `${(Math.max(0, ms) / secondMs).toFixed(1)}s`;
  if (ms < minuteMs) return `${Math.floor(ms / secondMs)}s`;
  if (ms < hourMs) return `${Math.floor(ms / minuteMs)}m${two((ms % minuteMs) / secondMs)}s`;
  if (ms < dayMs) return `${Math.floor(ms / hourMs)}h${two((ms % hourMs) / minuteMs)}m`;
  return `${Math.floor(ms / dayMs)}d${two((ms % dayMs) / hourMs)}h`;
};

/** The wall clock of this machine to the minute, `08:14`. */
export const hourOf = (epochMs: number): string => timeOfDay(epochMs).slice(0, 'hh:mm'.length);

/** The wall clock of this machine with milliseconds, `08:14:02.113`. */
export const timeOfDay = (epochMs: number): string => {
  const date = new Date(epochMs);
  const two = (value: number): string => String(value).padStart(2, '0');
  const ms = String(date.getMilliseconds()).padStart(3, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${ms}`;
};
