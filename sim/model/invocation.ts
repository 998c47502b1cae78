/**
 * One run of a Lambda: load, step, swap, perform, feed back. Mirrors lambdas/arbiter/run.ts, perform.ts and
 * lambdas/heartbeat/beat.ts, and for a sweep or an event lambdas/sweep and lambdas/events, with a place to stall, freeze or die between any two steps.
 */
import { answerFor } from '../../core/election/answer.ts';
import { step } from '../../core/election/step.ts';
import type {
  Effect,
  Input,
  LookEffect,
  MoveEffect,
  Outcome,
  Refusal,
  StepContext,
} from '../../core/election/types.ts';
import { type EpochMs, since } from '../../core/time.ts';
import type { GroupAnswer } from '../../core/wire/heartbeat.ts';
import type { GroupState } from '../../core/wire/item.ts';
import type { NodeId } from '../../core/wire/names.ts';
import type { World } from '../world.ts';
import type { Environment } from './environment.ts';
import { type Inquiry, inquire } from './inquiry.ts';
import { sendMove } from './move-call.ts';
import { sendTwoCalls } from './two-calls.ts';

/** As in lambdas/arbiter/run.ts. */
const MOVE_BUDGET_MS = 6000;
const ANSWER_BUDGET_MS = 9000;
const SWAP_TRIES_MAX = 5;
const LOST_AT_ONCE = 3;
const LOST_PAUSE_MS_MAX = 20;
const ROUNDS_MAX = 24;
/** The function's own time-out; an environment that stood still for longer may get a little further all the same. */
const FUNCTION_MS_MAX = 10_000;

export type Reply =
  | { readonly kind: 'answer'; readonly answer: GroupAnswer }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'failed' }
  | { readonly kind: 'throttled' };

export interface Request {
  /** The input, or what has to be asked to have one. */
  readonly input: Input | Inquiry;
  /** Who is answered; null for an operator, a sweep and an event. */
  readonly node: NodeId | null;
  readonly alone: boolean;
}

export class Invocation {
  readonly #world: World;
  readonly environment: Environment;
  readonly #request: Request;
  readonly #reply: (reply: Reply) => void;
  readonly #startedReal: number;
  readonly #startedAt: EpochMs;
  /** Known once everything has been asked. */
  #input: Input | undefined;
  #inputs: Input[] = [];
  #rounds = 1;
  /** The copy that the first input was tried on. */
  #copy: GroupState | undefined;
  #over = false;
  /** The fabric is being changed. */
  #moving = false;

  constructor(world: World, environment: Environment, request: Request, reply: (reply: Reply) => void) {
    this.#world = world;
    this.environment = environment;
    this.#request = request;
    this.#reply = reply;
    this.#startedReal = world.queue.now;
    this.#startedAt = environment.clock();
  }

