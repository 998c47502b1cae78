/** Binds and unbinds the VIPs of groups, each in the way that its fencing asks for. */
import type { GroupProfile } from '../../core/holder/types.ts';
import type { BootMs } from '../../core/time.ts';
import type { Announcement } from '../../core/wire/announce.ts';
import { Announcer, type AnnouncerDeps, HOST_ANNOUNCER } from '../announce/announcer.ts';
import { messageOf } from '../errors.ts';
import type { Leftovers, LoopLog } from '../loop/ports.ts';
import { type AddressDeps, bind, HOST_ADDRESSES, unbind } from './addresses.ts';
import { LanDevices } from './lan-devices.ts';
import { bindLeased, leftoversOf, mayLiveMs, showAddresses } from './leased-addresses.ts';
import { HOST_NFT, type NftDeps, NftGuard } from './nft-guard.ts';

/** What {@link Vips} needs of the host; replaced in tests. */
export interface VipsDeps {
  readonly addresses: AddressDeps;
  readonly nft: NftDeps;
  readonly announcer?: AnnouncerDeps;
}
const HOST: VipsDeps = { addresses: HOST_ADDRESSES, nft: HOST_NFT };
const NOTHING_ANNOUNCED: ReadonlyMap<string, Announcement> = new Map();

export interface VipsOptions {
  readonly profiles: readonly GroupProfile[];
  /** The interface on which VIPs are bound. */
  readonly device: string;
  /** VIPs of a switch, and how they are announced there. */
  readonly announced?: ReadonlyMap<string, Announcement>;
  readonly log: LoopLog;
}

export class Vips {
  readonly #device: string;
  readonly #log: Pick<LoopLog, 'warn'>;
  readonly #announcer: Announcer;
  readonly #lan: LanDevices;
  readonly #deps: VipsDeps;
  readonly #guard: NftGuard;
  /** Behind the guard, these have been bound by this run: what was there before may have a lifetime. */
  readonly #placed = new Set<string>();
  readonly #warned = new Set<string>();

  private constructor({ device, log }: VipsOptions, guard: NftGuard, announcer: Announcer, deps: VipsDeps) {
    this.#device = device;
    this.#log = log;
    this.#announcer = announcer;
    this.#lan = new LanDevices(device, deps.addresses.locate);
    this.#guard = guard;
    this.#deps = deps;
  }

  /** @throws HostError `no-nft-command` or `nft-refused` when a group asks for nft and this host has none */
  static async open(options: VipsOptions, deps: VipsDeps = HOST): Promise<Vips> {
    const guarded = options.profiles.filter(({ kernelExpiry }) => kernelExpiry === 'nft');
    const guard = await NftGuard.open(
      guarded.flatMap(({ vips }) => vips),
      deps.nft,
    );
    const { announced = NOTHING_ANNOUNCED, log } = options;
    const announcer = await Announcer.open(announced, log, deps.announcer ?? HOST_ANNOUNCER);
    return new Vips(options, guard, announcer, deps);
  }

