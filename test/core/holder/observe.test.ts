/** Proves that an agent that observes reports and claims as any other, and touches nothing on its host. */
import { describe, expect, it } from 'vitest';
import { stepHolder } from '../../../core/holder/step.ts';
import type { HolderInput, HolderState } from '../../../core/holder/types.ts';
import {
  answer,
  beatsIn,
  boot,
  EPOCH,
  hostAt,
  kindsOf,
  LEASE_MS,
  master,
  profile,
  standby,
  VIP,
} from '../fixtures.ts';

const observer = (offsetMs = 0) => hostAt(offsetMs, { profile: profile({ observes: true }) });

describe('observe', () => {
  it.each<[string, HolderState, HolderInput]>([
    ['binds nothing as MASTER', master(), { kind: 'kernel', bound: [] }],
    ['unbinds nothing as BACKUP', standby(), { kind: 'kernel', bound: [VIP] }],
    ['runs no hook when it becomes MASTER', standby(), masterAnswer()],
  ])('%s', (_, state, input) => {
    const touching = stepHolder(state, input, hostAt());
    expect(kindsOf(touching.effects).some((kind) => ['bind', 'unbind', 'hook'].includes(kind))).toBe(true);
    const { effects, state: next } = stepHolder(state, input, observer());
    expect(kindsOf(effects).filter((kind) => ['bind', 'unbind', 'hook'].includes(kind))).toEqual([]);
    expect(next).toEqual(touching.state);
  });

  it('leaves what is bound when it ends', () => {
    const leaving = master({ leaving: { by: boot(0), acknowledged: false } });
    const { state, effects } = stepHolder(leaving, { kind: 'tick' }, observer(1));
    expect(state.left).toBe(true);
    expect(kindsOf(effects)).toEqual(['persist', 'left']);
  });

  it('claims the silence of a holder, so that the arbiter can tell what it would do', () => {
    const hearing = standby({
      streak: {
        since: boot(-20_000),
        receivedAt: boot(LEASE_MS - 10),
        sentAt: boot(LEASE_MS - 20),
        sawChange: true,
      },
    });
    expect(beatsIn(stepHolder(hearing, { kind: 'tick' }, observer(LEASE_MS)).effects)).toEqual(['claim']);
  });
});

function masterAnswer(): HolderInput {
  const won = answer({ role: 'MASTER', epoch: EPOCH + 1, holder: null });
  return { kind: 'answer', answer: won, sentAt: boot(-10), resigned: false };
}
