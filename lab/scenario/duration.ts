/** Lengths of time as people read them. */

const secondMs = 1000;
const minuteMs = 60_000;

/** `340 ms` below a second, then `2.71 s`, then `1 m 12 s`. */
export const formatDurationMs = (ms: number): string => {
  if (Math.abs(ms) < secondMs) {
    return `${Math.round(ms)} ms`;
  }
  if (Math.abs(ms) < minuteMs) {
    return `${(ms / secondMs).toFixed(2)} s`;
  }
  const minutes = Math.floor(ms / minuteMs);
  return `${minutes} m ${Math.round((ms - minutes * minuteMs) / secondMs)} s`;
};
