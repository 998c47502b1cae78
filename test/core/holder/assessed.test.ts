/** Proves what the host's own checks change: the report, at once, and the state that hooks are told. */
import { describe, expect, it } from 'vitest';
import type { Assessment } from '../../../core/checks.ts';
import { initialHolder, stateName, stepHolder } from '../../../core/holder/step.ts';
import type { HolderState } from '../../../core/holder/types.ts';
import { beatsIn, EPOCH, hooksIn, hostAt, master, standby, unboundBy, VIP } from '../fixtures.ts';

const fine: Assessment = { health: 'ok', priority: 100, wavering: false, degradedBy: [] };
const fault: Assessment = { ...fine, health: 'fault', fault: 'check mysqld: connection refused' };
const assessed = (state: HolderState, assessment: Assessment) =>
  stepHolder(state, { kind: 'assessed', assessment }, hostAt());

describe('checks: the arbiter hears of a change at once', () => {
  it.each([
    ['a FAULT', fault, ['fault']],
    ['a first failure', { ...fine, wavering: true }, ['change']],
    ['another priority', { ...fine, priority: 90 }, ['change']],
    ['the same again', fine, []],
  ])('%s', (_, assessment, beats) => {
    expect(beatsIn(assessed(master(), assessment).effects)).toEqual(beats);
  });

  it('but not before the agent has found its place', () => {
    expect(
      beatsIn(assessed(initialHolder({ epoch: 0, relEpoch: 0, master: false }, {}), fault).effects),
    ).toEqual([]);
  });
});

describe('checks: health is a flag, not a role', () => {
  it('a MASTER in FAULT stays MASTER and keeps its VIP until the arbiter has found better', () => {
    const { state, effects } = assessed(master(), fault);
    expect(state.role).toBe('MASTER');
    expect(unboundBy(effects)).toEqual([]);
    expect(hooksIn(effects)).toEqual([]);
  });

  it('a BACKUP in FAULT is told as FAULT, once, and as BACKUP when it is well again', () => {
    const ill = assessed(standby(), fault);
    expect(hooksIn(ill.effects)).toEqual(['FAULT']);
    expect(hooksIn(stepHolder(ill.state, { kind: 'tick' }, hostAt()).effects)).toEqual([]);
    expect(hooksIn(assessed(ill.state, fine).effects)).toEqual(['BACKUP']);
  });

  it('hooks carry the epoch', () => {
    expect(assessed(standby(), fault).effects).toContainEqual({ kind: 'hook', state: 'FAULT', epoch: EPOCH });
  });

  it('names every state in keepalived’s words', () => {
    expect(stateName(master({ assessment: fault }))).toBe('MASTER');
    expect(stateName(standby({ assessment: fault }))).toBe('FAULT');
    expect(stateName(standby())).toBe('BACKUP');
    expect(stateName(standby({ role: 'INIT' }))).toBe('INIT');
    expect(stateName(standby({ role: 'INIT', assessment: fault }))).toBe('FAULT');
    expect(stateName(standby({ role: 'INIT', resuming: true, assessment: fault, bound: [VIP] }))).toBe(
      'INIT',
    );
  });
});
