/** Lengths of time, instants and names as people read them. */

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Two units at most: `0.4s`, `3m07s`, `3d04h`. */
export const elapsed = (ms: number): string => {
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  if (ms < 10 * SECOND_MS) return `${(Math.max(0, ms) / SECOND_MS).toFixed(1)}s`;
  if (ms < MINUTE_MS) return `${Math.floor(ms / SECOND_MS)}s`;
  if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)}m${two((ms % MINUTE_MS) / SECOND_MS)}s`;
  if (ms < DAY_MS) return `${Math.floor(ms / HOUR_MS)}h${two((ms % HOUR_MS) / MINUTE_MS)}m`;
  return `${Math.floor(ms / DAY_MS)}d${two((ms % DAY_MS) / HOUR_MS)}h`;
};

/** To the millisecond below a second, else to the hundredth: `212 ms`, `3.01 s`. */
export const precise = (ms: number): string =>
  ms < SECOND_MS ? `${Math.round(ms)} ms` : `${(ms / SECOND_MS).toFixed(2)} s`;

/** `2026-11-28 08:14:02Z`: several people in several places may look at the same dashboard. */
export const instant = (epochMs: number): string =>
  `${new Date(epochMs).toISOString().slice(0, 19).replace('T', ' ')}Z`;

/** An instance id by its beginning and its end, which is where two of them differ. The whole stands in its title. */
export const shortId = (node: string): string =>
  node.length <= 12 ? node : `${node.slice(0, 4)}…${node.slice(-5)}`;
