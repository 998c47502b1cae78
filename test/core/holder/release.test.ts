/** Proves that a fenced group's holder that is asked to let go unbinds, tells so when that is done, and never binds again at that epoch. */
import { describe, expect, it } from 'vitest';
import { reportOf } from '../../../core/holder/report.ts';
import { stepHolder } from '../../../core/holder/step.ts';
import type { HolderInput, HolderState } from '../../../core/holder/types.ts';
import {
  answer,
  beatsIn,
  boot,
  boundBy,
  EPOCH,
  hooksIn,
  hostAt,
  kindsOf,
  master,
  unboundBy,
  VIP,
} from '../fixtures.ts';

const step = (state: HolderState, input: HolderInput, offsetMs = 10) =>
  stepHolder(state, input, hostAt(offsetMs));
const asked = (rev = 101): HolderInput => ({
  kind: 'answer',
  answer: answer({ rev, role: 'MASTER', release: true, holder: null }),
  sentAt: boot(0),
  resigned: false,
});
const kernel = (bound: string[]): HolderInput => ({ kind: 'kernel', bound });

describe('release: asked', () => {
  it('it is MASTER no more, unbinds at once, and lingers for nothing', () => {
    const { state, effects } = step(master(), asked());
    expect(state).toMatchObject({ role: 'BACKUP', relEpoch: EPOCH, lingerUntil: undefined });
    expect(unboundBy(effects)).toEqual([VIP]);
    expect(kindsOf(effects)).toContain('persist');
    expect(hooksIn(effects)).toEqual(['BACKUP']);
  });

  it('tells it when the kernel shows nothing bound, and then with every heartbeat', () => {
    const first = step(master(), asked());
    expect(reportOf(first.state, hostAt()).released).toBeUndefined();
    expect(beatsIn(first.effects)).toEqual([]);
    const done = step(first.state, kernel([]));
    expect(beatsIn(done.effects)).toEqual(['released']);
    expect(reportOf(done.state, hostAt()).released).toBe(EPOCH);
    expect(reportOf(step(done.state, asked(102)).state, hostAt()).released).toBe(EPOCH);
  });

  it('with nothing to unbind not before the kernel has been looked at: something comes before', () => {
    const first = step(master({ bound: [] }), asked());
    expect(beatsIn(first.effects)).toEqual([]);
    expect(beatsIn(step(first.state, asked(102)).effects)).toEqual([]);
    expect(beatsIn(step(first.state, kernel([])).effects)).toEqual(['released']);
  });

  it('never binds again at that epoch, and does at the next', () => {
    const let_ = step(step(master(), asked()).state, kernel([])).state;
    const late = answer({ rev: 103, role: 'MASTER', holder: null });
    const stale = step(let_, { kind: 'answer', answer: late, sentAt: boot(0), resigned: false });
    expect(boundBy(stale.effects)).toEqual([]);
    const next = { ...late, rev: 104, epoch: EPOCH + 1 };
    const again = step(let_, { kind: 'answer', answer: next, sentAt: boot(0), resigned: false });
    expect(boundBy(again.effects)).toEqual([VIP]);
    expect(reportOf(again.state, hostAt()).released).toBeUndefined();
  });
});

describe('release: a leaver', () => {
  const leaver = master({ leaving: { by: boot(5000), acknowledged: true } });
  const said = (released: number | undefined, rev = 102): HolderInput => ({
    kind: 'answer',
    answer: answer({ rev, epoch: EPOCH, role: 'MASTER', release: true, holder: null }),
    sentAt: boot(0),
    resigned: true,
    released,
  });

  it('stays until what it let go of has been heard', () => {
    const let_ = step(leaver, asked());
    expect(kindsOf(let_.effects)).not.toContain('left');
    const free = step(let_.state, kernel([]));
    expect(kindsOf(free.effects)).not.toContain('left');
    expect(kindsOf(step(free.state, said(undefined)).effects)).not.toContain('left');
    expect(kindsOf(step(free.state, said(EPOCH)).effects)).toContain('left');
  });
});
