/** Proves what the word of the cloud about a machine is worth: what it makes unfit, what it moves, what it proves, and what refutes it. */
import { describe, expect, it } from 'vitest';
import { isProved } from '../../../core/election/proof.ts';
import type { Input } from '../../../core/election/types.ts';
import { after, durationMs } from '../../../core/time.ts';
import type { GroupState, InstanceFact } from '../../../core/wire/item.ts';
import {
  A,
  at,
  B,
  BOOT,
  beatOf,
  C,
  claim,
  ctxAt,
  eventsIn,
  groupConfig,
  heldState,
  heldWith,
  movesIn,
  movingState,
  run,
  STRANGER,
} from '../fixtures.ts';

const says = (node: string, said: InstanceFact, seq = 10, boot = BOOT): Input => ({
  kind: 'instance',
  node,
  said,
  beat: { boot, seq },
});
/** So long after the holder's last heartbeat a machine that runs would have been heard of again. */
const SILENT = 2000;
const exclusive = groupConfig({ exclusive: true });
const soon = ctxAt(SILENT);
/** B and C go on beating while A is silent. */
const beating = (atMs: number, over: Partial<GroupState> = {}): GroupState =>
  heldWith({ [B]: { at: at(atMs) }, [C]: { at: at(atMs) } }, over);
const cloudOf = (state: GroupState, node: string) => state.members[node]?.cloud;

describe('instance: gone', () => {
  it.each(['stopped', 'terminated'] as const)('%s: somebody else holds, at once', (said) => {
    const outcome = run(beating(SILENT), says(A, said), soon);
    expect(outcome.transferred).toEqual({ to: B, reason: said });
    expect(movesIn(outcome.effects)).toHaveLength(1);
    expect(eventsIn(outcome.effects)).toEqual(['instance', 'transfer']);
  });

  it('even somebody in FAULT: that is better than a machine that has ended', () => {
    const state = heldWith({ [B]: { at: at(SILENT), health: 'fault' } });
    expect(run(state, says(A, 'stopped'), soon).transferred).toEqual({ to: B, reason: 'stopped' });
  });

  it('is a matter of the brake as little as a resignation', () => {
    expect(run(beating(SILENT), says(A, 'stopped'), soon).onSilence).toBeUndefined();
  });

  it('is put off by a pause', () => {
    const { state, transferred } = run(beating(SILENT, { paused: true }), says(A, 'stopped'), soon);
    expect(transferred).toBeUndefined();
    expect(run({ ...state, paused: false }, beatOf(B), soon).transferred).toEqual({
      to: B,
      reason: 'stopped',
    });
  });

  it('a standby that is gone is none, however fresh a clock that stepped makes it look', () => {
    const gone = { cloud: { said: 'stopped' as const, at: at(0) } };
    const state = heldWith({ [B]: gone, [C]: { ...gone, cloud: { said: 'terminated', at: at(0) } } });
    expect(run(state, beatOf(A, { health: 'fault' })).transferred).toBeUndefined();
  });

  it('a standby that is gone is none', () => {
    const { state, transferred } = run(beating(SILENT), says(B, 'stopped'), ctxAt(2 * SILENT));
    expect([transferred, cloudOf(state, B)?.said]).toEqual([undefined, 'stopped']);
    const fit = { ...state, members: { ...state.members, [C]: { ...state.members[C], at: at(2 * SILENT) } } };
    const failing = run(fit as GroupState, beatOf(A, { health: 'fault' }), ctxAt(2 * SILENT));
    expect(failing.transferred?.to).toBe(C);
  });
});

