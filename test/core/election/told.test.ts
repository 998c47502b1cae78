/** Proves what is told of a group, to the last field: operators read it when something has gone wrong, and timelines are built of it. */
import { describe, expect, it } from 'vitest';
import { initialState } from '../../../core/election/initial.ts';
import type { Effect, GroupEvent } from '../../../core/election/types.ts';
import { durationMs } from '../../../core/time.ts';
import type { GroupConfig } from '../../../core/wire/item.ts';
import {
  A,
  at,
  B,
  BOOT,
  beatOf,
  C,
  claim,
  ctxAt,
  EPOCH,
  failedResult,
  groupConfig,
  heldState,
  heldWith,
  LEASE_MS,
  movedInput,
  movingState,
  observedInput,
  PRESENT,
  run,
  VIP,
} from '../fixtures.ts';

const exclusive = (over: Partial<GroupConfig> = {}): GroupConfig =>
  groupConfig({ exclusive: true, leaseMs: durationMs(5000), ...over });
const told = (effects: readonly Effect[]): GroupEvent[] =>
  effects.flatMap((effect) => (effect.kind === 'emit' ? [effect.event] : []));
const event = (fields: Partial<GroupEvent>): GroupEvent =>
  ({ group: 'mysql', epoch: EPOCH, from: null, to: null, reason: '', at: at(0), ...fields }) as GroupEvent;

describe('told: changes of holder', () => {
  it('a transfer says from whom, to whom, why, and how old the last beat was', () => {
    const state = heldWith({ [A]: { at: at(-3200) } });
    const { effects } = run(state, beatOf(B, { claim: claim() }));
    expect(told(effects)).toEqual([
      event({
        type: 'transfer',
        epoch: EPOCH + 1,
        from: A,
        to: B,
        reason: 'silence',
        detail: { lastBeatAgeMs: 3200, silentMs: LEASE_MS, beat: `${BOOT}:10`, by: B },
      }),
    ]);
  });

  it('the first one comes from nobody, and no beat is old', () => {
    const state = { ...heldState({ phase: 'vacant', epoch: 0, reason: 'created' }), holder: null };
    expect(told(run(state, beatOf(B, { epochSeen: 0 })).effects)).toEqual([
      event({ type: 'transfer', epoch: 1, to: A, reason: 'adopt' }),
    ]);
  });

  it('a commit says how long the move took and which attempt it was', () => {
    const state = movingState({ move: { id: 100, attempt: 3, at: at(0), inFlight: true } });
    expect(told(run(state, movedInput(), ctxAt(70)).effects)).toEqual([
      event({ type: 'committed', to: B, reason: 'silence', at: at(70), detail: { moveMs: 70, attempt: 3 } }),
    ]);
  });

  it('the same holder going on, and nobody holding any more, are transfers too', () => {
    const again = heldWith({ [A]: { released: EPOCH } });
    const ctx = ctxAt(0, exclusive());
    const lapsed = run(again, beatOf(A, { released: EPOCH }), ctx);
    expect(told(lapsed.effects)).toEqual([
      event({ type: 'transfer', epoch: EPOCH + 1, from: A, to: A, reason: 'lapsed' }),
    ]);
    const alone = heldWith({ [A]: { resignedAt: at(-100) }, [B]: { at: at(-9000) }, [C]: { at: at(-9000) } });
    const vacated = run(alone, beatOf(A, { resign: true, released: EPOCH }), ctx);
    expect(told(vacated.effects)).toEqual([
      event({ type: 'transfer', epoch: EPOCH + 1, from: A, reason: 'released' }),
    ]);
  });
});

