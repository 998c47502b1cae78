/** Proves who may take over and in which order. */
import { describe, expect, it } from 'vitest';
import { bestLiving, bestStandby, standbys } from '../../../core/election/eligibility.ts';
import { A, at, B, C, ctxAt, groupConfig, HB_MS, heldState, heldWith } from '../fixtures.ts';

const order = (state: ReturnType<typeof heldState>, ctx = ctxAt()): string[] =>
  standbys(state, ctx).map(({ node }) => node);

describe('eligibility: who is out', () => {
  const { [B]: _, ...others } = groupConfig().members;

  it.each([
    ['the holder itself', heldState({ holder: B }), ctxAt()],
    [
      'a member whose report is older than 1.5 heartbeats',
      heldWith({ [B]: { at: at(-1.5 * HB_MS - 1) } }),
      ctxAt(),
    ],
    ['one that resigned', heldWith({ [B]: { resignedAt: at(-100) } }), ctxAt()],
    ['one that is drained', heldState({ drained: [B] }), ctxAt()],
    ['one that met a permanent fabric error', heldWith({ [B]: { banUntil: at(1) } }), ctxAt()],
    ['one that left the roster', heldState(), ctxAt(0, groupConfig({ members: others }))],
  ])('%s', (_what, state, ctx) => {
    expect(order(state, ctx)).not.toContain(B);
  });

  it('not a member whose report is exactly 1.5 heartbeats old, nor one whose ban has just ended', () => {
    expect(order(heldWith({ [B]: { at: at(-1.5 * HB_MS) } }))).toContain(B);
    expect(order(heldWith({ [B]: { banUntil: at(0) } }))).toContain(B);
  });
});

describe('eligibility: a total order', () => {
  it('puts health before priority', () => {
    expect(order(heldWith({ [B]: { health: 'fault', priority: 254 } }))).toEqual([C, B]);
  });

  it('puts priority before how long a member has been ready', () => {
    expect(order(heldWith({ [C]: { priority: 101 } }))).toEqual([C, B]);
  });

  it('puts the longest ready first among equals, then the lower id', () => {
    expect(order(heldState())).toEqual([B, C]);
    expect(order(heldWith({ [C]: { okSince: at(-50_001) } }))).toEqual([C, B]);
    expect(order(heldWith({ [C]: { okSince: at(-50_000) } }, { holder: null }))).toEqual([A, B, C]);
  });
});

describe('eligibility: a living FAULT only stands in for a silent holder', () => {
  const bothFault = heldWith({ [B]: { health: 'fault' }, [C]: { health: 'fault', priority: 120 } });

  it('is never the best standby, but the best living member when nobody is healthy', () => {
    expect(bestStandby(bothFault, ctxAt())).toBeUndefined();
    expect(bestLiving(bothFault, ctxAt())).toBe(C);
  });
});
