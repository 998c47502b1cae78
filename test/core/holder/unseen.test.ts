/** Proves what a host does about VIPs that it cannot see in the fabric, or that it never binds. */
import { describe, expect, it } from 'vitest';
import { reportOf } from '../../../core/holder/report.ts';
import { UNSEEN_LINGER_MS } from '../../../core/holder/rules.ts';
import { initialHolder, stepHolder } from '../../../core/holder/step.ts';
import type { HolderState } from '../../../core/holder/types.ts';
import {
  answer,
  B,
  boot,
  boundBy,
  EPOCH,
  hooksIn,
  hostAt,
  LEASE_MS,
  master,
  profile,
  unboundBy,
} from '../fixtures.ts';

const ROUTE = '10.99.0.1';
const PUBLIC = '203.0.113.5';
const routed = (now = 0) => hostAt(now, { profile: profile({ vips: [ROUTE], seen: [] }) });
const elastic = (now = 0) => hostAt(now, { profile: profile({ vips: [], seen: [PUBLIC] }) });
const was = { epoch: EPOCH, relEpoch: 0, master: true };
const mine = answer({ role: 'MASTER', holder: { node: B, beat: '7:1', ageMs: 0, holdMs: 0, priority: 100 } });
const answered = (given: typeof mine, now: number) =>
  ({ kind: 'answer', answer: given, sentAt: boot(now - 10), resigned: false }) as const;
const heard = (now: number) => ({
  since: boot(now - 20_000),
  receivedAt: boot(now),
  sentAt: boot(now),
  sawChange: true,
});

describe('a route', () => {
  it('after a restart stays bound where it is, and is bound nowhere else, until the arbiter has spoken', () => {
    const start: HolderState = { ...initialHolder(was, {}), bound: [ROUTE] };
    const seen = stepHolder(start, { kind: 'witness', listed: [] }, routed());
    expect(seen.state).toMatchObject({ role: 'INIT', resuming: true });
    expect([...boundBy(seen.effects), ...unboundBy(seen.effects)]).toEqual([]);
    const rebooted = stepHolder(initialHolder(was, {}), { kind: 'witness', listed: [] }, routed());
    expect(boundBy(rebooted.effects)).toEqual([]);
    const told = stepHolder(rebooted.state, answered(mine, 100), routed(100));
    expect(boundBy(told.effects)).toEqual([ROUTE]);
    expect(hooksIn(told.effects)).toEqual(['MASTER']);
  });

  it('that a standby has bound goes with the first answer, and not before: it may be serving', () => {
    const start: HolderState = { ...initialHolder({ ...was, master: false }, {}), bound: [ROUTE] };
    const seen = stepHolder(start, { kind: 'witness', listed: [] }, routed());
    expect(unboundBy(seen.effects)).toEqual([]);
    const told = stepHolder(seen.state, answered(answer(), 100), routed(100));
    expect(unboundBy(told.effects)).toEqual([ROUTE]);
  });

  it('is kept in a blackout, however long', () => {
    let state = master({ bound: [ROUTE], listed: [], wasListed: true, streak: heard(0) });
    for (let now = 1000; now < 20 * LEASE_MS; now += 1000) {
      const next = stepHolder(state, { kind: 'witness', listed: [] }, routed(now));
      expect(unboundBy(next.effects)).toEqual([]);
      state = next.state;
    }
    expect(state.role).toBe('MASTER');
  });

  it('serves on for a while after it was taken away: that it has moved is never seen', () => {
    const lost = stepHolder(master({ bound: [ROUTE], listed: [] }), answered(answer(), 100), routed(100));
    expect(unboundBy(lost.effects)).toEqual([]);
    const until = Number(lost.state.lingerUntil);
    expect(until).toBe(boot(100 + UNSEEN_LINGER_MS));
    const early = stepHolder(lost.state, { kind: 'tick' }, { ...routed(), now: boot(until - 50_001) });
    expect(unboundBy(early.effects)).toEqual([]);
    const late = stepHolder(early.state, { kind: 'tick' }, { ...routed(), now: boot(until - 50_000) });
    expect(unboundBy(late.effects)).toEqual([ROUTE]);
  });

  const refusals = (start: HolderState, why: 'excluded' | 'refused', forMs: number) => {
    let state = start;
    const unbound: string[] = [];
    for (let now = 0; now <= forMs; now += 1000) {
      const next = stepHolder(state, { kind: 'unanswered', why }, routed(now));
      state = next.state;
      unbound.push(...unboundBy(next.effects));
    }
    return { state, unbound };
  };

  it('goes from a host that is told for more than a lease that it is no member any more', () => {
    const holder = master({ bound: [ROUTE], listed: [] });
    expect(refusals(holder, 'excluded', LEASE_MS).unbound).toEqual([]);
    const gone = refusals(holder, 'excluded', LEASE_MS + 1000);
    expect([gone.state.role, gone.unbound]).toEqual(['BACKUP', [ROUTE]]);
    const restarted: HolderState = { ...initialHolder(was, {}), looked: true, bound: [ROUTE] };
    expect(refusals(restarted, 'excluded', LEASE_MS + 1000).unbound).toEqual([ROUTE]);
    // And one that had lost the group before it restarted (simulation, seed 2082570).
    const replaced: HolderState = { ...restarted, resuming: false };
    expect(refusals(replaced, 'excluded', LEASE_MS + 1000).unbound).toEqual([ROUTE]);
  });

  it('stays where the arbiter has other reasons to say no, and where the host can see for itself', () => {
    const holder = master({ bound: [ROUTE], listed: [] });
    expect(refusals(holder, 'refused', 10 * LEASE_MS).unbound).toEqual([]);
    const seeing = master();
    for (let now = 0; now < 10 * LEASE_MS; now += 1000)
      expect(stepHolder(seeing, { kind: 'unanswered', why: 'excluded' }, hostAt(now)).state.role).toBe(
        'MASTER',
      );
  });

  it('is reported without a word on the fabric', () => {
    expect(reportOf(master({ bound: [ROUTE], listed: [] }), routed()).vips).toEqual({
      [ROUTE]: { bound: true },
    });
  });
});

describe('an Elastic IP', () => {
  it('is bound by nobody, and the holder is MASTER all the same', () => {
    const told = stepHolder(
      { ...initialHolder({ ...was, master: false }, {}), looked: true },
      answered(mine, 100),
      elastic(100),
    );
    expect(told.state.role).toBe('MASTER');
    expect(boundBy(told.effects)).toEqual([]);
    expect(hooksIn(told.effects)).toEqual(['MASTER']);
  });

  it('is reported as the witness lists it', () => {
    const state = master({ bound: [], listed: [PUBLIC] });
    expect(reportOf(state, elastic()).vips).toEqual({ [PUBLIC]: { bound: false, inFabric: true } });
  });

  it('that is listed elsewhere in a blackout is given up', () => {
    let state = master({ bound: [], listed: [PUBLIC], streak: heard(0) });
    for (let now = LEASE_MS + 1000; now < 2 * LEASE_MS + 2000; now += 1000)
      state = stepHolder(state, { kind: 'witness', listed: [] }, elastic(now)).state;
    expect(state.role).toBe('BACKUP');
  });
});
