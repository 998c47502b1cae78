/** What the heartbeats of a group cost a month, from counted calls and the prices in `prices.ts`. Dollars. */
import { DYNAMODB_MS, MEMORY_MB, OWN_WORK_MS } from './assumptions.ts';
import { HOURS_PER_MONTH, PRICES } from './prices.ts';

const MILLION = 1_000_000;
const GB = 1_000_000_000;

/** What one heartbeat uses. */
export interface Use {
  /** Calls to DynamoDB, one after the other. */
  readonly calls: number;
  readonly readUnits: number;
  readonly writeUnits: number;
  /** What the function itself writes to its log. */
  readonly logBytes: number;
}

/** Dollars for whatever was multiplied. */
export interface Cost {
  readonly api: number;
  readonly requests: number;
  readonly duration: number;
  readonly writes: number;
  readonly reads: number;
  readonly total: number;
  /** Not in the total. `logs`: what the function writes. `platformLogs`: what Lambda adds unless it is told not to. */
  readonly logs: number;
  readonly platformLogs: number;
}

/**
 * The lines that Lambda writes around an invocation in its text format, in an ordinary length. A deployment that sets
 * the system log level to WARN does not have them.
 */
const REQUEST_ID = '8f5d1a4e-0d3c-4f0c-9a53-0f1f5f6c2b1a';
const PLATFORM_LINES = [
  `START RequestId: ${REQUEST_ID} Version: $LATEST\n`,
  `END RequestId: ${REQUEST_ID}\n`,
  `REPORT RequestId: ${REQUEST_ID}\tDuration: 6.93 ms\tBilled Duration: 7 ms\tMemory Size: 256 MB\tMax Memory Used: 112 MB\t\n`,
];
export const PLATFORM_LOG_BYTES = PLATFORM_LINES.reduce((sum, line) => sum + Buffer.byteLength(line), 0);

/** The milliseconds that Lambda bills for one heartbeat. */
export const billedMs = ({ calls }: Pick<Use, 'calls'>): number => OWN_WORK_MS + calls * DYNAMODB_MS;

/** One heartbeat. */
export const beatCost = (use: Use): Cost => {
  const api = PRICES.httpApiRequests / MILLION;
  const requests = PRICES.lambdaRequests / MILLION;
  const duration = (billedMs(use) / 1000) * (MEMORY_MB / 1024) * PRICES.lambdaGbSecond;
  const writes = (PRICES.writeUnits * use.writeUnits) / MILLION;
  const reads = (PRICES.readUnits * use.readUnits) / MILLION;
  return {
    api,
    requests,
    duration,
    writes,
    reads,
    total: api + requests + duration + writes + reads,
    logs: (PRICES.logGb * use.logBytes) / GB,
    platformLogs: (PRICES.logGb * PLATFORM_LOG_BYTES) / GB,
  };
};

/** A month of a group of `members` that each beat every `heartbeatMs`. */
export const monthCost = (use: Use, heartbeatMs: number, members: number): Cost => {
  const beats = (members * HOURS_PER_MONTH * 3_600_000) / heartbeatMs;
  const one = beatCost(use);
  return {
    api: one.api * beats,
    requests: one.requests * beats,
    duration: one.duration * beats,
    writes: one.writes * beats,
    reads: one.reads * beats,
    total: one.total * beats,
    logs: one.logs * beats,
    platformLogs: one.platformLogs * beats,
  };
};
