/** Proves that a host whose group is paused for days goes on being heard: no span that it sends outgrows the wire. */
import { describe, expect, it } from 'vitest';
import { reportOf } from '../../../core/holder/report.ts';
import { groupReportSchema, SPAN_MS_MAX } from '../../../core/wire/heartbeat.ts';
import { boot, hostAt, standby } from '../fixtures.ts';

const DAYS_MS = 5 * 86_400_000;
/** A standby that goes on hearing the arbiter, but has heard of no newer beat for days. */
const patient = standby({
  betterSince: boot(0),
  streak: { since: boot(0), receivedAt: boot(DAYS_MS - 100), sentAt: boot(DAYS_MS - 110), sawChange: true },
});

describe('after days', () => {
  it('a claim and a wish to preempt speak of a day, the longest span that the wire takes', () => {
    const report = reportOf(patient, hostAt(DAYS_MS));
    expect(report.claim?.silentMs).toBe(SPAN_MS_MAX);
    expect(report.preempt?.readyMs).toBe(SPAN_MS_MAX);
    expect(groupReportSchema.parse(report)).toEqual(report);
  });
});
