/** Lengths of time as people write them: a number and a unit, for example `200ms`, `1.5s` or `2m`. */
import { type DurationMs, durationMs } from './time.ts';

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
const isUnit = (unit: string): unit is keyof typeof UNIT_MS => unit in UNIT_MS;

/** What a reader who wrote something else is told. */
export const DURATION_HINT = 'a duration is a number and a unit: ms, s, m or h, for example "200ms" or "8s"';

/** Milliseconds, whole; null when the text is no duration. A bare number is refused: it never says its unit. */
export const parseDurationMs = (text: string): DurationMs | null => {
  const [, amount = '', unit = ''] = /^(\d{1,7}(?:\.\d{1,3})?)(ms|s|m|h)$/u.exec(text) ?? [];
  return isUnit(unit) ? durationMs(Math.round(Number(amount) * UNIT_MS[unit])) : null;
};
