/** What heartbeats cost a month, from the one table of prices. */
import { HOURS_PER_MONTH, PRICES } from '../scale/prices.ts';

const BEATS_PER_MONTH = HOURS_PER_MONTH * 3600;
const MILLION = 1_000_000;
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
  const perMillion =
    PRICES.httpApiRequests +
    PRICES.lambdaRequests +
    PRICES.writeUnits * units.writeUnits +
    PRICES.readUnits * units.readUnits;
  const perBilledMs = (beats * MEMORY_GB * PRICES.lambdaGbSecond) / 1000;
  return { total: (beats * perMillion) / MILLION + billedMs * perBilledMs, perBilledMs };
};
