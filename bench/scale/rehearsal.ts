/**
 * The arbiter in memory: the shipped `step` without Lambda, table or fabric. Stories that begin in the middle, with
 * groups that have long been held, are played up to that point with it; nothing is measured meanwhile.
 */
import { answerFor } from '../../core/election/answer.ts';
import { initialState } from '../../core/election/initial.ts';
import { step } from '../../core/election/step.ts';
import type { Input, MoveEffect } from '../../core/election/types.ts';
import { epochMs } from '../../core/time.ts';
import type { HeartbeatRequest } from '../../core/wire/heartbeat.ts';
import type { GroupState } from '../../core/wire/item.ts';
import type { Clock } from '../../lab/ends/clock.ts';
import { BenchError } from '../errors.ts';
import type { Reply } from './agent.ts';
import type { PlannedGroup } from './village.ts';

/** What a group of two has written in a month at one heartbeat a second: numbers take their usual space in the item. */
export const REV_START = 5_256_000;
/** 12 characters, as the arbiter's own. */
const NONCE = 'rehearsal---';

export class Rehearsal {
  readonly #clock: Clock;
  readonly #onMove: (order: MoveEffect) => void;
  readonly #groups: ReadonlyMap<string, PlannedGroup>;
  readonly #states = new Map<string, GroupState>();

  /** @param onMove the fabric, which obeys at once */
  constructor(groups: readonly PlannedGroup[], clock: Clock, onMove: (order: MoveEffect) => void) {
    this.#clock = clock;
    this.#onMove = onMove;
    this.#groups = new Map(groups.map((group) => [group.name, group]));
    for (const { name, config } of groups) {
      this.#states.set(name, {
        ...initialState(config, epochMs(clock.nowMs())),
        rev: REV_START,
        nonce: NONCE,
      });
    }
  }

  get states(): GroupState[] {
    return [...this.#states.values()];
  }

  /** @throws BenchError for a refused heartbeat: nobody here has a reason for one */
  report({ node, boot, seq, groups: [report] }: HeartbeatRequest): Reply {
    const group = this.#groups.get(report?.name ?? '');
    if (report === undefined || group === undefined) throw new BenchError('a heartbeat names no group');
    const ctx = { now: epochMs(this.#clock.nowMs()), config: group.config, mayMove: true };
    let input: Input | undefined = { kind: 'report', node, beat: { boot, seq }, report };
    let state = this.#stateOf(group.name);
    while (input !== undefined) {
      const outcome = step(state, input, ctx);
      if (outcome.refusal !== undefined) throw new BenchError(`${node}: ${outcome.refusal.message}`);
      ({ state } = outcome);
      const order = outcome.effects.find((effect) => effect.kind === 'move');
      input = order === undefined ? undefined : this.#move(order);
    }
    this.#states.set(group.name, state);
    return { kind: 'answer', answer: answerFor(state, node, ctx) };
  }

  #stateOf(name: string): GroupState {
    const state = this.#states.get(name);
    if (state === undefined) throw new BenchError(`there is no group ${name}`);
    return state;
  }

  #move(order: MoveEffect): Input {
    this.#onMove(order);
    const { epoch, moveId, vips } = order;
    return { kind: 'moved', epoch, moveId, results: vips.map(({ address }) => ({ address, ok: true })) };
  }
}