  start(): void {
    const { input } = this.#request;
    if ('kind' in input) return this.#take(input);
    this.#world.store.load(
      this.hop,
      (state) =>
        inquire(this.#world, this, input, state, (found) => {
          if (found === undefined) this.#fail();
          else this.#take(found);
        }),
      this.#fail,
    );
  }

  #take(input: Input): void {
    this.#input = input;
    this.#copy = this.environment.takeCopy();
    if (this.#copy === undefined) this.#loadAndSettle(input);
    else this.#settle(this.#copy, input, 1);
  }

  /** When waiting for the fabric ends. */
  get signalAt(): number {
    return this.#startedReal + ANSWER_BUDGET_MS;
  }

  readonly hop = (ms: number, next: () => void): void => {
    const { weather, lambda, queue } = this.#world;
    let waitMs = ms;
    if (weather.lambdaStall > 0 && lambda.chance(weather.lambdaStall)) waitMs += lambda.spread(10, 8000);
    queue.after(waitMs, () => this.#resume(next));
  };

  #resume(next: () => void): void {
    const { weather, lambda, queue, settings } = this.#world;
    const { environment } = this;
    if (environment.dead || this.#over) return;
    if (queue.now - this.#startedReal > FUNCTION_MS_MAX && lambda.chance(0.5)) return this.#die();
    if (weather.lambdaDie > 0 && lambda.chance(weather.lambdaDie)) return this.#die();
    const freezes = this.#moving
      ? Math.max(weather.lambdaFreeze, weather.lambdaFreezeAtMove)
      : weather.lambdaFreeze;
    if (freezes > 0 && lambda.chance(freezes))
      environment.freeze(Math.min(lambda.spread(500, 60_000), Math.max(0, settings.healMs - queue.now)));
    environment.resume(next);
  }

  #die(): void {
    this.#over = true;
    this.environment.die();
    this.#reply({ kind: 'failed' });
  }

  readonly #fail = (): void => this.#finish({ kind: 'failed' });

  #finish(reply: Reply): void {
    if (this.#over) return;
    this.#over = true;
    this.#world.lambdas.giveBack(this.environment);
    this.#reply(reply);
  }

  #loadAndSettle(input: Input): void {
    this.#copy = undefined;
    this.#world.store.load(this.hop, (state) => this.#settle(state, input, 1), this.#fail);
  }

  #settle(current: GroupState, input: Input, tries: number): void {
    const { environment } = this;
    const config = this.#world.configs.get(current.configHash);
    if (config === undefined) return this.#fail();
    if (!environment.configs.has(current.configHash)) {
      environment.configs.add(current.configHash);
      this.#world.store.load(this.hop, () => this.#settle(current, input, tries), this.#fail);
      return;
    }
    const now = environment.clock();
    const mayMove = this.#request.alone && since(this.#startedAt, now) < MOVE_BUDGET_MS;
    let context: StepContext = { now, config, mayMove };
    let outcome = step(current, input, context);
    if (outcome.onSilence === true && this.#world.weather.braked > 0) {
      context = { ...context, braked: true };
      outcome = step(current, input, context);
    }
    if (outcome.state === current) return this.#settled(outcome, context);
    this.#swap(current, input, outcome, context, tries);
  }

  #swap(current: GroupState, input: Input, outcome: Outcome, context: StepContext, tries: number): void {
    const { store, monitor } = this.#world;
    const written = (): void => monitor.written(current, outcome, input, context, this.environment.name);
    const done = ({ won, current: found }: { won: boolean; current: GroupState }): void => {
      if (won) {
        this.environment.keepCopy(found, context.now);
        this.#settled(found === outcome.state ? outcome : { ...outcome, state: found }, context);
      } else this.#lost(found, input, tries);
    };
    store.swap(this.hop, current, outcome.state, written, done, this.#fail);
  }

  #lost(found: GroupState, input: Input, tries: number): void {
    if (tries >= SWAP_TRIES_MAX) return this.#fail();
    if (tries < LOST_AT_ONCE) return this.#settle(found, input, tries + 1);
    this.hop(this.#world.lambda.next() * LOST_PAUSE_MS_MAX, () =>
      this.#world.store.load(this.hop, (state) => this.#settle(state, input, tries + 1), this.#fail),
    );
  }

  #settled(outcome: Outcome, context: StepContext): void {
    const copy = this.#copy;
    if (copy !== undefined) {
      this.#copy = undefined;
      // Nothing has shown whether the copy was out of date: a refusal needs the item itself.
      if (outcome.refusal !== undefined && this.#input !== undefined) return this.#loadAndSettle(this.#input);
      if (outcome.state.rev !== copy.rev + 1) this.environment.copyLost();
    }
    if (outcome.refusal !== undefined) return this.#finish({ kind: 'refused', refusal: outcome.refusal });
    this.#perform(outcome, context, 0);
  }

  /** The effects in order, each to its end; then the next input, or the answer. */
  #perform(outcome: Outcome, context: StepContext, index: number): void {
    for (let at = index; at < outcome.effects.length; at += 1) {
      const effect = outcome.effects[at] as Effect;
      if (effect.kind === 'move') return this.#move(effect, () => this.#perform(outcome, context, at + 1));
      if (effect.kind === 'look') return this.#look(effect, () => this.#perform(outcome, context, at + 1));
    }
    const next = this.#inputs.shift();
    if (next === undefined) return this.#answer(outcome, context);
    this.#rounds += 1;
    if (this.#rounds > ROUNDS_MAX) return this.#fail();
    this.#settle(outcome.state, next, 1);
  }

  #move(order: MoveEffect, done: () => void): void {
    this.#world.monitor.ordered(order);
    this.#moving = true;
    const send = this.#world.settings.twoCalls === true ? sendTwoCalls : sendMove;
    send(this.#world, this, order, (results) => {
      this.#moving = false;
      this.#inputs.push({ kind: 'moved', epoch: order.epoch, moveId: order.moveId, results });
      done();
    });
  }

  #look(_order: LookEffect, done: () => void): void {
    const { afterMs, observations } = this.#world.fabric.describe();
    const leftMs = Math.max(0, this.signalAt - this.#world.queue.now);
    this.hop(Math.min(afterMs, leftMs), () => {
      if (observations !== undefined && afterMs <= leftMs)
        this.#inputs.push({ kind: 'observed', observations });
      done();
    });
  }

  #answer(outcome: Outcome, context: StepContext): void {
    const { node } = this.#request;
    if (node === null) return this.#finish({ kind: 'failed' });
    const now = this.environment.clock();
    const answer = answerFor(outcome.state, node, { ...context, now }, outcome.work);
    this.#finish({ kind: 'answer', answer });
  }
}
