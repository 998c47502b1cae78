/**
 * Changes of the kernel for one group: one at a time, only the newest order of each kind, and what may be concluded
 * from their outcome.
 */
import { endAgainBy, isWatched } from '../../core/holder/endless.ts';
import type { GroupProfile, HolderEffect, HolderState } from '../../core/holder/types.ts';
import { after, type BootMs, type DurationMs, durationMs, since } from '../../core/time.ts';
import { HostError, messageOf } from '../errors.ts';
import type { Leftovers, Ports } from './ports.ts';

type BindOrder = Extract<HolderEffect, { kind: 'bind' }>;
type UnbindOrder = Extract<HolderEffect, { kind: 'unbind' }>;

/** Answers renew lifetimes. While none comes for so long, whether they are still there is looked at. */
const LIFETIME_LOOK_MS: DurationMs = durationMs(1000);

/** What the kernel's side of a group must know of the group. */
export interface KernelClient {
  readonly state: HolderState;
  /** What was ordered has been done, or has become wrong and was not; these VIPs are bound now. */
  confirmed(bound: readonly string[]): void;
  /** A change has failed. It is ordered again at the next look: asking again at once could go on for ever. */
  failed(bound: readonly string[]): void;
}

export class GroupKernel {
  readonly #profile: GroupProfile;
  readonly #ports: Ports;
  readonly #client: KernelClient;
  /** Changes of one group never overlap: the second would act on what the first has not done yet. */
  #work: Promise<void> = Promise.resolve();
  #working = 0;
  /** Ordered and not begun: a newer order takes the older one's place, so a slow `ip` gathers no queue behind it. */
  #bindNext: BindOrder | undefined;
  #unbindNext: UnbindOrder | undefined;
  /** What is being unbound this moment. */
  #unbinding: readonly string[] = [];
  /** Exclusive: until then the kernel may have the VIPs, whatever a look shows; -Infinity once `ip` has said no. */
  #mayHaveUntil = -Infinity;
  /** What the last successful binding was ordered for. */
  #boundUntil: BootMs | undefined;
  /** When the lifetimes were last set or looked at. */
  #lifetimesAt: BootMs | undefined;

  constructor(profile: GroupProfile, ports: Ports, client: KernelClient) {
    this.#profile = profile;
    this.#ports = ports;
    this.#client = client;
  }

  /** Nothing is under way: a look shows what will still be so a moment later. */
  get isIdle(): boolean {
    return this.#working === 0;
  }

  /** Resolves when everything ordered so far has ended. */
  ended(): Promise<void> {
    return this.#work;
  }

  /** Exclusive: the kernel may have the VIPs although nothing was seen. */
  get mayHave(): boolean {
    return this.#ports.now() < this.#mayHaveUntil;
  }

  /**
   * What the reducer is to take for bound. An exclusive holder that says "released" must be believed, and a look misses
   * what is being bound this moment or sits on a link that is down. So while it is not MASTER, whatever was ordered
   * counts as bound until `ip` has confirmed that it is gone, or until the kernel has ended it.
   */
  bound(seen: readonly string[] = this.#ports.bound(this.#profile)): readonly string[] {
    return this.#client.state.role !== 'MASTER' && this.mayHave ? this.#profile.vips : seen;
  }

