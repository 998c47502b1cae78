/** The arbiter in memory: the real step, one write per input, effects performed and fed back. Asserts S1 and S2. */
import { admit, type BrakeState, initialBrake } from '../../../core/brake.ts';
import { answerFor } from '../../../core/election/answer.ts';
import { initialState } from '../../../core/election/initial.ts';
import { step } from '../../../core/election/step.ts';
import type {
  Command,
  Effect,
  GroupEvent,
  Input,
  Outcome,
  Refusal,
  StepContext,
} from '../../../core/election/types.ts';
import { type EpochMs, epochMs } from '../../../core/time.ts';
import type { GroupAnswer } from '../../../core/wire/heartbeat.ts';
import type { GroupConfig, GroupState } from '../../../core/wire/item.ts';
import type { NodeId } from '../../../core/wire/names.ts';
import type { Clock, Fabric } from './fabric.ts';

const MOVE_BUDGET_MS = 6000;

export type ArbiterReply = { readonly answer: GroupAnswer } | { readonly refusal: Refusal };

const holderWords = (node: NodeId | null): string => node ?? 'nobody';

/** One decision in words. */
const eventWords = ({ type, epoch, from, to, reason, detail = {} }: GroupEvent, phase: string): string => {
  const head = `epoch ${epoch}`;
  switch (type) {
    case 'transfer':
      return `${head} ${phase}: ${holderWords(from)} -> ${holderWords(to)} (${reason})`;
    case 'committed':
      return `${head} held by ${holderWords(to)}, moved in ${detail['moveMs']} ms`;
    case 'releasing':
      return `${head} releasing: ${holderWords(from)} is asked to let go (${reason})`;
    case 'release-refused':
      return `${head} held: ${holderWords(to)} has not let go and goes on`;
    case 'preparing':
      return `${head} first: ${holderWords(to)} is asked to prepare (${reason})`;
    case 'prepared':
      return `${head} first: ${holderWords(to)} is prepared`;
    case 'not-prepared':
      return `${head} first: ${holderWords(to)} is not to be had: ${reason}`;
    case 'claim-refused':
      return `claim refused: ${reason}`;
    case 'operator':
      return `${head} order taken: ${detail['command']}`;
    case 'move-failed':
      return `${head} attempt failed: ${detail['code']}`;
    case 'move-stale':
      return `${head} an order of epoch ${detail['staleEpoch']} was answered late`;
    case 'instance':
      return `${head} the machine of ${detail['node']} is ${reason}`;
    case 'drift':
      return `${head} ${detail['left'] === true ? 'leaving' : 'moving back'}: ${detail['owners']}`;
    case 'alarm':
      return `${head} ${detail['check']} of ${detail['node']}: ${reason}`;
    case 'would-move':
      return `${head} would move: ${holderWords(from)} -> ${holderWords(to)} (${reason})`;
    case 'standby':
      return `${head} standby ${reason}`;
  }
};

export class Arbiter {
  readonly #clock: Clock;
  readonly #fabric: Fabric;
  readonly config: GroupConfig;
  state: GroupState;
  /** The next Lambda that orders a move dies right after its write. */
  dieAtNextMove = false;
  readonly events: GroupEvent[] = [];
  readonly #holders = new Map<number, NodeId | null>();

  constructor(clock: Clock, fabric: Fabric, config: GroupConfig) {
    this.#clock = clock;
    this.#fabric = fabric;
    this.config = config;
    this.state = initialState(config, epochMs(clock.now));
  }

  /** The brake's item, which all groups share; a story has only this one. */
  brake: BrakeState = initialBrake();

  /** Calls `reply` when everything that follows from the report has been done, or never when its Lambda died. */
  report(input: Extract<Input, { kind: 'report' }>, reply: (reply: ArbiterReply) => void): void {
    this.#take(input, (refusal, ctx, work) =>
      reply(refusal === undefined ? { answer: answerFor(this.state, input.node, ctx, work) } : { refusal }),
    );
  }

  /** Takes an operator's order. @returns why it was refused, or undefined */
  operate(command: Command, reason: string, ifEpoch?: number): Refusal | undefined {
    let refused: Refusal | undefined;
    this.#take({ kind: 'operator', command, ifEpoch, by: 'operator', reason }, (refusal) => {
      refused = refusal;
    });
    return refused;
  }

  #take(input: Input, done: (refusal: Refusal | undefined, ctx: StepContext, work: boolean) => void): void {
    const startedAt = this.#clock.now;
    const settle = (next: Input): void => {
      const ctx = this.#context(startedAt);
      const before = this.state;
      const { state, effects, refusal, work } = this.#admitted(next, ctx);
      if (refusal !== undefined) return done(refusal, ctx, false);
      this.#check(before, state);
      this.state = state;
      for (const effect of effects) if (effect.kind === 'emit') this.#note(effect.event);
      const job = effects.find((effect) => effect.kind === 'move' || effect.kind === 'look');
      if (job === undefined) return done(undefined, ctx, work === true);
      this.#perform(job, settle);
    };
    settle(input);
  }

  /** As `lambdas/arbiter/run.ts` does it: a replacement for silence is put to the brake before it is written. */
  #admitted(input: Input, ctx: StepContext): Outcome {
    const outcome = step(this.state, input, ctx);
    if (outcome.onSilence !== true) return outcome;
    const admission = admit(this.brake, this.state.group, ctx.now);
    this.brake = admission.state;
    if (admission.tripped) this.#clock.tell('arbiter', 'the brake is on: too many groups moved on silence');
    return admission.admitted ? outcome : step(this.state, input, { ...ctx, braked: true });
  }

  #note(event: GroupEvent): void {
    this.events.push(event);
    this.#clock.tell('arbiter', eventWords(event, this.state.phase));
  }

  /** What the clock of a Lambda shows. */
  get clockNow(): EpochMs {
    return epochMs(this.#clock.now + this.#clock.lambdaErrorMs);
  }

  #context(startedAt: number): StepContext {
    const { now } = this.#clock;
    return {
      now: this.clockNow,
      config: this.config,
      mayMove: now - startedAt < MOVE_BUDGET_MS,
    };
  }

  #perform(effect: Effect, settle: (input: Input) => void): void {
    if (effect.kind === 'look') {
      this.#fabric.observe(effect.vips, (observations) => settle({ kind: 'observed', observations }));
    } else if (effect.kind === 'move') {
      const dies = this.dieAtNextMove;
      this.dieAtNextMove = false;
      if (dies) return;
      const { epoch, moveId } = effect;
      this.#fabric.apply(effect, (results) => settle({ kind: 'moved', epoch, moveId, results }));
    }
  }

  /** S1: one holder for each epoch. S2: epochs only rise. And one write, one rev. */
  #check(before: GroupState, after: GroupState): void {
    if (after.epoch < before.epoch) throw new Error(`the epoch fell from ${before.epoch} to ${after.epoch}`);
    if (after !== before && after.rev !== before.rev + 1)
      throw new Error(`rev ${before.rev} became ${after.rev}`);
    const known = this.#holders.get(after.epoch);
    if (known !== undefined && known !== after.holder)
      throw new Error(`epoch ${after.epoch} has two holders`);
    this.#holders.set(after.epoch, after.holder);
  }

  /** Puts an older item back, as a restore from a backup does. What its epochs meant is forgotten with it. */
  restore(backup: GroupState): void {
    this.state = backup;
    this.#holders.clear();
  }
}
