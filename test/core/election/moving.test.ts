/** Proves how a move ends: committed, tried again, given to another target, or recognised as out of date. */
import { describe, expect, it } from 'vitest';
import { LOOK_SPACING_MS } from '../../../core/election/rules.ts';
import {
  A,
  at,
  B,
  beatOf,
  C,
  ctxAt,
  EPOCH,
  eventsIn,
  failedResult,
  groupConfig,
  HB_MS,
  heldState,
  looksIn,
  member,
  metricsIn,
  movedInput,
  movesIn,
  movingState,
  run,
} from '../fixtures.ts';

describe('moved: the fabric’s answer', () => {
  it('commits: held by the target, under the same epoch', () => {
    const { state, effects } = run(movingState(), movedInput(), ctxAt(200));
    expect(state).toMatchObject({ phase: 'held', holder: B, epoch: EPOCH, phaseAt: at(200), rev: 101 });
    expect(state.move).toBeUndefined();
    expect(eventsIn(effects)).toEqual(['committed']);
    expect(effects[0]).toMatchObject({ event: { detail: { moveMs: 200, attempt: 1 } } });
  });

  it('tries again at once after a transient failure, with the same target and epoch', () => {
    const { state, effects } = run(
      movingState(),
      movedInput({ results: [failedResult(false)] }),
      ctxAt(2000),
    );
    expect(state).toMatchObject({ phase: 'moving', holder: B, epoch: EPOCH });
    expect(movesIn(effects)).toMatchObject([
      { to: B, epoch: EPOCH, moveId: 101, attempt: 2, abortAt: at(4000) },
    ]);
    expect(eventsIn(effects)).toEqual(['move-failed']);
    expect(metricsIn(effects)).toEqual({ MoveErrors: 1 });
  });

  it('gives the VIP to another after a permanent failure and bars the target for a minute', () => {
    const { state, effects, transferred } = run(movingState(), movedInput({ results: [failedResult(true)] }));
    expect(state.members[B]?.banUntil).toBe(at(60_000));
    expect(transferred).toEqual({ to: A, reason: 'target-refused' });
    expect(movesIn(effects)).toMatchObject([{ to: A, epoch: EPOCH + 1 }]);
  });

  it('does not hammer a fabric that refused the only target there is', () => {
    const alone = movingState({ members: { [B]: member() } });
    const barred = run(alone, movedInput({ results: [failedResult(true)] }));
    expect(movesIn(barred.effects)).toEqual([]);
    expect(movesIn(run(barred.state, beatOf(B), ctxAt(59_999)).effects)).toEqual([]);
    expect(movesIn(run(barred.state, beatOf(B), ctxAt(60_000)).effects)).toMatchObject([
      { to: B, attempt: 2 },
    ]);
  });
});

describe('moved: a stale mover is recognised', () => {
  it.each([
    ['of another order', movingState(), { moveId: 99 }],
    ['of an older epoch', movingState(), { epoch: EPOCH - 1 }],
    ['after the group was committed', heldState(), {}],
  ])('%s: it commits nothing, is counted, and the fabric is looked at', (_, state, over) => {
    const { state: next, effects } = run(state, movedInput(over));
    expect(next).toMatchObject({
      phase: state.phase,
      epoch: state.epoch,
      holder: state.holder,
      // Where the look is ordered in the same step, the mark stays until that look has been answered.
      dirtyAt: at(state.phase === 'held' ? LOOK_SPACING_MS : 0),
    });
    expect(eventsIn(effects)[0]).toBe('move-stale');
    expect(metricsIn(effects)).toEqual({ StaleMoves: 1 });
    expect(looksIn(effects)).toHaveLength(state.phase === 'held' ? 1 : 0);
  });
});

describe('moving: an order that was lost with its Lambda is resumed', () => {
  const targetBeatsOn = movingState({ members: { ...movingState().members, [B]: member({ at: at(4500) }) } });

  it('after 5 s and not before, with the same target and epoch', () => {
    expect(movesIn(run(targetBeatsOn, beatOf(C), ctxAt(4999)).effects)).toEqual([]);
    const { effects, transferred } = run(targetBeatsOn, beatOf(C), ctxAt(5000));
    expect(transferred).toBeUndefined();
    expect(movesIn(effects)).toMatchObject([{ to: B, epoch: EPOCH, attempt: 2, abortAt: at(7000) }]);
  });

  it('and how long the fabric has been being changed goes on counting', () => {
    const { state } = run({ ...targetBeatsOn, phaseAt: at(-9000) }, beatOf(C), ctxAt(5000));
    expect(state).toMatchObject({ phaseAt: at(-9000), move: { attempt: 2, at: at(5000) } });
  });
});

describe('moving: a target that cannot serve is given up', () => {
  const silentFor = 2 * HB_MS;
  const { [B]: _, ...others } = groupConfig().members;

  it.each([
    ['target-silent', movingState(), beatOf(C), ctxAt(silentFor + 1)],
    ['target-fault', movingState(), beatOf(B, { health: 'fault' }), ctxAt()],
    ['target-resigned', movingState(), beatOf(B, { resign: true }), ctxAt()],
    ['target-removed', movingState(), beatOf(C), ctxAt(0, groupConfig({ members: others }))],
  ])('%s', (reason, state, input, ctx) => {
    const { transferred, state: next } = run(state, input, ctx);
    expect(transferred?.reason).toBe(reason);
    expect(transferred?.to).not.toBe(B);
    expect(next.epoch).toBe(EPOCH + 1);
  });

  it('not yet when its last report is exactly two heartbeats old', () => {
    expect(run(movingState(), beatOf(C), ctxAt(silentFor)).transferred).toBeUndefined();
  });

  it('not when nobody healthy is there to take its place: the move goes on', () => {
    const alone = movingState({ members: { [B]: member(), [C]: member({ health: 'fault' }) } });
    const { transferred, state } = run(alone, beatOf(B, { health: 'fault' }));
    expect(transferred).toBeUndefined();
    expect(state.phase).toBe('moving');
  });

  it('not in a paused group, where moves only finish', () => {
    expect(run(movingState({ paused: true }), beatOf(B, { health: 'fault' })).transferred).toBeUndefined();
    expect(run(movingState({ paused: true }), movedInput()).state.phase).toBe('held');
  });

  it('when the fabric refused it for good, a living FAULT is better than nobody', () => {
    const others = { [A]: member({ health: 'fault', inFabric: true }), [C]: member({ at: at(-9000) }) };
    const state = movingState({ members: { [B]: member(), ...others } });
    expect(run(state, movedInput({ results: [failedResult(true)] })).transferred).toEqual({
      to: A,
      reason: 'target-refused',
    });
  });
});
