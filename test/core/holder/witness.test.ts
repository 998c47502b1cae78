/** Proves what the metadata service's word decides: resuming after a restart, and giving up in a blackout. */
import { describe, expect, it } from 'vitest';
import { initialHolder, stepHolder } from '../../../core/holder/step.ts';
import type { HolderState } from '../../../core/holder/types.ts';
import {
  answer,
  beatsIn,
  boot,
  boundBy,
  EPOCH,
  hooksIn,
  hostAt,
  kindsOf,
  LEASE_MS,
  master,
  standby,
  unboundBy,
  VIP,
} from '../fixtures.ts';

const witness = (state: HolderState, listed: readonly string[] | 'unknown', now = 0) =>
  stepHolder(state, { kind: 'witness', listed }, hostAt(now));
const looks = (
  state: HolderState,
  count: number,
  listed: readonly string[] | 'unknown',
  now: number,
): HolderState => {
  let after = state;
  for (let index = 0; index < count; index += 1) after = witness(after, listed, now).state;
  return after;
};

describe('restart: what was served before', () => {
  const was = { epoch: EPOCH, relEpoch: 0, master: true };

  it('goes on without the arbiter while the fabric delivers here', () => {
    const { state, effects } = witness(initialHolder(was, {}), [VIP]);
    expect(state).toMatchObject({ role: 'MASTER', epoch: EPOCH, resuming: false });
    expect(boundBy(effects)).toEqual([VIP]);
    expect(hooksIn(effects)).toEqual(['MASTER']);
  });

  it('ends when the fabric delivers elsewhere', () => {
    const { state, effects } = witness({ ...initialHolder(was, {}), bound: [VIP] }, []);
    expect(state.role).toBe('BACKUP');
    expect(unboundBy(effects)).toEqual([VIP]);
  });

  it('is not touched before either has spoken, and an error of the witness says nothing', () => {
    const start = { ...initialHolder(was, {}), bound: [VIP] };
    expect(stepHolder(start, { kind: 'tick' }, hostAt(60_000)).effects).toEqual([]);
    const { state, effects } = witness(start, 'unknown');
    expect(state).toMatchObject({ role: 'INIT', resuming: true });
    expect(effects).toEqual([]);
  });

  it.each([
    ['it was a standby', { ...was, master: false }],
    ['it had given that epoch up', { ...was, relEpoch: EPOCH }],
  ])('is not resumed when %s', (_, memory) => {
    expect(witness(initialHolder(memory, {}), [VIP]).state.role).not.toBe('MASTER');
  });

  it('before the first answer, an address that the fabric delivers here stays and any other goes', () => {
    const start = { ...initialHolder({ ...was, master: false }, {}), bound: [VIP] };
    expect(unboundBy(stepHolder(start, { kind: 'tick' }, hostAt()).effects)).toEqual([]);
    expect(unboundBy(witness(start, [VIP]).effects)).toEqual([]);
    expect(unboundBy(witness(start, []).effects)).toEqual([VIP]);
  });
});

describe('blackout: fail static while the witness lists the VIP', () => {
  const blind = 60_000;

  it('a MASTER keeps it, however long the arbiter is silent', () => {
    const after = looks(master(), 5, [VIP], blind);
    expect(after.role).toBe('MASTER');
    expect(stepHolder(after, { kind: 'tick' }, hostAt(3_600_000)).effects).toEqual([]);
  });

  it('and gives it up after three looks without it', () => {
    expect(looks(master(), 2, [], blind).role).toBe('MASTER');
    const { state, effects } = witness(looks(master(), 2, [], blind), [], blind);
    expect(state.role).toBe('BACKUP');
    expect(unboundBy(effects)).toEqual([VIP]);
    expect(kindsOf(effects)).toContain('persist');
  });

  it('only if it was listed in this epoch: a move may still be on its way', () => {
    expect(looks(master({ wasListed: false, listed: [] }), 9, [], blind).role).toBe('MASTER');
  });

  it('looks that err count for nothing, one that lists it starts the count anew', () => {
    expect(looks(looks(master(), 2, [], blind), 5, 'unknown', blind).role).toBe('MASTER');
    expect(looks(witness(looks(master(), 2, [], blind), [VIP], blind).state, 2, [], blind).role).toBe(
      'MASTER',
    );
  });

  it('with an arbiter that answers, the arbiter decides', () => {
    expect(looks(master(), 9, [], LEASE_MS).role).toBe('MASTER');
    expect(looks(master(), 9, [], LEASE_MS + 1).role).toBe('BACKUP');
  });

  it('takes it back when the arbiter, heard again, says so', () => {
    const gaveUp = { ...looks(master(), 3, [], blind), bound: [] };
    const told = { rev: 101, role: 'MASTER' as const, holder: null };
    const { state, effects } = stepHolder(
      gaveUp,
      { kind: 'answer', answer: answer(told), sentAt: boot(blind), resigned: false },
      hostAt(blind + 10),
    );
    expect(state.role).toBe('MASTER');
    expect(boundBy(effects)).toEqual([VIP]);
  });
});

describe('witness: a member that was taken out before the VIPs ever came', () => {
  const refusedAt = (ms: number) =>
    stepHolder(
      master({ wasListed: false, listed: [], refusedSince: undefined }),
      { kind: 'unanswered', why: 'refused' },
      hostAt(ms),
    ).state;

  it('is told nothing any more, and gives up after a lease of refusals and three looks', () => {
    const looked = (count: number, at: number) => {
      let state = refusedAt(0);
      for (let look = 0; look < count; look += 1)
        state = stepHolder(state, { kind: 'witness', listed: [] }, hostAt(at + look)).state;
      return state.role;
    };
    expect(looked(10, 100)).toBe('MASTER');
    expect(looked(2, 3001)).toBe('MASTER');
    expect(looked(3, 3001)).toBe('BACKUP');
  });
});

describe('witness: the arbiter hears of a change at once', () => {
  it('of the VIP’s coming or going, not of the same again', () => {
    expect(beatsIn(witness(master(), []).effects)).toEqual(['change']);
    expect(beatsIn(witness(standby(), [VIP]).effects)).toEqual(['change']);
    expect(beatsIn(witness(master(), [VIP]).effects)).toEqual([]);
  });
});