  /** What an earlier run left of an exclusive group. */
  async leftovers(): Promise<Leftovers> {
    const left = await this.#ports.leftovers(this.#profile).catch((cause: unknown): Leftovers => {
      this.#log('error', 'the lifetimes of earlier addresses cannot be read', cause);
      return { bound: this.#ports.bound(this.#profile) };
    });
    if (left.bound.length > 0) this.#mayHaveUntil = after(this.#ports.now(), left.expiresInMs ?? Infinity);
    return left;
  }

  bind(order: BindOrder): void {
    if (this.#profile.observes === true) return;
    if (this.#bindNext === undefined) this.#change('bind', () => this.#bindNow());
    this.#bindNext = order;
  }

  unbind(order: UnbindOrder): void {
    if (this.#profile.observes === true) return;
    // Ordered again while it is being done. What it leaves, the look after it finds.
    const done = order.vips.every((vip) => this.#unbinding.includes(vip));
    if (done && this.#bindNext === undefined) return;
    if (this.#unbindNext === undefined) this.#change('unbind', () => this.#unbindNow());
    const vips = new Set([...(this.#unbindNext?.vips ?? []), ...order.vips]);
    this.#unbindNext = { ...order, vips: [...vips] };
  }

  /**
   * Exclusive: another hand may have bound the VIPs anew, without the lifetime by which the kernel ends them. They get it back within
   * a second and a half, however seldom heartbeats are.
   */
  verify(): void {
    if (!isWatched(this.#client.state, { profile: this.#profile })) return;
    const now = this.#ports.now();
    if (this.#lifetimesAt === undefined || since(this.#lifetimesAt, now) < LIFETIME_LOOK_MS) return;
    this.#lifetimesAt = now;
    this.#change('bind', () => this.#endAgain());
  }

  /** Runs between the changes ordered so far and those ordered later, which wait for it. It must be bounded. */
  between(task: () => Promise<void>): void {
    this.#working += 1;
    this.#work = this.#work
      .then(task)
      .catch((cause: unknown) => this.#log('error', 'what comes before letting go failed', cause))
      .then(() => {
        this.#working -= 1;
      });
  }

  /** Runs behind the changes ordered so far, so that a hook finds the addresses as its state says. */
  afterwards(task: () => void): void {
    this.#working += 1;
    this.#work = this.#work.then(() => {
      this.#working -= 1;
      task();
    });
  }

  /** Undefined: between the order and this instant it has become wrong, and nothing was done. */
  async #bindNow(): Promise<readonly string[] | undefined> {
    const order = this.#bindNext;
    this.#bindNext = undefined;
    const { role, epoch, relEpoch, bound } = this.#client.state;
    if (order === undefined || role !== 'MASTER' || epoch !== order.epoch || epoch <= relEpoch) return;
    const { vips, until } = order;
    // Ordered a second time while the first was under way, and the first has done it.
    if (until === this.#boundUntil && vips.every((vip) => bound.includes(vip))) return;
    if (until !== undefined) {
      if (this.#ports.now() >= until) return;
      this.#mayHaveUntil = Math.max(this.#mayHaveUntil, until);
    }
    const serving = await this.#ports.bind(this.#profile, vips, until);
    this.#boundUntil = until;
    this.#lifetimesAt = this.#ports.now();
    return serving;
  }

  async #endAgain(): Promise<readonly string[] | undefined> {
    const found = await this.#ports.leftovers(this.#profile);
    const until = endAgainBy(this.#client.state, found, { profile: this.#profile, now: this.#ports.now() });
    if (until === undefined) return;
    this.#mayHaveUntil = Math.max(this.#mayHaveUntil, until);
    return this.#ports.bind(this.#profile, this.#profile.vips, until);
  }

  async #unbindNow(): Promise<readonly string[] | undefined> {
    const order = this.#unbindNext;
    this.#unbindNext = undefined;
    if (order === undefined || this.#client.state.role === 'MASTER') return;
    this.#unbinding = order.vips;
    try {
      const left = await this.#ports.unbind(this.#profile, order.vips);
      if (left.length === 0) this.#mayHaveUntil = -Infinity;
      return left;
    } finally {
      this.#unbinding = [];
    }
  }

  #change(what: 'bind' | 'unbind', work: () => Promise<readonly string[] | undefined>): void {
    this.#working += 1;
    this.#work = this.#work.then(work).then(
      (bound) => {
        this.#working -= 1;
        this.#client.confirmed(this.bound(bound));
      },
      (cause: unknown) => {
        this.#working -= 1;
        const late = cause instanceof HostError && cause.code === 'too-late';
        this.#log(late ? 'debug' : 'error', `${what} failed`, cause);
        this.#client.failed(this.bound());
      },
    );
  }

  #log(level: 'debug' | 'error', message: string, cause: unknown): void {
    this.#ports.log[level]({ group: this.#profile.name, error: messageOf(cause) }, message);
  }
}