describe('instance: what refutes that a machine is gone', () => {
  it('a heartbeat newer than the one that was known when the cloud was asked', () => {
    const state = run(beating(SILENT), beatOf(A), ctxAt(100)).state;
    const outcome = run(state, says(A, 'stopped', 10), ctxAt(100 + SILENT));
    expect(cloudOf(outcome.state, A)?.said).toBe('stopping');
    expect(run(state, says(A, 'stopped', 11), ctxAt(100 + SILENT)).transferred?.reason).toBe('stopped');
  });

  it('a heartbeat not long ago: the word may be of before it was started', () => {
    const outcome = run(beating(SILENT), says(A, 'stopped'), ctxAt(SILENT - 1));
    expect([cloudOf(outcome.state, A)?.said, outcome.transferred]).toEqual(['stopping', undefined]);
  });

  it('a newer start of its agent: nothing at all is marked', () => {
    const state = beating(SILENT);
    for (const said of ['stopped', 'stopping', 'spot', 'retiring'] as const)
      expect(run(state, says(A, said, 10, BOOT - 1), soon).state).toBe(state);
  });

  it('any heartbeat afterwards: a machine that sends is not gone', () => {
    const marked = run(heldState(), says(A, 'stopped'), soon).state;
    expect(cloudOf(marked, A)?.said).toBe('stopped');
    expect(cloudOf(run(marked, beatOf(A), soon).state, A)).toBeUndefined();
  });

  it('the cloud itself, later', () => {
    const marked = run(heldState(), says(A, 'stopped'), soon).state;
    expect(cloudOf(run(marked, says(A, 'running'), soon).state, A)).toBeUndefined();
  });
});

describe('instance: leaving', () => {
  it.each(['stopping', 'shutting-down', 'spot', 'terminating'] as const)(
    '%s: the holder serves until its successor’s own request, as one that resigns',
    (said) => {
      const { state, transferred } = run(heldState(), says(A, said));
      expect(transferred).toBeUndefined();
      expect(run(state, beatOf(C), ctxAt(100)).transferred).toBeUndefined();
      expect(run(state, beatOf(B), ctxAt(100)).transferred).toEqual({ to: B, reason: said });
    },
  );

  it('or until 1.2 heartbeats have passed, then anybody’s request does', () => {
    const { state } = run(beating(1200), says(A, 'stopping'));
    expect(run(state, beatOf(C), ctxAt(1199)).transferred).toBeUndefined();
    expect(run(state, beatOf(C), ctxAt(1200)).transferred).toEqual({ to: B, reason: 'stopping' });
  });

  it('its own resignation is the reason that is told', () => {
    const { state } = run(heldWith({ [A]: { resignedAt: at(-5000) } }), says(A, 'stopping'));
    expect(state.reason).toBe('resign');
  });

  it('a standby that leaves is none', () => {
    const { state } = run(heldState(), says(B, 'spot'));
    expect(run(state, beatOf(A, { health: 'fault' })).transferred?.to).toBe(C);
  });

  it('is remembered with the heartbeats of the same start, and forgotten with a newer one', () => {
    const { state } = run(heldState(), says(B, 'spot'));
    expect(cloudOf(run(state, beatOf(B)).state, B)?.said).toBe('spot');
    expect(cloudOf(run(state, beatOf(B, {}, 1, BOOT + 1)).state, B)).toBeUndefined();
  });

  it('ends after a quarter of an hour: the event was wrong, or very late', () => {
    const marked = run(heldState(), says(B, 'spot')).state;
    const state = {
      ...marked,
      members: { ...marked.members, [B]: { ...marked.members[B], at: at(900_000) } },
    };
    const [last, over] = [900_000 - 1, 900_001].map(
      (ms) => run(state as GroupState, beatOf(A, { health: 'fault' }), ctxAt(ms)).transferred?.to,
    );
    expect([last, over]).toEqual([undefined, B]);
  });

  it('that the machine runs refutes a stop, and no notice of one', () => {
    const said = (fact: InstanceFact) => run(run(heldState(), says(B, fact)).state, says(B, 'running')).state;
    expect(cloudOf(said('stopping'), B)).toBeUndefined();
    expect(cloudOf(said('shutting-down'), B)).toBeUndefined();
    expect(cloudOf(said('spot'), B)?.said).toBe('spot');
    expect(cloudOf(said('terminating'), B)?.said).toBe('terminating');
  });

  it('a target of a move that leaves or is gone is given up', () => {
    const state = movingState({ members: heldWith({ [B]: { at: at(SILENT) } }).members });
    const fresh = heldWith({ [C]: { at: at(SILENT) } }, state).members;
    const moving = { ...state, members: { ...fresh, [B]: { ...fresh[B], at: at(0) } } } as GroupState;
    expect(run(moving, says(B, 'stopped'), soon).transferred).toEqual({ to: C, reason: 'target-gone' });
    expect(run(movingState(), says(B, 'stopping')).transferred).toMatchObject({ reason: 'target-leaving' });
  });
});

