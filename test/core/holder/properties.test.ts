/** Proves what holds for every sequence of answers, losses, looks and signals on a host. */
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { describe, it } from 'vitest';
import { reportOf } from '../../../core/holder/report.ts';
import { initialHolder, stepHolder, wakeAt } from '../../../core/holder/step.ts';
import type { HolderContext, HolderInput, HolderOutcome, HolderState } from '../../../core/holder/types.ts';
import { groupReportSchema } from '../../../core/wire/heartbeat.ts';
import { A, B, boot, boundBy, hooksIn, hostAt, unboundBy, VIP } from '../fixtures.ts';
import { deepFreeze } from '../freeze.ts';

const lists = fc.constantFrom<string[]>([], [VIP]);
const assessments = fc.record({
  health: fc.constantFrom('ok' as const, 'fault' as const),
  priority: fc.constantFrom(90, 100),
  wavering: fc.boolean(),
  degradedBy: fc.constant([]),
});
/** Answers in any order: old and new epochs, roles and revs mixed. */
const answers = fc.record({
  kind: fc.constant('answer' as const),
  resigned: fc.boolean(),
  ageMs: fc.nat({ max: 9000 }),
  answer: fc.record({
    rev: fc.nat({ max: 12 }),
    epoch: fc.nat({ max: 6 }),
    role: fc.constantFrom('MASTER' as const, 'BACKUP' as const),
    holder: fc.option(
      fc.record({
        node: fc.constantFrom(A, B),
        beat: fc.constantFrom('1:1', '1:2', '2:1'),
        ageMs: fc.nat({ max: 4000 }),
        holdMs: fc.constant(0),
        priority: fc.constantFrom(90, 100),
      }),
    ),
    heartbeatMs: fc.constantFrom(25, 1000),
    reason: fc.constant('test'),
    rank: fc.constantFrom(0, 1),
  }),
});
const inputs = fc.oneof(
  { weight: 6, arbitrary: answers },
  { weight: 2, arbitrary: fc.constant({ kind: 'tick' as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('sent' as const), claimed: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('unanswered' as const),
      why: fc.constantFrom(
        'overloaded' as const,
        'failing' as const,
        'unreachable' as const,
        'refused' as const,
        'excluded' as const,
      ),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('kernel' as const), bound: lists }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('witness' as const),
      listed: fc.oneof(lists, fc.constant('unknown' as const)),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('assessed' as const), assessment: assessments }) },
  { weight: 1, arbitrary: fc.constantFrom({ kind: 'terminate' as const }, { kind: 'tick' as const }) },
);
const memories = fc.record({ epoch: fc.nat({ max: 4 }), relEpoch: fc.nat({ max: 4 }), master: fc.boolean() });
const sequences = fc.array(fc.tuple(fc.integer({ min: 0, max: 2500 }), inputs), {
  minLength: 1,
  maxLength: 50,
});

interface Step {
  readonly before: HolderState;
  readonly input: HolderInput;
  readonly outcome: HolderOutcome;
  readonly ctx: HolderContext;
}

/** Plays a sequence on frozen states; `start` gives a property that may remember what it saw before. */
const always = (start: () => (step: Step) => boolean): void => {
  fc.assert(
    fc.property(memories, sequences, (memory, sequence) => {
      const holds = start();
      let state = deepFreeze(initialHolder(memory, {}));
      let now = 0;
      return sequence.every(([passMs, generated]) => {
        now += passMs;
        const ctx = hostAt(now);
        const input: HolderInput =
          generated.kind === 'answer'
            ? { ...generated, sentAt: boot(Math.max(0, now - generated.ageMs)) }
            : generated;
        const before = state;
        const outcome = stepHolder(state, deepFreeze(input), ctx);
        state = deepFreeze(outcome.state);
        return holds({ before, input, outcome, ctx });
      });
    }),
    { numRuns: 200 },
  );
};

describe('properties of stepHolder', () => {
  it('it never binds at an epoch that was given up, nor as anything but MASTER, whatever the order of answers', () => {
    always(
      () =>
        ({ outcome: { state, effects } }) =>
          effects.every(
            (effect) =>
              effect.kind !== 'bind' ||
              (effect.epoch === state.epoch && effect.epoch > state.relEpoch && state.role === 'MASTER'),
          ),
    );
  });

  it('neither the epoch nor the given-up epoch ever falls', () => {
    always(
      () =>
        ({ before, outcome: { state } }) =>
          state.epoch >= before.epoch && state.relEpoch >= before.relEpoch,
    );
  });

  it('no step both binds and unbinds, binds what is bound, or unbinds what is not', () => {
    always(() => ({ outcome: { state, effects } }) => {
      const bound = boundBy(effects);
      const unbound = unboundBy(effects);
      return (
        !bound.some((vip) => unbound.includes(vip) || state.bound.includes(vip)) &&
        unbound.every((vip) => state.bound.includes(vip))
      );
    });
  });

  it('hooks are never told the same state twice in a row', () => {
    always(() => {
      let told = '';
      return ({ outcome: { effects } }) =>
        hooksIn(effects).every((hook) => {
          const anew = hook !== told;
          told = hook;
          return anew;
        });
    });
  });

  it('its report always passes the wire schema', () => {
    always(() => ({ outcome: { state }, ctx }) => {
      const report = reportOf(state, ctx);
      return isDeepStrictEqual(groupReportSchema.parse(report), report);
    });
  });

  it('only a BACKUP that is staying claims, against another, after a whole lease', () => {
    always(() => ({ outcome: { state }, ctx }) => {
      const { claim, resign } = reportOf(state, ctx);
      const fair = state.role === 'BACKUP' && resign === undefined && claim?.holder !== B;
      return claim === undefined || (fair && claim.silentMs >= ctx.profile.leaseMs);
    });
  });

  it('a request for a claim is one that will carry a claim', () => {
    always(
      () =>
        ({ outcome: { state, effects }, ctx }) =>
          !effects.some((effect) => effect.kind === 'beat' && effect.why === 'claim') ||
          reportOf(state, ctx).claim !== undefined,
    );
  });

  it('after what is due was sent, the next instant lies ahead: the loop never spins', () => {
    always(() => ({ outcome: { state }, ctx }) => {
      const { state: settled } = stepHolder(state, { kind: 'tick' }, ctx);
      const claimed = reportOf(settled, ctx).claim !== undefined;
      const { state: sent } = stepHolder(settled, { kind: 'sent', claimed }, ctx);
      return sent.left || Math.min(wakeAt(sent, ctx), sent.nextBeatAt) > ctx.now;
    });
  });
});
