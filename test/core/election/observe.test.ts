/** Proves that a group that observes follows whoever has the VIPs, tells what it would do, and orders no move whatever happens. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Input, StepContext } from '../../../core/election/types.ts';
import type { GroupState } from '../../../core/wire/item.ts';
import {
  A,
  at,
  B,
  beatOf,
  C,
  claim,
  ENI,
  EPOCH,
  eventsIn,
  failedResult,
  groupConfig,
  HB_MS,
  heldState,
  heldWith,
  looksIn,
  movedInput,
  movesIn,
  movingState,
  observedInput,
  PRESENT,
  run,
  STRANGER_ENI,
} from '../fixtures.ts';

const observed = groupConfig({ observe: true });
const on = (offsetMs = 0, config = observed): StepContext => ({ now: at(offsetMs), config, mayMove: true });
const fault = beatOf(A, { health: 'fault' });
const silence = beatOf(B, { claim: claim() });
const would = (to: string | null, reason: string, since = 0, seen = since) => ({
  to,
  reason,
  since: at(since),
  at: at(seen),
});

describe('observe: what would be done', () => {
  it.each([
    ['a FAULT', heldState(), fault, B, 'fault'],
    ['a claim of silence', heldState(), silence, B, 'silence'],
    ['a holder that resigns', heldWith({ [A]: { resignedAt: at(-10) } }), beatOf(B), B, 'resign'],
  ])('%s is noted and told, and nothing moves', (_, state, input, to, reason) => {
    const { state: next, effects, transferred, onSilence } = run(state, input, on());
    expect([transferred, onSilence]).toEqual([undefined, undefined]);
    expect(next).toMatchObject({ holder: A, epoch: EPOCH, phase: 'held', would: would(to, reason) });
    expect(movesIn(effects)).toEqual([]);
    expect(effects).toContainEqual({
      kind: 'emit',
      event: expect.objectContaining({ type: 'would-move', from: A, to, reason, epoch: EPOCH }) as unknown,
    });
  });

  it('is told once while it is called for, and again when it is something else', () => {
    const first = run(heldState(), fault, on());
    const again = run(first.state, beatOf(A, { health: 'fault' }, 12), on(HB_MS));
    expect(again.state.would).toEqual(would(B, 'fault', 0, HB_MS));
    expect(eventsIn(again.effects)).toEqual([]);
    const other = run(again.state, beatOf(B, { claim: claim({ beat: '7:12' }) }), on(2 * HB_MS));
    expect(other.state.would).toEqual(would(B, 'fault', 0, 2 * HB_MS));
    const faultyB = run(again.state, beatOf(B, { health: 'fault' }), on(2 * HB_MS));
    expect(eventsIn(faultyB.effects)).toEqual([]);
    const toC = run(faultyB.state, beatOf(C), on(2 * HB_MS + 1));
    expect(toC.state.would).toEqual(would(C, 'fault', 2 * HB_MS + 1));
    expect(eventsIn(toC.effects)).toEqual(['would-move']);
  });

  it('is forgotten when nothing has called for it for five heartbeats', () => {
    const noted = heldState({ would: would(B, 'silence') });
    expect(run(noted, beatOf(A), on(5 * HB_MS)).state.would).toBeDefined();
    expect(run(noted, beatOf(A), on(5 * HB_MS + 1)).state.would).toBeUndefined();
  });

  it('is forgotten when the group observes no more', () => {
    const noted = heldState({ would: would(B, 'silence') });
    expect(run(noted, beatOf(A), on(1, groupConfig())).state.would).toBeUndefined();
  });
});

describe('observe: who holds', () => {
  it('is whoever a look shows to have the VIPs, in FAULT too, without a move', () => {
    const faulty = heldWith({ [B]: { health: 'fault' } });
    const { state, effects, transferred } = run(faulty, observedInput(ENI[B]), on());
    expect(transferred).toEqual({ to: B, reason: 'followed' });
    expect(state).toMatchObject({ phase: 'held', epoch: EPOCH + 1 });
    expect(movesIn(effects)).toEqual([]);
  });

  it('is looked for although something calls for a change all the time', () => {
    const faulty = heldWith({ [A]: { health: 'fault' } });
    expect(looksIn(run(faulty, beatOf(B, { vips: PRESENT }), on()).effects)).toHaveLength(1);
  });

  it('what would have been done before is forgotten with the old epoch', () => {
    const noted = heldState({ would: would(B, 'fault') });
    expect(run(noted, observedInput(ENI[B]), on()).state.would).toBeUndefined();
    const vacant = heldState({ holder: null, phase: 'vacant', would: would(A, 'first') });
    expect(run(vacant, beatOf(B), on()).state).toMatchObject({ holder: A });
    expect(run(vacant, beatOf(B), on()).state.would).toBeUndefined();
  });

  it('is looked for every 10 s, however often', () => {
    expect(run(heldState({ looks: 5 }), observedInput(ENI[B]), on()).state.lookNotBefore).toBeUndefined();
    expect(run(heldState({ looks: 5 }), observedInput(ENI[A]), on()).state.lookNotBefore).toBe(at(10_000));
  });

  it('a member that says it has them is reason to look', () => {
    expect(looksIn(run(heldState(), beatOf(B, { vips: PRESENT }), on()).effects)).toHaveLength(1);
  });

  it.each([null, STRANGER_ENI])(
    'VIPs at %s are noted as to be moved back, until a look finds them right',
    (owner) => {
      const noted = run(heldState(), observedInput(owner), on());
      expect(noted.state.would).toEqual(would(A, 'drift'));
      expect(movesIn(noted.effects)).toEqual([]);
      expect(run(noted.state, beatOf(A), on(60_000)).state.would).toBeDefined();
      expect(run(noted.state, observedInput(ENI[A]), on(60_000)).state.would).toBeUndefined();
    },
  );

  it('other notes outlive a look that finds the VIPs right', () => {
    const noted = heldState({ would: would(B, 'fault') });
    expect(run(noted, observedInput(ENI[A]), on(1)).state.would).toBeDefined();
  });

  it('of a group that begins, the member that has them; else nobody, and that is told', () => {
    const { holder: _, ...rest } = heldState({ phase: 'vacant', firstReportAt: at(-60_000) });
    const vacant: GroupState = { ...rest, holder: null, epoch: 0 };
    expect(run(vacant, beatOf(B), on()).transferred).toEqual({ to: A, reason: 'adopt' });
    const nowhere: GroupState = { ...vacant, members: heldWith({ [A]: { inFabric: false } }).members };
    const told = run(nowhere, beatOf(B), on());
    expect(told.transferred).toBeUndefined();
    expect(told.state.would).toEqual(would(A, 'first'));
    expect(run(vacant, beatOf(B), on(0, groupConfig({ observe: true, adopt: false }))).state.would).toEqual(
      would(A, 'first'),
    );
  });

  it('of an item that was restored, the same, above every epoch that was seen', () => {
    const restored = run(heldState(), beatOf(A, { epochSeen: EPOCH + 3 }), on());
    expect(restored.transferred).toEqual({ to: A, reason: 'restored' });
    expect(restored.state).toMatchObject({ epoch: EPOCH + 4, phase: 'held' });
  });
});

describe('observe: what was begun before', () => {
  it('a move is not tried again: the fabric is looked at', () => {
    const { state, effects } = run(movingState(), beatOf(B), on(6000));
    expect(movesIn(effects)).toEqual([]);
    expect(looksIn(effects)).toHaveLength(1);
    expect(state).toMatchObject({ phase: 'held', holder: B });
    expect(state.move).toBeUndefined();
  });

  it('a group that is held is left alone', () => {
    expect(run(heldState(), beatOf(A), on()).state.dirtyAt).toBeUndefined();
  });
});

it('observe: an operator cannot fail over, but may adopt', () => {
  const order = (command: Extract<Input, { kind: 'operator' }>['command']): Input => ({
    kind: 'operator',
    command,
    by: 'arn:aws:iam::1:user/ops',
    reason: 'trial',
  });
  expect(run(heldState(), order({ do: 'failover' }), on()).refusal).toMatchObject({ code: 'Observing' });
  expect(looksIn(run(heldState(), order({ do: 'adopt' }), on()).effects)).toHaveLength(1);
});

it('observe: no sequence of inputs orders a move', () => {
  const inputs = fc.constantFrom<Input>(
    beatOf(A),
    fault,
    silence,
    beatOf(B, { vips: PRESENT }),
    beatOf(C, { claim: claim() }),
    beatOf(B, { resign: true }),
    beatOf(A, { resign: true }),
    beatOf(A, { epochSeen: EPOCH + 2 }),
    observedInput(ENI[B]),
    observedInput(STRANGER_ENI),
    observedInput(null),
    movedInput(),
    movedInput({ results: [failedResult(true)] }),
    movedInput({ results: [failedResult(false)] }),
    { kind: 'sweep', epoch: EPOCH, seenAt: at(0), observations: [] },
    {
      kind: 'sweep',
      epoch: EPOCH,
      seenAt: at(0),
      observations: observedInput(null).kind === 'observed' ? [{ address: '172.31.0.201', owner: null }] : [],
    },
  );
  const starts = fc.constantFrom(
    heldState(),
    movingState(),
    heldState({ paused: true }),
    heldState({ phase: 'vacant' }),
  );
  fc.assert(
    fc.property(starts, fc.array(fc.tuple(inputs, fc.nat(20_000)), { maxLength: 12 }), (start, told) => {
      let [state, now, seq] = [start, 0, 20];
      for (const [input, passMs] of told) {
        now += passMs;
        seq += 1;
        const fresh = input.kind === 'report' ? { ...input, beat: { ...input.beat, seq } } : input;
        const outcome = run(state, fresh, on(now));
        expect(movesIn(outcome.effects)).toEqual([]);
        state = outcome.state;
      }
    }),
  );
});
