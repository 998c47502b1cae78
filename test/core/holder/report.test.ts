/** Proves what a host says of a group. */
import { describe, expect, it } from 'vitest';
import { reportOf } from '../../../core/holder/report.ts';
import { stepHolder } from '../../../core/holder/step.ts';
import type { HolderContext, HolderState } from '../../../core/holder/types.ts';
import { durationMs } from '../../../core/time.ts';
import { type GroupAnswer, groupReportSchema } from '../../../core/wire/heartbeat.ts';
import { A, answer, boot, EPOCH, hostAt, master, profile, standby, VIP, VIP2 } from '../fixtures.ts';

describe('report: what is', () => {
  it('says of each VIP of the group whether kernel and fabric have it', () => {
    const ctx = hostAt(0, { profile: profile({ vips: [VIP, VIP2] }) });
    expect(reportOf(master({ listed: [VIP2, '10.0.0.1'] }), ctx)).toEqual({
      name: 'mysql',
      configHash: 'abc',
      epochSeen: EPOCH,
      priority: 100,
      health: 'ok',
      holdMs: 0,
      vips: { [VIP]: { bound: true, inFabric: false }, [VIP2]: { bound: false, inFabric: true } },
    });
  });

  it('passes the wire schema with everything in it', () => {
    const state = standby({
      assessment: {
        health: 'fault',
        fault: 'x'.repeat(900),
        priority: 1,
        wavering: true,
        degradedBy: ['disk'],
        down: ['disk', 'mysqld'],
      },
      leaving: { by: boot(5000), acknowledged: false },
      betterSince: boot(-100_000_000),
    });
    const report = reportOf(state, hostAt(0));
    expect(groupReportSchema.parse(report)).toEqual(report);
    expect(report).toMatchObject({
      wavering: true,
      degradedBy: ['disk'],
      down: ['disk', 'mysqld'],
      resign: true,
    });
  });

  it('caps a wish that has waited for days at what the wire allows', () => {
    const report = reportOf(standby({ betterSince: boot(-100_000_000) }), hostAt(0));
    expect(groupReportSchema.parse(report).preempt?.readyMs).toBe(86_400_000);
  });
});

describe('preempt: a better standby counts its own delay', () => {
  const ctx = (now: number): HolderContext =>
    hostAt(now, { profile: profile({ preemptDelayMs: durationMs(5000) }) });
  const heard = (state: HolderState, priority: number, now: number): HolderState => {
    const holder: GroupAnswer['holder'] = { node: A, beat: '7:11', ageMs: 0, holdMs: 0, priority };
    const input = {
      kind: 'answer',
      answer: answer({ rev: 101 + now, holder }),
      sentAt: boot(now - 10),
      resigned: false,
    } as const;
    return stepHolder(state, input, ctx(now)).state;
  };

  it('from the first answer that shows a worse holder, and asks when it has passed', () => {
    const better = heard(heard(standby(), 90, 1000), 90, 2000);
    expect(reportOf(better, ctx(5999)).preempt).toBeUndefined();
    expect(reportOf(better, ctx(6000)).preempt).toEqual({ epoch: EPOCH, readyMs: 5000 });
  });

  it('starts over when the holder was as good in between', () => {
    expect(heard(heard(standby(), 90, 1000), 100, 2000).betterSince).toBeUndefined();
  });

  it('is not counted in FAULT, and not asked for while leaving', () => {
    const fault = standby({
      assessment: { health: 'fault', priority: 100, wavering: false, degradedBy: [] },
    });
    expect(heard(fault, 90, 1000).betterSince).toBeUndefined();
    const leaving = standby({ betterSince: boot(-9000), leaving: { by: boot(9000), acknowledged: false } });
    expect(reportOf(leaving, ctx(0)).preempt).toBeUndefined();
  });
});
