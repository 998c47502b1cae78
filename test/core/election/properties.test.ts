/** Proves what holds for every sequence of inputs to the arbiter, whatever clocks, agents and Lambdas do. */
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { describe, it } from 'vitest';
import { compareBeats, formatBeat } from '../../../core/beat.ts';
import { answerFor } from '../../../core/election/answer.ts';
import { initialState } from '../../../core/election/initial.ts';
import { step } from '../../../core/election/step.ts';
import type { Input, Outcome, StepContext } from '../../../core/election/types.ts';
import { durationMs } from '../../../core/time.ts';
import { groupAnswerSchema } from '../../../core/wire/heartbeat.ts';
import { type GroupState, groupStateSchema } from '../../../core/wire/item.ts';
import {
  A,
  at,
  B,
  C,
  ctxAt,
  ENI,
  failedResult,
  groupConfig,
  LEASE_MS,
  movesIn,
  report,
  STRANGER,
  STRANGER_ENI,
  VIP,
} from '../fixtures.ts';
import { deepFreeze } from '../freeze.ts';

const NODES = [A, B, C, STRANGER] as const;

const happenings = fc.record({
  /** The arbiter's clock between two inputs; it may step back. */
  passMs: fc.oneof(fc.integer({ min: 0, max: 1500 }), fc.integer({ min: -5000, max: 70_000 })),
  kind: fc.constantFrom('report', 'report', 'report', 'report', 'moved', 'observed'),
  mayMove: fc.boolean(),
  node: fc.integer({ min: 0, max: 3 }),
  beatStep: fc.constantFrom(1, 1, 1, 0, -1),
  restarts: fc.constantFrom(false, false, false, true),
  health: fc.constantFrom('ok', 'ok', 'fault'),
  priority: fc.constantFrom(90, 100, 200),
  degraded: fc.boolean(),
  wavering: fc.boolean(),
  inFabric: fc.boolean(),
  resign: fc.constantFrom(false, false, false, true),
  epochAhead: fc.constantFrom(0, 0, 0, 3),
  claims: fc.boolean(),
  claimFlaw: fc.constantFrom('none', 'none', 'beat', 'epoch', 'holder', 'short'),
  preempts: fc.boolean(),
  result: fc.constantFrom('ok', 'ok', 'transient', 'permanent'),
  stale: fc.constantFrom(false, false, true),
  owner: fc.constantFrom(ENI[A], ENI[B], STRANGER_ENI, null),
});
type Happening = typeof happenings extends fc.Arbitrary<infer T> ? T : never;

/** The claim that a perfect observer of the item could make, with one flaw if asked for. */
const claimFor = (state: GroupState, { claims, claimFlaw }: Happening): object => {
  const holder = state.holder === null ? undefined : state.members[state.holder];
  if (!claims || state.holder === null || holder === undefined) return {};
  return {
    claim: {
      epoch: state.epoch + (claimFlaw === 'epoch' ? 1 : 0),
      holder: claimFlaw === 'holder' ? STRANGER : state.holder,
      beat: formatBeat(claimFlaw === 'beat' ? { ...holder, seq: holder.seq + 1 } : holder),
      silentMs: claimFlaw === 'short' ? LEASE_MS - 1 : LEASE_MS,
      evidence: 'silence',
    },
  };
};

const inputFor = (state: GroupState, happening: Happening): Input => {
  const { kind, stale, result, owner, resign, epochAhead, preempts, health, priority, inFabric } = happening;
  if (kind === 'moved') {
    const failed = result === 'ok' ? { address: VIP, ok: true } : failedResult(result === 'permanent');
    return { kind, epoch: state.epoch, moveId: (state.move?.id ?? 0) - (stale ? 1 : 0), results: [failed] };
  }
  if (kind === 'observed') return { kind, observations: [{ address: VIP, owner }] };
  const node = NODES[happening.node] ?? A;
  const stored = state.members[node] ?? { boot: 1, seq: 0 };
  const boot = stored.boot + (happening.restarts ? 1 : 0);
  return {
    kind: 'report',
    node,
    beat: { boot, seq: happening.restarts ? 1 : Math.max(0, stored.seq + happening.beatStep) },
    report: report({
      epochSeen: state.epoch + epochAhead,
      health,
      priority,
      vips: { [VIP]: { bound: inFabric, inFabric } },
      ...(happening.wavering ? { wavering: true } : {}),
      ...(happening.degraded ? { degradedBy: ['disk'] } : {}),
      ...(resign ? { resign } : {}),
      ...(preempts ? { preempt: { epoch: state.epoch, readyMs: 5000 } } : {}),
      ...claimFor(state, happening),
    }),
  };
};

interface Step {
  readonly before: GroupState;
  readonly input: Input;
  readonly ctx: StepContext;
  readonly outcome: Outcome;
  readonly happening: Happening;
}

const config = groupConfig({ preempt: true, preemptDelayMs: durationMs(1000), holdDownMs: durationMs(5000) });

