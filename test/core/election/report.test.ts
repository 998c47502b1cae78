/** Proves what the arbiter remembers of a heartbeat, and what it forgets. */
import { describe, expect, it } from 'vitest';
import type { Input } from '../../../core/election/types.ts';
import type { GroupState, MemberState } from '../../../core/wire/item.ts';
import {
  A,
  ABSENT,
  at,
  B,
  BOOT,
  beatOf,
  C,
  ctxAt,
  EPOCH,
  groupConfig,
  heldState,
  heldWith,
  LEASE_MS,
  movingState,
  PRESENT,
  run,
  TWO_VIPS,
  VIP,
  VIP2,
} from '../fixtures.ts';

const taken = (state: GroupState, node: string, input: Input, ctx = ctxAt()): MemberState | undefined =>
  run(state, input, ctx).state.members[node];

describe('report: a resignation sticks until a newer boot', () => {
  const state = heldWith({ [B]: { resignedAt: at(-500) } });

  it('is kept, with its first instant, by a later heartbeat that does not repeat it', () => {
    expect(taken(state, B, beatOf(B))?.resignedAt).toBe(at(-500));
    expect(taken(state, B, beatOf(B, { resign: true }))?.resignedAt).toBe(at(-500));
  });

  it('ends with a newer boot', () => {
    expect(taken(state, B, beatOf(B, {}, 1, BOOT + 1))?.resignedAt).toBeUndefined();
  });
});

describe('report: how long a member has been ready', () => {
  it('runs on while it reports healthy within a lease', () => {
    expect(taken(heldState(), B, beatOf(B), ctxAt(LEASE_MS))?.okSince).toBe(at(-50_000));
  });

  it.each([
    ['more than a lease of silence', beatOf(B), LEASE_MS + 1],
    ['a restart', beatOf(B, {}, 1, BOOT + 1), 0],
  ])('begins anew after %s', (_, input, now) => {
    expect(taken(heldState(), B, input, ctxAt(now))?.okSince).toBe(at(now));
  });

  it('ends in FAULT and with a resignation', () => {
    expect(taken(heldState(), B, beatOf(B, { health: 'fault' }))?.okSince).toBeUndefined();
    expect(taken(heldState(), B, beatOf(B, { resign: true }))?.okSince).toBeUndefined();
  });
});

describe('report: what the witness of a member says', () => {
  const config = groupConfig({ vips: [...TWO_VIPS] });
  const one = { [VIP]: { bound: true, inFabric: true }, [VIP2]: { bound: true, inFabric: false } };

  it('counts a holder as having the VIPs only with all of them, a standby with any of them', () => {
    expect(taken(heldState(), A, beatOf(A, { vips: one }), ctxAt(0, config))?.inFabric).toBe(false);
    expect(taken(heldState(), B, beatOf(B, { vips: one }), ctxAt(0, config))?.inFabric).toBe(true);
  });

  it('believes only addresses of the group', () => {
    expect(
      taken(heldState(), B, beatOf(B, { vips: { '10.0.0.1': { bound: true, inFabric: true } } }))?.inFabric,
    ).toBe(false);
  });

  it('counts consecutive absences of a holder, only in phase held', () => {
    const missing = heldWith({ [A]: { absentLooks: 1 } });
    expect(taken(missing, A, beatOf(A, { vips: ABSENT }))?.absentLooks).toBe(2);
    expect(taken(missing, A, beatOf(A, { vips: PRESENT }))?.absentLooks).toBeUndefined();
    expect(taken(heldState(), B, beatOf(B, { vips: ABSENT }))?.absentLooks).toBeUndefined();
    expect(taken(movingState(), B, beatOf(B, { vips: ABSENT }))?.absentLooks).toBeUndefined();
  });

  it('remembers the epoch of the last absence while the VIP is present', () => {
    expect(taken(heldWith({ [B]: { absentEpoch: 3 } }), B, beatOf(B))?.absentEpoch).toBe(EPOCH);
    expect(taken(heldWith({ [B]: { absentEpoch: 3 } }), B, beatOf(B, { vips: PRESENT }))?.absentEpoch).toBe(
      3,
    );
  });
});

describe('report: the rest of the item', () => {
  it('keeps a ban over a restart and drops it when it has run out', () => {
    expect(taken(heldWith({ [B]: { banUntil: at(1) } }), B, beatOf(B, {}, 1, BOOT + 1))?.banUntil).toBe(
      at(1),
    );
    expect(taken(heldWith({ [B]: { banUntil: at(0) } }), B, beatOf(B))?.banUntil).toBeUndefined();
  });

  it('notes the first report of the group once', () => {
    const { firstReportAt: _, ...fresh } = heldState({
      holder: null,
      phase: 'vacant',
      epoch: 0,
      members: {},
    });
    const first = run(fresh, beatOf(B, { epochSeen: 0 })).state;
    expect(first.firstReportAt).toBe(at(0));
    expect(run(first, beatOf(C, { epochSeen: 0 }), ctxAt(700)).state.firstReportAt).toBe(at(0));
  });

  it('stores no undefined fields and no empty lists', () => {
    const stored = taken(heldState(), B, beatOf(B, { degradedBy: [], wavering: false }));
    expect(Object.values(stored ?? {})).not.toContain(undefined);
    expect(stored).not.toHaveProperty('degradedBy');
    expect(stored).not.toHaveProperty('wavering');
  });

  it('notes an epoch that an agent has seen above the item’s', () => {
    expect(run(heldState({ paused: true }), beatOf(B, { epochSeen: EPOCH + 4 })).state.epochFloor).toBe(
      EPOCH + 4,
    );
    expect(run(heldState(), beatOf(B, { epochSeen: EPOCH })).state.epochFloor).toBeUndefined();
  });
});
