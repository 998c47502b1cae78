/** Runs the reducer of one group: feeds it, performs its effects in order, and looks again after each change. */

import { reportOf } from '../../core/holder/report.ts';
import { initialHolder, stepHolder, wakeAt } from '../../core/holder/step.ts';
import type {
  GroupProfile,
  HolderContext,
  HolderEffect,
  HolderInput,
  HolderState,
} from '../../core/holder/types.ts';
import type { GroupReport } from '../../core/wire/heartbeat.ts';
import { messageOf } from '../errors.ts';
import type { Memory, Ports } from './ports.ts';

type BeatReason = Extract<HolderEffect, { kind: 'beat' }>['why'];

/** What a group asks of the loop around it. */
export interface GroupHost {
  /** No group of this host is held, so its heartbeats may shift to follow a holder's. */
  mayFollow(): boolean;
  beatAlone(group: GroupRunner, why: BeatReason): void;
  /** Something was persisted, left, or moved the next instant: the loop recomputes. */
  changed(): void;
}

export class GroupRunner {
  readonly profile: GroupProfile;
  readonly #ports: Ports;
  readonly #host: GroupHost;
  #state: HolderState;
  #left = false;
  /** Kernel changes of one group never overlap: the second would act on what the first has not done yet. */
  #work: Promise<void> = Promise.resolve();
  #working = 0;

  constructor(profile: GroupProfile, memory: Memory, ports: Ports, host: GroupHost) {
    this.profile = profile;
    this.#ports = ports;
    this.#host = host;
    this.#state = initialHolder(memory);
  }

  get state(): HolderState {
    return this.#state;
  }

  get left(): boolean {
    return this.#left;
  }

  get memory(): Memory {
    const { epoch, relEpoch, role, resuming } = this.#state;
    return { epoch, relEpoch, master: role === 'MASTER' || resuming };
  }

  #context(): HolderContext {
    return {
      now: this.#ports.now(),
      node: this.#ports.node,
      profile: this.profile,
      mayFollow: this.#host.mayFollow(),
    };
  }

  report(): GroupReport {
    return reportOf(this.#state, this.#context());
  }

  wakeAt(): number {
    return this.#left ? Infinity : wakeAt(this.#state, this.#context());
  }

  /** Feeds one input and performs what follows. A group that has left takes no more. */
  dispatch(input: HolderInput): void {
    if (this.#left) return;
    const { state, effects } = stepHolder(this.#state, input, this.#context());
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
    this.#host.changed();
  }

  /** Looks at the kernel, unless a change is under way: then what it shows is about to be different. */
  look(): void {
    if (this.#working === 0) this.dispatch({ kind: 'kernel', bound: this.#boundNow() });
  }

  /** Resolves when every effect performed so far has ended. */
  idle(): Promise<void> {
    return this.#work;
  }

  #boundNow(): string[] {
    const local = this.#ports.listLocal();
    return this.profile.vips.filter((vip) => local.has(vip));
  }

  #perform(effect: HolderEffect): void {
    const { profile } = this;
    switch (effect.kind) {
      case 'bind':
        this.#enqueue('bind', async () => {
          // Between the decision and this instant the role may have been lost again.
          const { role, epoch } = this.#state;
          if (role === 'MASTER' && epoch === effect.epoch) await this.#ports.bind(effect.vips);
        });
        return;
      case 'unbind':
        this.#enqueue('unbind', async () => {
          if (this.#state.role !== 'MASTER') await this.#ports.unbind(effect.vips);
        });
        return;
      case 'hook':
        // Queued behind bind and unbind, so that a script finds the address as its state says.
        this.#enqueue('hook', () => {
          this.#ports.hook({
            group: profile.name,
            state: effect.state,
            priority: this.#state.assessment.priority,
            epoch: effect.epoch,
          });
          return Promise.resolve();
        });
        return;
      case 'beat':
        this.#host.beatAlone(this, effect.why);
        return;
      case 'persist':
        this.#host.changed();
        return;
      case 'left':
        this.#enqueue('leave', () => {
          this.#left = true;
          this.#host.changed();
          return Promise.resolve();
        });
        return;
      case 'log':
        this.#ports.log[effect.level]({ group: profile.name, epoch: this.#state.epoch }, effect.message);
    }
  }

  #enqueue(what: string, task: () => Promise<void>): void {
    this.#working += 1;
    this.#work = this.#work.then(task).then(
      () => this.#done(what),
      (cause: unknown) => {
        // The next look finds the kernel as it is and the reducer asks again.
        this.#ports.log.error({ group: this.profile.name, what, error: messageOf(cause) }, `${what} failed`);
        this.#done(what);
      },
    );
  }

  #done(what: string): void {
    this.#working -= 1;
    if (what === 'bind' || what === 'unbind') this.#state = { ...this.#state, bound: this.#boundNow() };
  }
}
