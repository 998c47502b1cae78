/**
 * EC2 as far as a VIP is concerned. A move is acknowledged first; packets follow later, and the metadata service of a
 * host later still. Owners are indices of hosts; NOBODY, or a machine outside the group, own addresses too.
 */
import type { MoveEffect, Observation, VipResult } from '../../core/election/types.ts';
import type { World } from '../world.ts';

export const NOBODY = -1;
export const OUTSIDER = -2;
const OUTSIDER_ENI = 'eni-0fffffffffffffff1';
/** What the SDK waits for an answer: lambdas/fabric/ec2/client.ts. */
const REQUEST_MS_MAX = 3000;
/** How long a request may lie somewhere before it is carried out. */
const STALE_MS_MAX = 60_000;
/** What EC2 describes is older than its own acknowledgements by at most this; less than what the arbiter lets settle. */
const DESCRIBE_LAG_MS_MAX = 4000;

export interface CallOutcome {
  /** When the caller knows, milliseconds from now; Infinity: no answer ever comes. */
  readonly afterMs: number;
  /** To be read when the caller knows: until then EC2 may still refuse. */
  error: VipResult['error'];
}

/** What a call does when it arrives; the error with which it is refused then. */
type Act = (order: MoveEffect) => VipResult['error'];

const failure = (code: string, permanent = false): NonNullable<VipResult['error']> => ({
  code,
  message: code,
  permanent,
});
const THROTTLED = failure('RequestLimitExceeded');
const INTERNAL = failure('InternalError');
const NOT_ALLOWED = failure('PrivateIpAddressLimitExceeded', true);
/** Another interface has it, although a look has not shown it there. */
const HELD = failure('Resource.AlreadyAssigned');

export class Fabric {
  readonly #world: World;
  /** What EC2 would answer. */
  readonly #owners: number[];
  #ownersBefore: readonly number[] = [];
  #movedAt = -Infinity;
  /** Where packets go. */
  readonly delivered: number[];
  readonly #version: number[];
  readonly #deliveredVersion: number[];
  /** Host whose interface refuses every address, as bits. */
  refusing = 0;

  constructor(world: World) {
    this.#world = world;
    const { vips } = world.settings;
    this.#owners = Array.from({ length: vips }, () => NOBODY);
    this.delivered = Array.from({ length: vips }, () => NOBODY);
    this.#version = Array.from({ length: vips }, () => 0);
    this.#deliveredVersion = Array.from({ length: vips }, () => 0);
  }

