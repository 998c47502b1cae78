/** What CloudWatch keeps of metrics: values by namespace, name and dimensions, for some hours. */

export type Dimensions = Readonly<Record<string, string>>;

export interface MetricKey {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Dimensions;
}

export interface Datum extends MetricKey {
  readonly values: readonly number[];
  /** Milliseconds since 1970. */
  readonly atMs: number;
}

interface Point {
  readonly atMs: number;
  readonly value: number;
}

/** A lab that runs for longer forgets. */
const KEPT_MS = 3 * 60 * 60 * 1000;
const POINTS_MAX = 20_000;
/** More are a mistake: each costs money in the cloud. */
const METRICS_MAX = 5000;
const PERCENTILE = /^p(\d{1,2}(?:\.\d{1,2})?|100)$/;

const idOf = ({ namespace, name, dimensions }: MetricKey): string =>
  JSON.stringify([namespace, name, Object.entries(dimensions).toSorted(([a], [b]) => (a < b ? -1 : 1))]);

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/** Whether {@link statisticOf} knows it. */
export const isStatistic = (statistic: string): boolean =>
  ['Sum', 'Average', 'Minimum', 'Maximum', 'SampleCount'].includes(statistic) || PERCENTILE.test(statistic);

/**
 * One statistic of the values of a period; a percentile is the value at its rank.
 * @returns undefined when there are none: nothing was measured, which is not zero
 */
export const statisticOf = (values: readonly number[], statistic: string): number | undefined => {
  if (values.length === 0) return undefined;
  switch (statistic) {
    case 'Sum':
      return sumOf(values);
    case 'Average':
      return sumOf(values) / values.length;
    case 'Minimum':
      return Math.min(...values);
    case 'Maximum':
      return Math.max(...values);
    case 'SampleCount':
      return values.length;
    default: {
      const percent = Number(PERCENTILE.exec(statistic)?.[1]);
      const rank = Math.max(1, Math.ceil((percent / 100) * values.length));
      return values.toSorted((a, b) => a - b)[rank - 1];
    }
  }
};

export class MetricStore {
  readonly #points = new Map<string, { key: MetricKey; points: Point[] }>();

  put({ values, atMs, ...key }: Datum): void {
    const id = idOf(key);
    let metric = this.#points.get(id);
    if (metric === undefined) {
      if (this.#points.size >= METRICS_MAX) return;
      metric = { key, points: [] };
      this.#points.set(id, metric);
    }
    for (const value of values) metric.points.push({ atMs, value });
    if (metric.points.length > POINTS_MAX * 1.2 || (metric.points[0]?.atMs ?? atMs) < atMs - 1.2 * KEPT_MS)
      metric.points = metric.points.filter((point) => point.atMs >= atMs - KEPT_MS).slice(-POINTS_MAX);
  }

  /** Lets everything have been measured `byMs` earlier: so much time has passed, for whoever looks now. */
  age(byMs: number): void {
    for (const metric of this.#points.values())
      metric.points = metric.points.map(({ atMs, value }) => ({ atMs: atMs - byMs, value }));
  }

  /** The values measured from `fromMs` on and before `toMs`. */
  values(key: MetricKey, fromMs: number, toMs: number): number[] {
    const points = this.#points.get(idOf(key))?.points ?? [];
    return points.filter(({ atMs }) => atMs >= fromMs && atMs < toMs).map(({ value }) => value);
  }

  keys = (): MetricKey[] => [...this.#points.values()].map(({ key }) => key);
}
