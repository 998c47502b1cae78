/**
 * Proves, for made-up histories of both kinds of groups, what the arbiter's step promises whatever agents, people and
 * clocks do. Each property judges a step by its inputs alone, in its own words, and never by asking the rules again.
 */
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { describe, it } from 'vitest';
import { answerFor } from '../../core/election/answer.ts';
import { initialState } from '../../core/election/initial.ts';
import { step } from '../../core/election/step.ts';
import { groupAnswerSchema } from '../../core/wire/heartbeat.ts';
import { groupStateSchema } from '../../core/wire/item.ts';
import { A, at, B, C, ctxAt, groupConfig, heldState, VIP } from '../core/fixtures.ts';
import { deepFreeze } from '../core/freeze.ts';
import { happenings, inputFor, type Played } from './arbitraries/happenings.ts';
import { fuzzMsMax, runs } from './runs.ts';

const CLOCK_RATE_ERROR = 0.05;

const isNewEpoch = ({ before, outcome: { state } }: Played): boolean => state.epoch !== before.epoch;

/** The holder's newest word, this input included. */
const wordOf = ({ before, outcome }: Played) =>
  before.holder === null
    ? undefined
    : (outcome.state.members[before.holder] ?? before.members[before.holder]);

/** The holder says that it has let go of this epoch, or that no answer reaches it and it holds nothing. */
const isReleased = (played: Played): boolean => {
  const word = wordOf(played);
  return (word?.released ?? -1) >= played.before.epoch || word?.deafSince !== undefined;
};

const ENDED: ReadonlySet<string | undefined> = new Set(['stopped', 'terminated']);

/** The holder's machine has ended, as the cloud has said; when that is believed is judged below. */
const isEnded = (played: Played): boolean => ENDED.has(wordOf(played)?.cloud?.said);

/** A claim that names what the item says, after the hold of that very beat has run out on the slowest clock. */
const isClaimed = ({ before, input, ctx }: Played): boolean => {
  if (input.kind !== 'report' || input.report.claim === undefined || before.holder === null) return false;
  const { claim } = input.report;
  const holder = before.members[before.holder];
  return (
    holder !== undefined &&
    claim.epoch === before.epoch &&
    claim.holder === before.holder &&
    claim.beat === `${holder.boot}:${holder.seq}` &&
    claim.silentMs >= Math.max(holder.holdMs, ctx.config.leaseMs) * (1 + CLOCK_RATE_ERROR)
  );
};

type Invariant = readonly [says: string, holds: (played: Played) => boolean];

const isExclusive = ({ ctx }: Played): boolean => ctx.config.exclusive === true;

