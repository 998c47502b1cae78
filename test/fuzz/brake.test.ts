/** Proves, for made-up waves of claims, that no half minute sees more groups move on silence than the brake lets pass. */
import * as fc from 'fast-check';
import { describe, it } from 'vitest';
import { type Admission, admit, type BrakeState, brakeStateSchema, initialBrake } from '../../core/brake.ts';
import { epochMs } from '../../core/time.ts';
import { deepFreeze } from '../core/freeze.ts';
import { fuzzMsMax, runs } from './runs.ts';

const WINDOW_MS = 30_000;
const HOLD_MS = 120_000;

const claims = fc.array(
  fc.record({
    passMs: fc.oneof(
      { weight: 20, arbitrary: fc.integer({ min: 0, max: 3000 }) },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 150_000 }) },
    ),
    group: fc.nat({ max: 40 }).map((number) => `group-${number}`),
  }),
  { minLength: 1, maxLength: 120, size: 'max' },
);

interface Claimed extends Admission {
  readonly group: string;
  readonly at: number;
}

const play = (groups: number, history: readonly { passMs: number; group: string }[]): Claimed[] => {
  let state: BrakeState = deepFreeze({ ...initialBrake(), groups });
  let at = 1_000_000;
  return history.map(({ passMs, group }) => {
    at += passMs;
    const admission = admit(state, group, epochMs(at));
    state = deepFreeze(admission.state);
    return { ...admission, group, at };
  });
};

const always = (holds: (claimed: readonly Claimed[], groups: number) => boolean): void => {
  fc.assert(
    fc.property(fc.nat({ max: 200 }), claims, (groups, history) => holds(play(groups, history), groups)),
    runs(150),
  );
};

describe('any wave of claims', { timeout: fuzzMsMax }, () => {
  it('moves at most nine groups, or a fifth of all, within any half minute', () => {
    always((claimed, groups) =>
      claimed.every(({ at }) => {
        const within = claimed.filter((one) => one.admitted && one.at <= at && at - one.at < WINDOW_MS);
        return new Set(within.map(({ group }) => group)).size <= Math.max(9, groups * 0.2);
      }),
    );
  });

  it('once they were too many, moves none for two minutes', () => {
    always((claimed) => {
      const trip = (index: number) => claimed.slice(0, index).findLast(({ tripped }) => tripped);
      return claimed.every(({ at, admitted }, index) => {
        const last = trip(index);
        return !admitted || last === undefined || at - last.at >= HOLD_MS;
      });
    });
  });

  it('of no more than nine groups is never held up', () => {
    fc.assert(
      fc.property(fc.nat({ max: 200 }), claims, (groups, history) => {
        const few = history.map(({ passMs }, index) => ({ passMs, group: `group-${index % 9}` }));
        return play(groups, few).every(({ admitted }) => admitted);
      }),
      runs(50),
    );
  });

  it('leaves an item that passes its schema and remembers each group once', () => {
    always((claimed) =>
      claimed.every(({ state }) => {
        const remembered = state.recent.map(({ group }) => group);
        return brakeStateSchema.safeParse(state).success && new Set(remembered).size === remembered.length;
      }),
    );
  });
});
