/** What is said of many measurements of one thing. */
import * as z from 'zod/mini';

/** In the unit of the values. */
export const spreadSchema = z.object({
  count: z.int().check(z.positive()),
  min: z.number(),
  median: z.number(),
  p99: z.number(),
  max: z.number(),
});
export type Spread = z.infer<typeof spreadSchema>;

/**
 * The smallest value that at least `share` of all values do not exceed: always a value that was measured.
 * @throws RangeError when there are no values
 */
export const quantile = (values: readonly number[], share: number): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const found = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
  if (found === undefined) throw new RangeError('no values to describe');
  return found;
};

/** The middle value, or the mean of the two in the middle. @throws RangeError when there are no values */
export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  if (upper === undefined || lower === undefined) throw new RangeError('no values to describe');
  return (lower + upper) / 2;
};

/** @throws RangeError when there are no values */
export const spreadOf = (values: readonly number[]): Spread => ({
  count: values.length,
  min: quantile(values, 0),
  median: median(values),
  p99: quantile(values, 0.99),
  max: quantile(values, 1),
});
