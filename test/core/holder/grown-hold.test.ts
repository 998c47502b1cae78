/** Proves that no answer lets a host hold for longer than its newest heartbeat has told, however leases change meanwhile. */
import { describe, expect, it } from 'vitest';
import { reportOf } from '../../../core/holder/report.ts';
import { stepHolder } from '../../../core/holder/step.ts';
import type { HolderState } from '../../../core/holder/types.ts';
import { deadlineOf, holdMsOf } from '../../../core/lease.ts';
import { durationMs } from '../../../core/time.ts';
import type { GroupReport } from '../../../core/wire/heartbeat.ts';
import { answer, B, boot, EPOCH, hostAt, profile, standby } from '../fixtures.ts';

const hostNow = (ms: number) =>
  hostAt(ms, { profile: profile({ leaseMs: durationMs(5000), kernelExpiry: 'nft' }) });

/** The agent's file says 5 s, but a deployment has just shortened the lease to this. */
const SHORTENED = durationMs(3000);

const send = (state: HolderState, ms: number): { state: HolderState; report: GroupReport } => ({
  report: reportOf(state, hostNow(ms)),
  state: stepHolder(state, { kind: 'sent', claimed: false }, hostNow(ms)).state,
});

let rev = 200;
const hear = (state: HolderState, sentMs: number, holdMs: number, ms: number): HolderState =>
  stepHolder(
    state,
    {
      kind: 'answer',
      sentAt: boot(sentMs),
      resigned: false,
      answer: answer({
        rev: (rev += 1),
        epoch: EPOCH + 1,
        role: 'MASTER',
        holder: { node: B, beat: '7:1', ageMs: 0, holdMs, priority: 100 },
      }),
    },
    hostNow(ms),
  ).state;

describe('a lease that a deployment shortens while several heartbeats are under way', () => {
  it('what the first answer takes back, the ones behind it do not give again', () => {
    let state: HolderState = { ...standby({ relEpoch: 0 }), rank: 0 };
    // Three heartbeats before any answer: the second and third tell of the five seconds that the file promises.
    const reports: GroupReport[] = [];
    for (const ms of [0, 10, 20]) {
      const sent = send(state, ms);
      state = sent.state;
      reports.push(sent.report);
    }
    const holds = reports.map((report) => holdMsOf(SHORTENED, report.holdMs));
    expect(holds[0]).toBe(3000);
    expect(holds[2]).toBeGreaterThan(4900);

    state = hear(state, 0, holds[0] ?? 0, 30);
    expect(state.deadline).toBe(deadlineOf(boot(0), 3000));
    // The newest heartbeat that the arbiter has: it tells of three seconds, and that is what standbys wait for.
    const newest = send(state, 40);
    const newestHoldMs = holdMsOf(SHORTENED, newest.report.holdMs);
    expect(newestHoldMs).toBe(3000);

    state = hear(newest.state, 10, holds[1] ?? 0, 50);
    state = hear(state, 20, holds[2] ?? 0, 60);
    expect(state.role).toBe('MASTER');
    expect(state.deadline).toBeLessThanOrEqual(deadlineOf(boot(40), newestHoldMs));
  });

  it('a hold that has grown counts for the heartbeats that tell of it', () => {
    let state: HolderState = { ...standby({ relEpoch: 0 }), rank: 0 };
    state = send(state, 0).state;
    state = hear(state, 0, 8000, 10);
    expect(state.deadline).toBe(deadlineOf(boot(0), 5000));
    const told = send(state, 1000);
    expect(holdMsOf(SHORTENED, told.report.holdMs)).toBeGreaterThan(6900);
    state = hear(told.state, 1000, 8000, 1010);
    expect(state.deadline).toBe(deadlineOf(boot(1000), 8000));
  });
});