describe('instance: retiring', () => {
  it('gives the group to one that stays, when hold-down allows it', () => {
    const told = run(heldState(), says(A, 'retiring'));
    expect(told.transferred).toBeUndefined();
    expect(run(told.state, beatOf(B)).transferred).toEqual({ to: B, reason: 'retiring' });
    const held = run(heldState({ holdDownUntil: at(10_000) }), says(A, 'retiring')).state;
    expect(run(held, beatOf(B)).transferred).toBeUndefined();
  });

  it('but not to one that is degraded, nor to one that will be retired, too', () => {
    const others = heldWith({ [B]: { degradedBy: ['disk'] }, [C]: { at: at(-60_000) } });
    const told = run(others, says(A, 'retiring')).state;
    expect(run(told, beatOf(B, { degradedBy: ['disk'] })).transferred).toBeUndefined();
    const both = run(heldWith({ [C]: { at: at(-60_000) } }), says(B, 'retiring')).state;
    expect(run(run(both, says(A, 'retiring')).state, beatOf(B)).transferred).toBeUndefined();
  });

  it('is the last choice as a standby, and one all the same', () => {
    const { state } = run(heldState(), says(B, 'retiring'));
    expect(run(state, beatOf(A, { health: 'fault' })).transferred?.to).toBe(C);
    const alone = run(heldWith({ [C]: { at: at(-60_000) } }), says(B, 'retiring')).state;
    expect(run(alone, beatOf(A, { health: 'fault' })).transferred?.to).toBe(B);
  });

  it('takes nothing over by priority, or the group would come and go', () => {
    const config = groupConfig({ preempt: true });
    const better = { priority: 200, preempt: { epoch: 5, readyMs: 0 } };
    const { state } = run(
      heldWith({ [B]: { priority: 200 }, [C]: { at: at(-60_000) } }),
      says(B, 'retiring'),
      ctxAt(0, config),
    );
    expect(run(state, beatOf(B, better), ctxAt(0, config)).transferred).toBeUndefined();
    const degraded = heldWith({ [A]: { priority: 50, degradedBy: ['disk'] }, [C]: { at: at(-60_000) } });
    expect(run(run(degraded, says(B, 'retiring')).state, beatOf(B)).transferred).toBeUndefined();
  });

  it('outlives a restart of the agent, for the hardware is the same', () => {
    const { state } = run(heldState(), says(B, 'retiring'));
    expect(cloudOf(run(state, beatOf(B, {}, 1, BOOT + 1)).state, B)?.said).toBe('retiring');
  });
});

