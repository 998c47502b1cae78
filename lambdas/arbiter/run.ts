/**
 * What every Lambda does, whatever woke it: load, step, compare-and-swap, perform, and feed the results back as
 * inputs until nothing follows.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { step } from '../../core/election/step.ts';
import type { Input, Outcome, Refusal, StepContext } from '../../core/election/types.ts';
import { type EpochMs, since } from '../../core/time.ts';
import type { GroupState } from '../../core/wire/item.ts';
import { Contended } from '../errors.ts';
import { publishedOf } from '../publish/published.ts';
import { isAdmitted } from './admission.ts';
import type { Deps } from './deps.ts';
import { createMeasures, type Measures } from './measures.ts';
import { createNotes, type Notes } from './notes.ts';
import { type Errand, perform } from './perform.ts';

/** After this much of an invocation no new fabric work is ordered: what is ordered must also be finished. */
const MOVE_BUDGET_MS = 6000;
/** When an invocation stops waiting for the fabric: its function's own time-out is 10 s. */
const ANSWER_BUDGET_MS = 9000;
/** Lost swaps of one input until the agent is told to try again. */
const SWAP_TRIES_MAX = 5;
/**
 * So many are answered at once: the loss brought the winner's item along, and nothing is fresher. Waiting first made a
 * FAULT lose to a standby that writes 30 times a second, again and again.
 */
const LOST_AT_ONCE = 3;
/** Then the crowd is real: step aside for a moment, and read anew. */
const LOST_PAUSE_MS_MAX = 20;
/** Inputs of one invocation: a move, its result, the next attempt… Time ends this long before the count does. */
const ROUNDS_MAX = 24;

export interface Invocation {
  readonly group: string;
  /** The request carries this group alone, so that its fabric work starves no other. */
  readonly alone: boolean;
  /** When the invocation began. */
  readonly startedAt: EpochMs;
  /** Nobody waits for an answer: everything that lies beside the work is finished first. */
  readonly patient?: boolean;
}

export type Arbitration =
  | {
      readonly kind: 'settled';
      readonly state: GroupState;
      /** The context of the last step, for the answer. */
      readonly context: StepContext;
      /** Fabric work is due that this invocation could not order. */
      readonly work: boolean;
    }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

interface Settled {
  readonly outcome: Outcome;
  readonly context: StepContext;
}

/** What the brake said to this input. It is asked at most once: also an item that was lost to another writer counts. */
type Verdict = 'unasked' | 'admitted' | 'braked';

const decide = async (
  current: GroupState,
  input: Input,
  verdict: Verdict,
  on: Invocation,
  deps: Deps,
): Promise<Settled> => {
  const config = await deps.configs.of(on.group, current.configHash);
  const now = deps.clock();
  const mayMove = on.alone && since(on.startedAt, now) < MOVE_BUDGET_MS;
  const context = { now, config, mayMove, ...(verdict === 'braked' ? { braked: true } : {}) };
  return { outcome: step(current, input, context), context };
};

/** Steps and writes one input; a lost swap steps again on what won, so no claim is judged by an old item. */
const settle = async (loaded: GroupState, input: Input, on: Invocation, deps: Deps): Promise<Settled> => {
  let current = loaded;
  let verdict: Verdict = 'unasked';
  for (let tries = 1; tries <= SWAP_TRIES_MAX; tries += 1) {
    let settled = await decide(current, input, verdict, on, deps);
    if (settled.outcome.onSilence === true && verdict === 'unasked') {
      verdict = (await isAdmitted(settled.context.config, deps)) ? 'admitted' : 'braked';
      // Asking took a moment: what is written shall bear the time of its writing.
      settled = await decide(current, input, verdict, on, deps);
    }
    const { outcome, context } = settled;
    if (outcome.state === current) return settled;
    const swap = await deps.store.swap(current, outcome.state, deps.nonce());
    const { epoch, phase, rev } = outcome.state;
    deps.logger.debug('swap', { group: on.group, rev, epoch, phase, input: input.kind, won: swap.swapped });
    if (swap.swapped) {
      deps.copies.keep(swap.state, context.now);
      return { outcome: { ...outcome, state: swap.state }, context };
    }
    current = swap.current;
    if (tries >= LOST_AT_ONCE && tries < SWAP_TRIES_MAX) {
      await sleep(deps.random() * LOST_PAUSE_MS_MAX);
      current = await deps.store.load(on.group);
    }
  }
  throw new Contended(`group "${on.group}"`, SWAP_TRIES_MAX);
};

