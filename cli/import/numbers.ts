/** keepalived's numbers and lengths of time, which are seconds, as ours. Pure. */

/** undefined: it is no whole number. */
export const wholeIn = (text: string): number | undefined =>
  /^[+-]?\d{1,9}$/u.test(text) ? Number(text) : undefined;

/** Seconds with a fraction, as milliseconds. undefined: it is no such number. */
export const msIn = (text: string): number | undefined =>
  /^\d{1,7}(?:\.\d{1,9})?$|^\.\d{1,9}$/u.test(text) ? Math.round(Number(text) * 1000) : undefined;

/** `1500` as `1500ms`, `3000` as `3s`. */
export const durationText = (ms: number): string => (ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`);
