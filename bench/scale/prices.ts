/** List prices of AWS, on demand, without the free tier. The one place in which a price stands. */
export const PRICES = {
  region: 'us-east-1',
  asOf: 'November 2026',
  /** Dollars per million. */
  httpApiRequests: 1,
  lambdaRequests: 0.2,
  writeUnits: 0.625,
  readUnits: 0.125,
  /** Dollars per GB-second on arm64. */
  lambdaGbSecond: 0.000_013_333_4,
  /** Dollars per GB that is written to a log group, first tier. */
  logGb: 0.5,
  /** Dollars a month for each custom metric that is written in all of its hours. */
  customMetric: 0.3,
} as const;

/** What AWS itself calls a month. */
export const HOURS_PER_MONTH = 730;