  #isSpent(vip: string): boolean {
    return this.#guard.isGuarded(vip) && this.#guard.mayLiveMs(vip) === 0;
  }

  /** The group's VIPs that the kernel has and whose packets pass. Starts no process. */
  bound({ vips }: GroupProfile): string[] {
    this.#announcer.look();
    const local = new Set(this.#deps.addresses.locate().map(({ address }) => address));
    return vips.filter((vip) => local.has(vip) && !this.#isSpent(vip));
  }

  /** The group's VIPs that the kernel still has although it lets none of their packets pass. */
  spent({ vips }: GroupProfile): string[] {
    const local = new Set(this.#deps.addresses.locate().map(({ address }) => address));
    return vips.filter((vip) => local.has(vip) && this.#isSpent(vip));
  }

  /**
   * Binds VIPs of a group, or renews them; with `until`, so that the kernel lets go before that instant.
   * @returns the group's VIPs that are bound afterwards
   * @throws HostError
   */
  async bind(profile: GroupProfile, vips: readonly string[], until?: BootMs): Promise<string[]> {
    if (until === undefined || profile.kernelExpiry === undefined) {
      return this.#ofGroup(profile, await this.#bindForEver(vips));
    }
    if (profile.kernelExpiry === 'nft') return this.#bindGuarded(profile, vips, until);
    return this.#bindLeased(profile, vips, until);
  }

  /** Takes VIPs of a group away wherever they are. @returns those of the group that are left. @throws HostError */
  async unbind(profile: GroupProfile, vips: readonly string[]): Promise<string[]> {
    // First of all: neighbours must not be told to send here what is about to be refused.
    this.#announcer.quiet(vips);
    const guarded = vips.filter((vip) => this.#guard.isGuarded(vip));
    if (guarded.length > 0) await this.#silence(profile, guarded);
    for (const vip of vips) this.#placed.delete(vip);
    const bound = await unbind({ addresses: vips, interface: this.#device }, this.#deps.addresses);
    if (guarded.length > 0) await this.#free(profile, guarded);
    return this.#ofGroup(profile, bound);
  }

  /** What an earlier run left of an exclusive group, and how long the kernel will keep it. @throws HostError */
  async leftovers({ vips }: GroupProfile): Promise<Leftovers> {
    const shown = await showAddresses(this.#deps.addresses);
    const left = shown
      .filter(({ address }) => vips.includes(address) && !this.#isSpent(address))
      .map((one) => {
        const guardMs = this.#guard.isGuarded(one.address) ? this.#guard.mayLiveMs(one.address) : Infinity;
        return { address: one.address, forMs: Math.min(mayLiveMs(one), guardMs) };
      });
    return leftoversOf(left);
  }

  /** Addresses of a switch go where the switch is; all others to the interface of the group. */
  async #bindLeased(profile: GroupProfile, vips: readonly string[], until: BootMs): Promise<string[]> {
    const local = new Set(this.#deps.addresses.locate().map(({ address }) => address));
    const deviceOf = (vip: string): string =>
      this.#announcer.isAnnounced(vip) ? this.#lan.deviceOf(vip) : this.#device;
    let all: ReadonlySet<string> = new Set();
    for (const [device, addresses] of Map.groupBy(vips, deviceOf)) {
      for (const vip of addresses)
        if (this.#announcer.isAnnounced(vip) && !local.has(vip)) this.#announcer.ask(vip, device);
      const request = { addresses, interface: device, until };
      const { bound, meddled, added } = await bindLeased(request, this.#deps.addresses);
      this.#announcer.held(addresses, until, added);
      this.#warnOf(profile, meddled);
      all = bound;
    }
    return this.#ofGroup(profile, all);
  }

  async #bindForEver(addresses: readonly string[], until?: BootMs): Promise<ReadonlySet<string>> {
    const notAfter = until === undefined ? {} : { notAfter: until };
    return bind({ addresses, interface: this.#device, ...notAfter }, this.#deps.addresses);
  }

  async #bindGuarded(profile: GroupProfile, vips: readonly string[], until: BootMs): Promise<string[]> {
    await this.#guard.extend(vips, until);
    const local = new Set(this.#deps.addresses.locate().map(({ address }) => address));
    const missing = vips.filter((vip) => !local.has(vip) || !this.#placed.has(vip));
    if (missing.length === 0) return this.#ofGroup(profile, local);
    const bound = await this.#bindForEver(missing, until);
    for (const vip of missing) this.#placed.add(vip);
    return this.#ofGroup(profile, bound);
  }

  /** A failure is no reason to stop: taking the address away stops its packets too. */
  async #silence({ name }: GroupProfile, vips: readonly string[]): Promise<void> {
    try {
      await this.#guard.silence(vips);
    } catch (cause) {
      this.#log.warn({ group: name, error: messageOf(cause) }, 'the VIPs could not be silenced by nft');
    }
  }

  /** A guard over an address that is not bound harms nobody; the next unbinding or start takes it away. */
  async #free({ name }: GroupProfile, vips: readonly string[]): Promise<void> {
    try {
      await this.#guard.free(vips);
    } catch (cause) {
      this.#log.warn({ group: name, error: messageOf(cause) }, 'the nft guard could not be taken away');
    }
  }

  #ofGroup({ vips }: GroupProfile, bound: ReadonlySet<string>): string[] {
    return vips.filter((vip) => bound.has(vip) && !this.#isSpent(vip));
  }

  #warnOf({ name }: GroupProfile, meddled: readonly string[]): void {
    for (const vip of meddled.filter((one) => !this.#warned.has(one))) {
      this.#warned.add(vip);
      this.#log.warn(
        { group: name, vip, remedy: 'let nothing but the agent manage this address' },
        'something else on this host binds the VIP without a lifetime; put right, but a killed agent would not let go',
      );
    }
  }
}