/** Plays a sequence on frozen states and asks of each step whether the property holds. */
const always = (holds: (step: Step) => boolean): void => {
  fc.assert(
    fc.property(fc.array(happenings, { minLength: 1, maxLength: 60 }), (sequence) => {
      let state = deepFreeze(initialState(config, at(0)));
      let now = 0;
      return sequence.every((happening) => {
        now += happening.passMs;
        const ctx = ctxAt(now, config, happening.mayMove);
        const input = deepFreeze(inputFor(state, happening));
        const outcome = step(state, input, ctx);
        const before = state;
        state = deepFreeze(outcome.state);
        return holds({ before, input, ctx, outcome, happening });
      });
    }),
    { numRuns: 150 },
  );
};

const newEpoch = ({ before, outcome: { state } }: Step): boolean => state.epoch !== before.epoch;

describe('properties of step', () => {
  it('it never writes to its input (which is frozen here) and always has an outcome', () => {
    always(({ outcome }) => outcome.state.group === 'mysql');
  });

  it('S1, S2: epochs never fall, and each epoch has one holder', () => {
    always(
      ({ before, outcome: { state } }) =>
        state.epoch > before.epoch || (state.epoch === before.epoch && state.holder === before.holder),
    );
  });

  it('no epoch is issued that an agent has already seen', () => {
    always((one) => !newEpoch(one) || one.outcome.state.epoch > (one.outcome.state.epochFloor ?? 0));
  });

  it('rev rises by exactly one with every change', () => {
    always(({ before, outcome: { state } }) => state === before || state.rev === before.rev + 1);
  });

  it('what is refused leaves the same object, and no effects', () => {
    always(
      ({ before, outcome: { state, effects, refusal } }) =>
        refusal === undefined || (state === before && effects.length === 0),
    );
  });

  it('S6: a replay, an older beat and a stranger are always refused, and nobody else', () => {
    always(({ before, input, outcome }) => {
      if (input.kind !== 'report') return outcome.refusal === undefined;
      const stored = before.members[input.node];
      const stale = stored !== undefined && compareBeats(input.beat, stored) <= 0;
      return (outcome.refusal !== undefined) === (stale || input.node === STRANGER);
    });
  });

  it('silence replaces a holder only against its very beat, epoch and name, and a whole lease', () => {
    always((one) => {
      const bySilence = newEpoch(one) && one.outcome.state.reason === 'silence';
      return (
        !bySilence ||
        (one.input.kind === 'report' && one.happening.claims && one.happening.claimFlaw === 'none')
      );
    });
  });

  it('another holder is enrolled, fresh, staying and not barred', () => {
    always((one) => {
      const { state } = one.outcome;
      if (!newEpoch(one) || state.holder === null || state.holder === one.before.holder) return true;
      const holder = state.members[state.holder];
      if (holder === undefined || one.ctx.config.members[state.holder] === undefined) return false;
      const fresh = one.ctx.now - holder.at <= 1500;
      return fresh && holder.resignedAt === undefined && one.ctx.now >= (holder.banUntil ?? 0);
    });
  });

  it('at most one piece of fabric work follows, only where it may be done, and the answer asks for it elsewhere', () => {
    always(({ ctx, outcome: { effects, work } }) => {
      const jobs = effects.filter(({ kind }) => kind === 'move' || kind === 'look');
      // An observation that finds drift is answered by the Lambda that looked, even at the end of its time.
      const repairs = effects.some((effect) => effect.kind === 'emit' && effect.event.type === 'drift');
      return jobs.length <= (ctx.mayMove || repairs ? 1 : 0) && (work !== true || !ctx.mayMove);
    });
  });

  it('a move is ordered for the item’s holder, epoch and rev, and may be begun for 2 s', () => {
    always(({ outcome: { state, effects } }) =>
      movesIn(effects).every(
        ({ epoch, to, moveId, orderedAt, abortAt }) =>
          state.phase === 'moving' &&
          epoch === state.epoch &&
          to === state.holder &&
          moveId === state.rev &&
          abortAt - orderedAt === 2000,
      ),
    );
  });

  it('phases are whole: vacant has no holder, held has no order, moving has both', () => {
    always(
      ({ outcome: { state } }) =>
        (state.holder === null) === (state.phase === 'vacant') &&
        (state.move !== undefined) === (state.phase === 'moving'),
    );
  });

  it('the item passes its schema, survives JSON and stays small', () => {
    always(({ outcome: { state } }) => {
      const text = JSON.stringify(state);
      return isDeepStrictEqual(groupStateSchema.parse(JSON.parse(text)), { ...state }) && text.length < 1500;
    });
  });

  it('every member can always be answered in the wire’s shape', () => {
    always(({ outcome: { state }, ctx }) =>
      [A, B, C].every((node) => {
        const answer = answerFor(state, node, ctx);
        return isDeepStrictEqual(groupAnswerSchema.parse(JSON.parse(JSON.stringify(answer))), answer);
      }),
    );
  });
});
