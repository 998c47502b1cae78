/** The arbiter in memory: the real step, one write per input, effects performed and fed back. Asserts S1 and S2. */
import { answerFor } from '../../../core/election/answer.ts';
import { initialState } from '../../../core/election/initial.ts';
import { step } from '../../../core/election/step.ts';
import type { Effect, GroupEvent, Input, Refusal, StepContext } from '../../../core/election/types.ts';
import { epochMs } from '../../../core/time.ts';
import type { GroupAnswer } from '../../../core/wire/heartbeat.ts';
import type { GroupConfig, GroupState } from '../../../core/wire/item.ts';
import type { NodeId } from '../../../core/wire/names.ts';
import type { Clock, Fabric } from './fabric.ts';

const MOVE_BUDGET_MS = 6000;

export type ArbiterReply = { readonly answer: GroupAnswer } | { readonly refusal: Refusal };

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

  /** Calls `reply` when everything that follows from the report has been done, or never when its Lambda died. */
  report(input: Extract<Input, { kind: 'report' }>, reply: (reply: ArbiterReply) => void): void {
    const startedAt = this.#clock.now;
    const settle = (next: Input): void => {
      const ctx = this.#context(startedAt);
      const before = this.state;
      const { state, effects, refusal, work } = step(before, next, ctx);
      if (refusal !== undefined) return reply({ refusal });
      this.#check(before, state);
      this.state = state;
      for (const effect of effects) if (effect.kind === 'emit') this.events.push(effect.event);
      const job = effects.find((effect) => effect.kind === 'move' || effect.kind === 'look');
      if (job === undefined) return reply({ answer: answerFor(this.state, input.node, ctx, work) });
      this.#perform(job, settle);
    };
    settle(input);
  }

  #context(startedAt: number): StepContext {
    const { now, lambdaErrorMs } = this.#clock;
    return {
      now: epochMs(now + lambdaErrorMs),
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
