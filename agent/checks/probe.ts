/** What every kind of check is to the scheduler. */
import type { CheckResult } from '../../core/checks.ts';

/** The longest detail that a result carries; it ends up in log lines and in the reported fault. */
export const DETAIL_CHARS_MAX = 160;

/**
 * Runs a check once. It settles soon after `signal` aborts, and never rejects: whatever goes wrong is a failure
 * with a detail that says what.
 */
export type Probe = (signal: AbortSignal) => Promise<CheckResult>;

const result =
  (passed: boolean) =>
  (detail: string): CheckResult => ({
    passed,
    detail: detail.replaceAll(/\s+/g, ' ').trim().slice(0, DETAIL_CHARS_MAX),
  });

export const pass = result(true);
export const fail = result(false);