describe('instance: exclusive groups', () => {
  const held = (atMs: number, over: Partial<GroupState> = {}): GroupState =>
    heldWith({ [A]: { holdMs: 5000 }, [B]: { at: at(atMs) }, [C]: { at: at(atMs) } }, over);

  it('gone is proof: what a kernel had bound ends with the kernel', () => {
    const outcome = run(held(SILENT), says(A, 'stopped'), ctxAt(SILENT, exclusive));
    expect(outcome.transferred).toEqual({ to: B, reason: 'stopped' });
    expect(outcome.state.phase).toBe('moving');
  });

  it('and stays proof until the machine is heard of again', () => {
    const nobody = run(held(-60_000), says(A, 'stopped'), ctxAt(SILENT, exclusive));
    expect([nobody.transferred, nobody.state.phase]).toEqual([undefined, 'held']);
    expect(run(nobody.state, beatOf(B), ctxAt(9000, exclusive)).transferred?.to).toBe(B);
    const heard = run(nobody.state, beatOf(A), ctxAt(8999, exclusive)).state;
    expect(run(heard, beatOf(B), ctxAt(9000, exclusive)).transferred).toBeUndefined();
  });

  it('leaving is none: the holder is asked to let go, and nobody is chosen', () => {
    const { state } = run(held(0), says(A, 'stopping'), ctxAt(0, exclusive));
    const asked = run(state, beatOf(B), ctxAt(100, exclusive));
    expect([asked.state.phase, asked.transferred]).toEqual(['releasing', undefined]);
    const ended = run(asked.state, says(A, 'terminated'), ctxAt(SILENT, exclusive));
    const fresh = run(ended.state, beatOf(B, {}, 12), ctxAt(SILENT, exclusive));
    expect(fresh.transferred).toEqual({ to: B, reason: 'stopping' });
  });

  it('nor is gone while it may be of before the machine started: only a claim proves more', () => {
    const ctx = ctxAt(SILENT - 1, exclusive);
    const { state } = run(held(SILENT - 1), says(A, 'stopped'), ctx);
    expect(isProved(state, beatOf(C), ctx)).toBe(false);
    const silent = { claim: claim({ silentMs: 5250 }) };
    expect(isProved(state, beatOf(B, silent), ctxAt(5300, exclusive))).toBe(true);
  });

  it('a pause holds it up while the group is held, and not in the middle of a change', () => {
    const paused = run(held(SILENT, { paused: true }), says(A, 'stopped'), ctxAt(SILENT, exclusive));
    expect(paused.transferred).toBeUndefined();
    const releasing = held(SILENT, { paused: true, phase: 'releasing', reason: 'drained' });
    const outcome = run(releasing, says(A, 'stopped'), ctxAt(SILENT, exclusive));
    expect(outcome.transferred).toEqual({ to: B, reason: 'drained' });
  });

  it('an ordered successor is preferred', () => {
    const ordered = held(SILENT, { phase: 'releasing', handover: { to: C, at: at(SILENT) } });
    expect(run(ordered, says(A, 'stopped'), ctxAt(SILENT, exclusive)).transferred?.to).toBe(C);
  });

  it('a leaving holder whose lease ran out is succeeded rather than granted anew', () => {
    const state = held(100, { members: heldWith({ [A]: { holdMs: 5000, released: 5 } }).members });
    expect(run(state, says(A, 'spot'), ctxAt(100, exclusive)).transferred?.to).toBe(B);
  });

  it('a machine that has ended does not go on when its lease has run out', () => {
    const state = held(-60_000, { phase: 'releasing', reason: 'drained' });
    const ended = run(state, says(A, 'stopped'), ctxAt(SILENT, exclusive));
    expect([ended.transferred, ended.state.holder]).toEqual([undefined, A]);
  });
});

describe('instance: events come late, twice and about anybody', () => {
  it('the same again changes nothing', () => {
    const { state } = run(heldState(), says(B, 'spot'));
    expect(run(state, says(B, 'spot'), ctxAt(5000)).state).toBe(state);
    expect(run(state, says(B, 'stopping'), ctxAt(5000)).state).toBe(state);
  });

  it('a lesser word does not undo a worse one', () => {
    const gone = run(heldState(), says(B, 'stopped'), soon).state;
    for (const said of ['stopping', 'spot', 'retiring'] as const)
      expect(run(gone, says(B, said), soon).state).toBe(gone);
    const worse = run(run(heldState(), says(B, 'retiring')).state, says(B, 'spot')).state;
    expect(cloudOf(worse, B)?.said).toBe('spot');
  });

  it('one of a machine that was never heard of, or is no member, changes nothing', () => {
    const state = heldState();
    expect(run(state, says(STRANGER, 'stopped'), soon).state).toBe(state);
    expect(run(state, says(A, 'running'), soon).state).toBe(state);
  });

  it('a mark that has run out may be set anew', () => {
    const { state } = run(heldState(), says(B, 'spot'));
    const later = ctxAt(durationMs(900_001));
    expect(cloudOf(run(state, says(B, 'spot'), later).state, B)?.at).toBe(after(at(0), 900_001));
  });
});