describe('told: what went wrong', () => {
  it('a failed move says with which code, for good or not, and which attempt it was', () => {
    const results = [failedResult(false), { ...failedResult(true), address: '10.0.0.9' }];
    const { effects } = run(movingState(), movedInput({ results }), ctxAt(0, groupConfig(), false));
    expect(told(effects)).toEqual([
      event({
        type: 'move-failed',
        to: B,
        reason: 'silence',
        detail: { code: 'RequestLimitExceeded', permanent: true, attempt: 1 },
      }),
    ]);
    expect(effects).toContainEqual({ kind: 'metric', name: 'MoveErrors', value: 2 });
  });

  it('a failure without a reason is at least told as unknown, and tried again', () => {
    const { effects, state } = run(movingState(), movedInput({ results: [{ address: VIP, ok: false }] }));
    expect(told(effects)[0]?.detail).toEqual({ code: 'Unknown', permanent: false, attempt: 1 });
    expect(state.members[B]?.banUntil).toBeUndefined();
  });

  it('a stale mover says whose order it carried out', () => {
    const { effects } = run(
      heldState(),
      movedInput({ epoch: 4, moveId: 77 }),
      ctxAt(0, groupConfig(), false),
    );
    expect(told(effects)).toEqual([
      event({ type: 'move-stale', to: A, reason: 'first', detail: { staleEpoch: 4, staleMove: 77 } }),
    ]);
  });

  it('drift says where each VIP was found', () => {
    const { effects } = run(heldState(), observedInput(null));
    expect(told(effects)).toEqual([
      event({ type: 'drift', to: A, reason: 'drift', detail: { owners: `${VIP}=none` } }),
    ]);
  });

  it('a refused claim says who claimed against whom, and why it fell', () => {
    const { effects } = run(heldState(), beatOf(C, { claim: claim({ epoch: 4 }) }));
    expect(told(effects)).toEqual([
      event({ type: 'claim-refused', from: A, to: C, reason: `the epoch is ${EPOCH}, not 4` }),
    ]);
  });

  it('a claim against a vacant group falls because it is vacant, exclusive or not', () => {
    const vacant = { ...heldState({ phase: 'vacant' }), holder: null };
    for (const config of [
      groupConfig({ leaseMs: durationMs(600_000) }),
      exclusive({ leaseMs: durationMs(600_000) }),
    ]) {
      const { effects } = run(vacant, beatOf(C, { claim: claim() }), ctxAt(0, config));
      expect(told(effects)[0]?.reason).toBe('the group is vacant');
    }
  });
});

describe('told: of exclusive groups and operators', () => {
  it('asking for a release says whom, for whom, why and on what evidence', () => {
    const { effects } = run(
      heldState(),
      beatOf(A, { health: 'fault', vips: PRESENT }),
      ctxAt(0, exclusive()),
    );
    expect(told(effects)).toEqual([event({ type: 'releasing', from: A, to: B, reason: 'fault' })]);
  });

  it('a release that is not answered says so', () => {
    const state = heldState({ phase: 'releasing', reason: 'drained', phaseAt: at(-3000) });
    const { effects, state: next } = run(state, beatOf(A), ctxAt(0, exclusive()));
    expect(next.phase).toBe('held');
    expect(told(effects)).toEqual([event({ type: 'release-refused', to: A, reason: 'drained' })]);
  });

  it.each([
    [{ do: 'failover' } as const, 'failover'],
    [{ do: 'failover', to: C } as const, `failover ${C}`],
    [{ do: 'drain', node: B } as const, `drain ${B}`],
    [{ do: 'pause' } as const, 'pause'],
  ])('a command %j says what was ordered, by whom and why, and does nothing else', (command, words) => {
    const { effects } = run(heldState(), { kind: 'operator', command, by: 'ops', reason: 'patch day' });
    expect(effects).toEqual([
      {
        kind: 'emit',
        event: event({
          type: 'operator',
          from: A,
          to: A,
          reason: 'patch day',
          detail: { command: words, by: 'ops' },
        }),
      },
    ]);
  });
});

describe('told: at the beginning', () => {
  it('a new group is vacant at epoch 0, created and written by nobody', () => {
    expect(initialState(groupConfig(), at(0))).toEqual({
      group: 'mysql',
      rev: 0,
      nonce: '',
      configHash: 'abc',
      epoch: 0,
      holder: null,
      phase: 'vacant',
      phaseAt: at(0),
      reason: 'created',
      members: {},
    });
  });
});