/** The first input of an invocation: on this environment's own copy if it has one, else on what is read. */
const settleFirst = async (input: Input, on: Invocation, deps: Deps): Promise<Settled> => {
  const copy = deps.copies.take(on.group, deps.clock());
  if (copy === undefined) return settle(await deps.store.load(on.group), input, on, deps);
  const settled = await settle(copy, input, on, deps);
  // Nothing was written, so nothing has shown whether the copy was out of date: a refusal needs the item itself.
  if (settled.outcome.refusal !== undefined) return settle(await deps.store.load(on.group), input, on, deps);
  if (settled.outcome.state.rev !== copy.rev + 1) deps.copies.lost(on.group, deps.clock());
  return settled;
};

/** What one invocation leaves behind beside its work. */
interface Beside {
  readonly notes: Notes;
  readonly measures: Measures;
}

/** Performs what one step ordered, in order. @returns the inputs that follow from it */
const performAll = async (
  { state, effects }: Outcome,
  about: Errand,
  { notes, measures }: Beside,
  deps: Deps,
): Promise<Input[]> => {
  const answers: Input[] = [];
  for (const [place, effect] of effects.entries()) {
    if (effect.kind === 'emit') {
      const { event } = effect;
      notes.add({ event, rev: state.rev, place });
      const darkMs = measures.add(event);
      const published = publishedOf({ arbiter: deps.arbiter, event, state, config: about.config, darkMs });
      if (published !== undefined) notes.addPublished(published, { group: about.group, epoch: event.epoch });
    }
    if (effect.kind === 'detail') notes.addDetail(about.group, effect);
    const performing = perform(effect, about, deps);
    if (effect.kind === 'move') notes.begin();
    const answer = await performing;
    if (answer !== undefined) answers.push(answer);
  }
  return answers;
};

const takeAll = async (input: Input, on: Invocation, record: Beside, deps: Deps): Promise<Arbitration> => {
  const leftMs = Math.max(0, ANSWER_BUDGET_MS - since(on.startedAt, deps.clock()));
  const signal = AbortSignal.timeout(leftMs);
  let settled = await settleFirst(input, on, deps);
  if (settled.outcome.refusal !== undefined) return { kind: 'refused', refusal: settled.outcome.refusal };

  const inputs: Input[] = [];
  for (let rounds = 1; ; rounds += 1) {
    const { outcome, context } = settled;
    const about = { group: on.group, epoch: outcome.state.epoch, config: context.config, signal };
    inputs.push(...(await performAll(outcome, about, record, deps)));
    const next = inputs.shift();
    if (next === undefined)
      return { kind: 'settled', state: outcome.state, context, work: outcome.work === true };
    if (rounds >= ROUNDS_MAX)
      throw new Error(`group ${on.group}: more than ${ROUNDS_MAX} rounds in one invocation`);
    settled = await settle(outcome.state, next, on, deps);
  }
};

/**
 * Takes one input into a group and does everything that follows from it.
 * @throws ArbiterError: UnknownGroup, Contended, StoreUnavailable, Misconfigured, CorruptItem. Work that was
 *   ordered before the failure is found again in the item by a later request.
 * @example arbitrate({ kind: 'report', node, beat, report }, { group: 'mysql', alone: true, startedAt }, deps)
 */
export const arbitrate = async (input: Input, on: Invocation, deps: Deps): Promise<Arbitration> => {
  const notes = createNotes(deps);
  try {
    return await takeAll(input, on, { notes, measures: createMeasures(deps.metrics) }, deps);
  } finally {
    await notes.settled(on.patient);
  }
};