/** Each in its own words. They are asked together, so that one history is played once. */
const INVARIANTS: readonly Invariant[] = [
  [
    'S3: an exclusive group is taken from its holder only by its own word, a whole silence, or the end of its machine',
    (played) => {
      const taken = isNewEpoch(played) && played.before.holder !== null;
      // What a restored item says of its holder is worth nothing; no promise is made for it (docs/safety.md).
      const restored = played.outcome.state.reason === 'restored';
      const proved = isReleased(played) || isClaimed(played) || isEnded(played);
      return !isExclusive(played) || !taken || restored || proved;
    },
  ],
  [
    'a machine is believed to have ended by a word about its newest heartbeat, and not beyond its next one',
    ({ before, input, outcome: { state } }) =>
      Object.entries(state.members).every(([node, member]) => {
        if (!ENDED.has(member.cloud?.said)) return true;
        const was = before.members[node];
        const same = was?.boot === member.boot && was.seq === member.seq;
        if (ENDED.has(was?.cloud?.said)) return same;
        const told = input.kind === 'instance' && input.node === node && ENDED.has(input.said);
        return same && told && input.beat.boot === member.boot && input.beat.seq === member.seq;
      }),
  ],
  [
    'a fenced group is never asked to release, and never becomes vacant again',
    (played) => {
      const { before, outcome } = played;
      const released = outcome.state.phase === 'releasing';
      const vacated = outcome.state.phase === 'vacant' && before.phase !== 'vacant';
      return isExclusive(played) || (!released && !vacated);
    },
  ],
  [
    'epochs rise one at a time, or above what an agent has seen, and each has one holder',
    ({ before, outcome: { state } }) =>
      state.epoch === before.epoch
        ? state.holder === before.holder
        : state.epoch === before.epoch + 1 || state.epoch === (state.epochFloor ?? 0) + 1,
  ],
  [
    'while the brake is on nothing moves on silence',
    (played) =>
      played.ctx.braked !== true || !isNewEpoch(played) || played.outcome.state.reason !== 'silence',
  ],
  [
    'while a group is paused its holder changes only by its own word, or by the end of its machine once a change has begun',
    (played) => {
      const paused = played.before.paused === true && played.outcome.state.paused === true;
      const begun = played.before.phase !== 'held' && isEnded(played);
      const said = (wordOf(played)?.released ?? -1) >= played.before.epoch;
      const proved = said || (isExclusive(played) && (isReleased(played) || begun));
      return !paused || !isNewEpoch(played) || proved;
    },
  ],
  [
    'a command for another epoch is refused',
    ({ before, input, outcome }) =>
      input.kind !== 'operator' ||
      (input.ifEpoch ?? before.epoch) === before.epoch ||
      outcome.refusal?.code === 'EpochMismatch',
  ],
  [
    'what is refused leaves the same object, and no effects',
    ({ before, outcome: { state, effects, refusal } }) =>
      refusal === undefined || (state === before && effects.length === 0),
  ],
  [
    'a drained member is named for nothing',
    (played) => {
      const { holder, drained } = played.outcome.state;
      const named = isNewEpoch(played) && holder !== null && holder !== played.before.holder;
      return !named || drained?.includes(holder) !== true;
    },
  ],
  [
    'phases are whole: vacant has no holder, moving has an order, and nothing else has one',
    ({ outcome: { state } }) =>
      (state.holder === null) === (state.phase === 'vacant') &&
      (state.move !== undefined) === (state.phase === 'moving'),
  ],
  [
    'rev rises by one with every change and stands without one',
    ({ before, outcome: { state } }) => state.rev === before.rev + (isDeepStrictEqual(state, before) ? 0 : 1),
  ],
  [
    'the item passes its own schema, whatever was reported, and stays small',
    ({ outcome: { state } }) => {
      const text = JSON.stringify(state);
      const read = groupStateSchema.safeParse(JSON.parse(text));
      return read.success && isDeepStrictEqual(read.data, { ...state }) && text.length < 4096;
    },
  ],
  [
    'the fabric is ordered only for the holder, its epoch and its configured VIPs',
    ({ ctx, outcome: { state, effects } }) =>
      effects.every(
        (effect) =>
          effect.kind !== 'move' ||
          (effect.to === state.holder &&
            effect.epoch === state.epoch &&
            effect.toEni === ctx.config.members[effect.to]?.eni &&
            effect.vips.every(({ address }) => address === VIP)),
      ),
  ],
  [
    'only the holder is told MASTER or to release, and every answer passes the wire’s schema',
    ({ ctx, outcome: { state } }) =>
      [A, B, C].every((node) => {
        const answer = answerFor(state, node, ctx);
        const read = groupAnswerSchema.safeParse(JSON.parse(JSON.stringify(answer)));
        return (
          (answer.role !== 'MASTER' || node === state.holder) &&
          (answer.release !== true || (node === state.holder && state.phase === 'releasing')) &&
          read.success &&
          isDeepStrictEqual(read.data, answer)
        );
      }),
  ],
];

describe('any history of the arbiter', () => {
  it.each([
    ['a fenced group', false],
    ['an exclusive group', true],
  ])(
    'of %s keeps every promise at every step',
    (_what, exclusive) => {
      const config = deepFreeze(groupConfig({ preempt: true, ...(exclusive ? { exclusive } : {}) }));
      fc.assert(
        fc.property(
          fc.boolean(),
          fc.array(happenings, { minLength: 1, maxLength: 70, size: 'max' }),
          (held, history) => {
            let state = deepFreeze(held ? heldState() : initialState(config, at(0)));
            let now = 0;
            for (const happening of history) {
              now += happening.passMs;
              const ctx = { ...ctxAt(now, config, happening.mayMove), braked: happening.braked };
              const input = deepFreeze(inputFor(state, happening, ctx));
              const played = { before: state, input, ctx, outcome: step(state, input, ctx) };
              state = deepFreeze(played.outcome.state);
              const [broken] = INVARIANTS.find(([, holds]) => !holds(played)) ?? [];
              if (broken !== undefined) throw new Error(broken);
            }
          },
        ),
        runs(150),
      );
    },
    fuzzMsMax,
  );
});
