/** The shipped agent's reducer with a kernel, on a boot clock of its own rate. */

import { reportOf } from '../../core/holder/report.ts';
import { initialHolder, type Remembered, stepHolder } from '../../core/holder/step.ts';
import type {
  GroupProfile,
  HolderContext,
  HolderEffect,
  HolderInput,
  HolderState,
} from '../../core/holder/types.ts';
import { lifetimeMs } from '../../core/lease.ts';
import { after, type BootMs, bootMs } from '../../core/time.ts';
import type { HostView } from '../../scripts/spec/trace.ts';
import { profile, VIP } from '../core/fixtures.ts';
import { AGES_MS, NODES, PRIORITIES, type Settings } from './arbiter.ts';
import type { Mail, Request } from './mail.ts';

/** How late an nft element may go: what an agent adds to the remaining life of leftovers. */
const KERNEL_EXPIRY = 'nft';
const KERNEL_LATE_MS = 20;
/** Added to each tick, so that what falls together in the model's whole numbers falls together here, roundings and margins included. */
const TICK_SLACK_MS = 5;
/** Every action takes a moment: what was sent after an answer was applied was sent later. */
const ACTION_MS = 1;

interface Kernel {
  readonly until: BootMs;
}

export class HostUnderTest {
  readonly index: number;
  readonly #tickMs: number;
  readonly #profile: GroupProfile;
  readonly #listed: readonly string[];
  #now: BootMs;
  #up = true;
  #state: HolderState;
  #remembered: Remembered = { epoch: 0, relEpoch: 0, master: false };
  #kernel: Kernel | undefined;
  #faulty = false;
  #boot = 1;
  #seq = 0;

  constructor(index: number, tickMs: number, { profileLeaseMs, listed }: Settings) {
    this.index = index;
    this.#tickMs = tickMs;
    this.#profile = profile({ leaseMs: profileLeaseMs, kernelExpiry: KERNEL_EXPIRY });
    this.#listed = listed ? [VIP] : [];
    this.#now = bootMs(2 * AGES_MS + index);
    this.#state = initialHolder(this.#remembered, this.#profile);
    this.#begin();
  }

  get #node(): string {
    return NODES[this.index] ?? '';
  }

  get #bound(): readonly string[] {
    return this.#kernel !== undefined && this.#now < this.#kernel.until ? [VIP] : [];
  }

  view(): HostView {
    const { role, epoch, relEpoch } = this.#state;
    const gaveUp = relEpoch > 0 && relEpoch >= epoch;
    return { up: this.#up, role, epoch, gaveUp, bound: this.#bound.length > 0 };
  }

  pass(ticks: number): void {
    this.#now = after(this.#now, ticks * (this.#tickMs + TICK_SLACK_MS));
  }

  #context(): HolderContext {
    return { now: this.#now, node: this.#node, profile: this.#profile, mayFollow: false };
  }

  #step(input: HolderInput): readonly HolderEffect[] {
    const { state, effects } = stepHolder(this.#state, input, this.#context());
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
    return effects;
  }

  /** The kernel is told to bind at once, and to unbind when the trace says so. Heartbeats go out when the trace says so. */
  #perform(effect: HolderEffect): void {
    if (effect.kind === 'persist') {
      const { epoch, relEpoch, role } = this.#state;
      this.#remembered = { epoch, relEpoch, master: role === 'MASTER' };
    }
    if (effect.kind !== 'bind' || effect.until === undefined) return;
    const lifeMs = lifetimeMs(effect.until, this.#now, KERNEL_EXPIRY);
    this.#kernel = lifeMs === 0 ? undefined : { until: after(this.#now, lifeMs) };
    this.#look();
  }

  #look(): readonly HolderEffect[] {
    return this.#step({ kind: 'kernel', bound: this.#bound });
  }

  /** What the loop does at each turn before anything else. */
  #turn(): readonly HolderEffect[] {
    this.#now = after(this.#now, ACTION_MS);
    return this.#look();
  }

  #begin(): void {
    const until = this.#kernel?.until;
    const left = until === undefined ? 0 : until - this.#now;
    const leftovers = this.#bound.length > 0 ? { expiresInMs: left + KERNEL_LATE_MS } : {};
    this.#step({ kind: 'kernel', bound: this.#bound, ...leftovers });
    this.#step({ kind: 'witness', listed: this.#listed });
    this.#assess();
  }

  #assess(): void {
    const health = this.#faulty ? 'fault' : 'ok';
    const priority = PRIORITIES[this.index] ?? 1;
    this.#step({ kind: 'assessed', assessment: { health, priority, wavering: false, degradedBy: [] } });
  }

  fail(): void {
    this.#faulty = true;
    // Told without a turn: in the model the service fails, and the agent has not done anything yet.
    this.#state = { ...this.#state, assessment: { ...this.#state.assessment, health: 'fault' } };
  }

  crash(): void {
    this.#up = false;
    this.#state = initialHolder(this.#remembered, this.#profile);
  }

  restart(): void {
    this.#up = true;
    this.#boot += 1;
    this.#seq = 0;
    this.#now = after(this.#now, ACTION_MS);
    this.#begin();
  }

  /** The kernel does what the agent has told it, if it has. */
  unbind(): void {
    if (!this.#turn().some(({ kind }) => kind === 'unbind')) return;
    this.#kernel = undefined;
    this.#look();
  }

  /**
   * Who is how patient is no matter of the model: a claim may be made as soon as the holder's time is up on every
   * clock, and a host that holds nothing may say at any time that it hears nothing.
   */
  #withPatience(deaf: boolean): void {
    const now = this.#now;
    const longAgo = bootMs(now - AGES_MS);
    this.#state = {
      ...this.#state,
      streak: { since: longAgo, receivedAt: now, sentAt: now, sawChange: true },
      rank: 0,
      quietSince: deaf ? longAgo : undefined,
    };
  }

  /** A heartbeat; undefined when the agent does not say of itself what the trace wants it to. */
  send(deaf: boolean): Request | undefined {
    this.#turn();
    this.#withPatience(deaf);
    const report = reportOf(this.#state, this.#context());
    if ((report.deaf === true) !== deaf) return undefined;
    const sentAt = this.#now;
    this.#step({ kind: 'sent', claimed: report.claim !== undefined, deaf });
    this.#seq += 1;
    return { node: this.#node, beat: { boot: this.#boot, seq: this.#seq }, report, sentAt };
  }

  apply({ answer, request }: Mail): void {
    if (answer === undefined) return;
    this.#turn();
    const { sentAt, report } = request;
    this.#step({ kind: 'answer', answer, sentAt, resigned: false, released: report.released });
  }

  /** An answer that has been overtaken: it must change nothing that can be seen. */
  ignore(mail: Mail): void {
    const before = JSON.stringify(this.view());
    this.apply(mail);
    if (JSON.stringify(this.view()) !== before)
      throw new Error('an answer that was overtaken has been acted on');
  }
}
