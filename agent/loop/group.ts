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
import { GroupKernel, type KernelClient } from './kernel.ts';
import { type Meddled, Meddling } from './meddling.ts';
import type { Memory, Ports } from './ports.ts';

export type BeatReason = Extract<HolderEffect, { kind: 'beat' }>['why'];

/** What a group asks of the loop around it. */
export interface GroupHost {
  /** No group of this host is held, so its heartbeats may shift to follow a holder's. */
  mayFollow(): boolean;
  beatAlone(group: GroupRunner, why: BeatReason): void;
  /** Something was persisted, left, or moved the next instant: the loop recomputes. */
  changed(): void;
}

export class GroupRunner implements KernelClient {
  readonly profile: GroupProfile;
  readonly #ports: Ports;
  readonly #host: GroupHost;
  #state: HolderState;
  #left = false;
  readonly #kernel: GroupKernel;
  readonly #meddling: Meddling;

  constructor(profile: GroupProfile, memory: Memory, ports: Ports, host: GroupHost) {
    this.profile = profile;
    this.#ports = ports;
    this.#host = host;
    this.#state = initialHolder(memory, profile);
    this.#kernel = new GroupKernel(profile, ports, this);
    const { now, log } = ports;
    this.#meddling = new Meddling({ group: profile.name, now, log });
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
      peers: this.#ports.peers?.(this.profile.name),
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
    const before = this.#state.role;
    const { state, effects } = stepHolder(this.#state, input, this.#context());
    this.#state = state;
    if (before === 'MASTER' && state.role !== 'MASTER') {
      // Asked to let go while it serves: the VIPs still lead here, and clients can be told.
      if (input.kind === 'answer' && input.answer.release === true) this.#prepare();
      this.#letGo();
    }
    for (const effect of effects) this.#perform(effect);
    this.#host.changed();
  }

  /**
   * The first look. What an exclusive group's earlier run left may serve on until the first answer if the kernel will
   * end it, and this host must tell for how long that may be.
   */
  async begin(): Promise<void> {
    if (this.profile.kernelExpiry === undefined) this.look();
    else this.dispatch({ kind: 'kernel', ...(await this.#kernel.leftovers()) });
  }

  /** Looks at the kernel, unless a change is under way: then what it shows is about to be different. */
  look(): void {
    if (!this.#kernel.isIdle) return;
    const bound = this.#kernel.bound();
    const meddled = this.#meddled(bound);
    this.dispatch({ kind: 'kernel', bound });
    this.#meddling.looked(meddled);
    if (this.#kernel.isIdle) this.#kernel.verify();
    const spent = this.#ports.spent(this.profile);
    if (spent.length > 0 && this.#state.role !== 'MASTER')
      this.#kernel.unbind({ kind: 'unbind', vips: spent });
  }

  /** What nobody here has changed since the last look. An exclusive holder's address may have been ended by the kernel, as it should. */
  #meddled(seen: readonly string[]): Meddled {
    const { role, bound, lingerUntil } = this.#state;
    const { observes, kernelExpiry } = this.profile;
    const isHolder = role === 'MASTER' && kernelExpiry === undefined;
    const isStandby = role === 'BACKUP' && lingerUntil === undefined;
    return {
      gone: isHolder && observes !== true ? bound.filter((vip) => !seen.includes(vip)) : [],
      come: isStandby && observes !== true ? seen.filter((vip) => !bound.includes(vip)) : [],
    };
  }

  /** Resolves when every effect performed so far has ended. */
  idle(): Promise<void> {
    return this.#kernel.ended();
  }

  confirmed(bound: readonly string[]): void {
    this.dispatch({ kind: 'kernel', bound });
  }

  failed(bound: readonly string[]): void {
    this.dispatch({ kind: 'kernel', bound, failed: true });
  }

  /** MASTER no more. The reducer knows only what was seen, and may have seen nothing although something is bound. */
  #letGo(): void {
    if (!this.#kernel.mayHave) return;
    this.#kernel.unbind({ kind: 'unbind', vips: this.profile.vips });
    this.#state = { ...this.#state, bound: this.profile.vips };
  }

  /** The unbinding that follows waits for this, and so does the word that it was done. */
  #prepare(): void {
    if (this.profile.observes === true) return;
    const { epoch, assessment } = this.#state;
    const call = { group: this.profile.name, epoch, priority: assessment.priority };
    this.#kernel.between(() => this.#ports.beforeRelease(call));
    // Where nothing is to be unbound this ends it; otherwise the unbinding is waiting, and nothing is looked at.
    this.#kernel.afterwards(() => this.look());
  }

  async #ask(epoch: number): Promise<void> {
    const { priority } = this.#state.assessment;
    const prepared = await this.#ports.beforeMaster({ group: this.profile.name, epoch, priority });
    this.dispatch({ kind: 'hooked', epoch, ...prepared });
  }

  #perform(effect: HolderEffect): void {
    const { profile } = this;
    switch (effect.kind) {
      case 'bind':
        this.#kernel.bind(effect);
        return;
      case 'unbind':
        this.#kernel.unbind(effect);
        return;
      case 'hook':
        // Only queues: how long a hook takes holds up no change of the kernel.
        this.#kernel.afterwards(() =>
          this.#ports.hook({
            group: profile.name,
            state: effect.state,
            priority: this.#state.assessment.priority,
            epoch: effect.epoch,
          }),
        );
        return;
      case 'prepare':
        this.#kernel.afterwards(() => void this.#ask(effect.epoch));
        return;
      case 'beat':
        this.#host.beatAlone(this, effect.why);
        return;
      case 'call':
        this.#ports.call?.(profile.name);
        return;
      case 'persist':
        this.#host.changed();
        return;
      case 'left':
        this.#kernel.afterwards(() => {
          this.#left = true;
          this.#host.changed();
        });
        return;
      case 'log':
        this.#ports.log[effect.level]({ group: profile.name, epoch: this.#state.epoch }, effect.message);
    }
  }
}