  /** AssignPrivateIpAddresses. Takes effect, if it does, also when the caller has stopped waiting. */
  assign(order: MoveEffect): CallOutcome {
    const to = this.#world.hostOfEni(order.toEni);
    return this.#call(order, this.#refuses(to), () => {
      for (const vip of order.vips) this.move(this.#world.vipIndex(vip.address), to, `epoch ${order.epoch}`);
      return undefined;
    });
  }

  /** UnassignIpv6Addresses, from where a look has shown the addresses; where they are not any more nothing happens. */
  take(order: MoveEffect, seen: readonly Observation[]): CallOutcome {
    return this.#call(order, false, () => {
      for (const { address, owner } of seen) {
        const vip = this.#world.vipIndex(address);
        const from = owner === null ? NOBODY : this.#ownerWith(owner);
        const isMeant = owner !== order.toEni && order.vips.some((one) => one.address === address);
        if (isMeant && from !== NOBODY && this.#owners[vip] === from)
          this.move(vip, NOBODY, `taken in epoch ${order.epoch}`);
      }
      return undefined;
    });
  }

  /** AssignIpv6Addresses: all or none, and none that another interface has. */
  give(order: MoveEffect): CallOutcome {
    const to = this.#world.hostOfEni(order.toEni);
    return this.#call(order, this.#refuses(to), () => {
      const vips = order.vips.map(({ address }) => this.#world.vipIndex(address));
      if (vips.some((vip) => this.#owners[vip] !== NOBODY && this.#owners[vip] !== to)) return HELD;
      for (const vip of vips)
        if (this.#owners[vip] !== to) this.move(vip, to, `given in epoch ${order.epoch}`);
      return undefined;
    });
  }

  #ownerWith(eni: string): number {
    const host = this.#world.hostOfEni(eni);
    return host < 0 ? OUTSIDER : host;
  }

  #refuses(host: number): boolean {
    return (this.refusing & (1 << host)) !== 0;
  }

  #call(order: MoveEffect, isRefused: boolean, act: Act): CallOutcome {
    const { weather, ec2 } = this.#world;
    const wayMs = ec2.between(2, 20) + (weather.ec2SlowMs > 0 ? ec2.next() * weather.ec2SlowMs : 0);
    const backMs = ec2.between(1, 10);
    if (ec2.chance(weather.ec2Throttle)) return { afterMs: wayMs + backMs, error: THROTTLED };
    if (isRefused) return { afterMs: wayMs + backMs, error: NOT_ALLOWED };
    if (ec2.chance(weather.ec2Error)) {
      // Half of the failures happen after the work was done.
      if (ec2.chance(0.5)) this.#later(wayMs, order, act);
      return { afterMs: wayMs + backMs, error: INTERNAL };
    }
    if (weather.ec2Stale > 0 && ec2.chance(weather.ec2Stale)) {
      const lateMs = ec2.spread(REQUEST_MS_MAX, STALE_MS_MAX);
      const { healMs } = this.#world.settings;
      this.#later(Math.max(wayMs, Math.min(lateMs, healMs - this.#world.queue.now)), order, act);
      return { afterMs: Infinity, error: undefined };
    }
    const outcome: CallOutcome = { afterMs: wayMs + backMs, error: undefined };
    this.#later(wayMs, order, (arrived) => (outcome.error = act(arrived)));
    const lost = weather.ec2Lost > 0 && ec2.chance(weather.ec2Lost);
    return lost ? { afterMs: Infinity, error: undefined } : outcome;
  }

  #later(ms: number, order: MoveEffect, act: Act): void {
    this.#world.queue.after(ms, () => void act(order));
  }

  /** EC2 changes its mind about an address now; packets follow. */
  move(vip: number, to: number, why: string): void {
    const world = this.#world;
    this.#ownersBefore = [...this.#owners];
    this.#movedAt = world.queue.now;
    this.#owners[vip] = to;
    const version = (this.#version[vip] ?? 0) + 1;
    this.#version[vip] = version;
    world.trace?.line(world.queue.now, 'ec2', `vip ${vip} assigned to ${world.ownerName(to)} (${why})`);
    const slowMs = world.weather.fabricSlowMs;
    const delayMs = world.ec2.next() * world.settings.fabricMs + (slowMs > 0 ? world.ec2.next() * slowMs : 0);
    world.queue.after(delayMs, () => {
      if (version <= (this.#deliveredVersion[vip] ?? 0)) return;
      this.#deliveredVersion[vip] = version;
      const from = this.delivered[vip] ?? NOBODY;
      this.delivered[vip] = to;
      if (from === to) return;
      world.trace?.line(world.queue.now, 'ec2', `vip ${vip} is delivered to ${world.ownerName(to)}`);
      world.hosts[from]?.fabricChanged(vip, false);
      world.hosts[to]?.fabricChanged(vip, true);
      world.monitor.serviceChanged();
    });
  }

  /** DescribeNetworkInterfaces: the answer, or undefined for an error or none. */
  describe(): { readonly afterMs: number; readonly observations: readonly Observation[] | undefined } {
    const { weather, ec2 } = this.#world;
    const afterMs = ec2.between(5, 40) + (weather.ec2SlowMs > 0 ? ec2.next() * weather.ec2SlowMs : 0);
    const fails = ec2.chance(weather.ec2Throttle) || ec2.chance(weather.ec2Error);
    const slow = afterMs > REQUEST_MS_MAX || (weather.ec2Lost > 0 && ec2.chance(weather.ec2Lost));
    if (slow) return { afterMs: REQUEST_MS_MAX, observations: undefined };
    if (fails) return { afterMs, observations: undefined };
    return {
      afterMs,
      observations: this.#seen().map((owner, vip) => ({
        address: this.#world.vips[vip]?.address ?? '',
        owner: owner === NOBODY ? null : (this.#world.hosts[owner]?.eni ?? OUTSIDER_ENI),
      })),
    };
  }

  /** For a while after a move EC2 may still describe what was before. */
  #seen(): readonly number[] {
    const { ec2, queue, settings } = this.#world;
    const freshMs = Math.min(settings.fabricMs, DESCRIBE_LAG_MS_MAX);
    if (queue.now - this.#movedAt > freshMs || ec2.chance(0.5)) return this.#owners;
    return this.#ownersBefore;
  }

  /** As the checks see it: whom EC2 names for an address. */
  ownerOf(vip: number): number {
    return this.#owners[vip] ?? NOBODY;
  }
}
