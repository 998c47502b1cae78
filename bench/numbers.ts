/** Numbers as people read them. */
import type { Spread } from './statistics.ts';

const digitsFor = (value: number): number => (Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2);

const grouped = (value: number, digits: number): string =>
  value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });

/** Milliseconds with as many digits as mean something. */
export const ms = (value: number): string => `${grouped(value, digitsFor(value))} ms`;
export const bytes = (value: number): string => `${grouped(value, 0)} bytes`;
export const kilobytes = (value: number): string => `${grouped(value / 1024, 1)} KB`;
export const percent = (share: number): string => `${grouped(share * 100, 2)} %`;
export const count = (value: number): string => grouped(value, Number.isInteger(value) ? 0 : 3);

/** `median (min–max)`. */
export const spread = ({ median, min, max }: Spread): string =>
  `${ms(median)} (${grouped(min, digitsFor(min))}–${grouped(max, digitsFor(max))})`;
