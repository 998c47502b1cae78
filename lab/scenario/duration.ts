/** Lengths of time as people write them: a number and a unit, for example `200ms`, `1.5s` or `2m`. */

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
const pattern = /^(\d{1,7}(?:\.\d{1,3})?)(ms|s|m|h)$/u;

/** What a reader who wrote something else is told. */
export const durationHint = 'a duration is a number and a unit: ms, s, m or h, for example "200ms" or "8s"';

/** Milliseconds, whole; null when the text is no duration. A bare number is refused: it never says its unit. */
export const parseDurationMs = (text: string): number | null => {
  const [, amount = '', unit = ''] = pattern.exec(text) ?? [];
  return unit in unitMs ? Math.round(Number(amount) * unitMs[unit as keyof typeof unitMs]) : null;
};

/** `340 ms` below a second, then `2.71 s`, then `1 m 12 s`. */
export const formatDurationMs = (ms: number): string => {
  if (Math.abs(ms) < unitMs.s) {
    return `${Math.round(ms)} ms`;
  }
  if (Math.abs(ms) < unitMs.m) {
    return `${(ms / unitMs.s).toFixed(2)} s`;
  }
  const minutes = Math.floor(ms / unitMs.m);
  return `${minutes} m ${Math.round((ms - minutes * unitMs.m) / unitMs.s)} s`;
};
