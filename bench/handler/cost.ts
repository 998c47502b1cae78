/** What heartbeats cost a month: list prices of us-east-1, on demand, without the free tier. */

const BEATS_PER_MONTH = 730 * 3600;
const MILLION = 1_000_000;
/** Dollars per million. */
const HTTP_API = 1;
const LAMBDA_REQUEST = 0.2;
const WRITE_UNIT = 0.625;
const READ_UNIT = 0.125;
/** Dollars per GB-second on arm64, and the memory of the function. */
const GB_SECOND = 0.0000133334;
const MEMORY_GB = 0.25;

export interface MonthlyCost {
  /** Dollars. */
  readonly total: number;
  /** How much more each millisecond of billed duration costs. */
  readonly perBilledMs: number;
}

/**
 * A group of two members at one heartbeat a second.
 * @param units request units of one heartbeat
 * @param billedMs duration that Lambda bills for one heartbeat
 */
export const monthlyCost = (
  units: { readonly readUnits: number; readonly writeUnits: number },
  billedMs = 8,
  members = 2,
): MonthlyCost => {
  const beats = members * BEATS_PER_MONTH;
  const perMillion = HTTP_API + LAMBDA_REQUEST + WRITE_UNIT * units.writeUnits + READ_UNIT * units.readUnits;
  const perBilledMs = (beats * MEMORY_GB * GB_SECOND) / 1000;
  return { total: (beats * perMillion) / MILLION + billedMs * perBilledMs, perBilledMs };
};
