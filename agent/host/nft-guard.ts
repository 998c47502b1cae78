/**
 * Lets packets of a VIP pass only while a set element with a time-out lives: the kernel's own end of a lease, to the
 * millisecond. The address itself has no lifetime then. The table belongs to the agent alone; a network namespace has
 * one of its own.
 *
 * It stops packets in both directions, before any translation of arriving ones and after that of leaving ones, so
 * what this host forwards counts too. ARP is not stopped, and of neighbour discovery only what an expired address itself would say: in the networks this is for, neighbours do not decide.
 */
import { KERNEL_EXPIRY } from '../../core/lease.ts';
import { after, type BootMs, since } from '../../core/time.ts';
import { isIpv6 } from '../../core/wire/ipv6.ts';
import { HostError } from '../errors.ts';
import { bootNow } from './boot-clock.ts';
import { execWindow } from './exec-window.ts';
import { nftRefused, type RunNft, runNft } from './nft-command.ts';

const TABLE = 'inet keepaloft';
const TRIES_MAX = 2;

/** All that must exist, whoever emptied the ruleset meanwhile. Chains are filled anew: adding alone would repeat rules. */
const FRAME: readonly string[] = [
  `add table ${TABLE}`,
  `add set ${TABLE} guarded { type ipv4_addr; }`,
  `add set ${TABLE} alive { type ipv4_addr; flags timeout; }`,
  `add set ${TABLE} guarded6 { type ipv6_addr; }`,
  `add set ${TABLE} alive6 { type ipv6_addr; flags timeout; }`,
  `add chain ${TABLE} arriving { type filter hook prerouting priority -310; policy accept; }`,
  `add chain ${TABLE} leaving { type filter hook postrouting priority 310; policy accept; }`,
  `flush chain ${TABLE} arriving`,
  `flush chain ${TABLE} leaving`,
  `add rule ${TABLE} arriving ip daddr @guarded ip daddr != @alive drop`,
  `add rule ${TABLE} leaving ip saddr @guarded ip saddr != @alive drop`,
  `add rule ${TABLE} arriving ip6 daddr @guarded6 ip6 daddr != @alive6 drop`,
  `add rule ${TABLE} leaving ip6 saddr @guarded6 ip6 saddr != @alive6 drop`,
];

type Kind = 'guarded' | 'alive';

/** A line for each protocol that there is an address of: a set holds one kind of addresses only. */
const elementLines = (verb: 'add' | 'delete', kind: Kind, vips: readonly string[], suffix = ''): string[] => {
  const line = (set: string, some: readonly string[]): string[] =>
    some.length === 0
      ? []
      : [`${verb} element ${TABLE} ${set} { ${some.map((vip) => `${vip}${suffix}`).join(', ')} }`];
  return [
    ...line(
      kind,
      vips.filter((vip) => !isIpv6(vip)),
    ),
    ...line(`${kind}6`, vips.filter(isIpv6)),
  ];
};

/** Taking away what is not there fails; what has just been added is there. Packets see only the whole transaction. */
const without = (kind: Kind, vips: readonly string[]): string[] => [
  ...elementLines('add', kind, vips, kind === 'alive' ? ' timeout 1s' : ''),
  ...elementLines('delete', kind, vips),
];

const extendLines = (vips: readonly string[], lifetimeMs: number): string[] => [
  ...FRAME,
  ...elementLines('add', 'guarded', vips),
  ...without('alive', vips),
  ...elementLines('add', 'alive', vips, ` timeout ${lifetimeMs}ms`),
];

const UNIT_MS: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 };
/** `2s345ms` in milliseconds. */
export const parseNftTime = (text: string): number =>
  [...text.matchAll(/(\d+)(ms|[dhms])/g)].reduce(
    (sum, [, count, unit = '']) => sum + Number(count) * (UNIT_MS[unit] ?? 0),
    0,
  );

/** What stands between the braces of both sets of a kind. */
const elementsOf = (listing: string, kind: Kind): string =>
  [kind, `${kind}6`]
    .map((set) => new RegExp(`set ${set} \\{(.*?)\\n\\t\\}`, 's').exec(listing)?.[1] ?? '')
    .map((body) => /elements = \{(.*)\}/s.exec(body)?.[1] ?? '')
    .join(',');
const ADDRESS = String.raw`(?:\d+(?:\.\d+){3}|[\da-f]*:[\da-f:.]+)`;

/** What `list table` shows: the guarded addresses, and for the living ones the milliseconds they have left. */
export const parseGuard = (listing: string): { guarded: string[]; aliveMs: Map<string, number> } => ({
  guarded: elementsOf(listing, 'guarded').match(new RegExp(ADDRESS, 'g')) ?? [],
  aliveMs: new Map(
    [...elementsOf(listing, 'alive').matchAll(new RegExp(`(${ADDRESS})[^,}]*? expires (\\w+)`, 'g'))].map(
      ([, address = '', left = '']) => [address, parseNftTime(left)],
    ),
  ),
});

/** What the guard needs of the host; replaced in tests. */
export interface NftDeps {
  readonly run: RunNft;
  readonly now: () => BootMs;
}
export const HOST_NFT: NftDeps = { run: runNft, now: bootNow };

export class NftGuard {
  readonly #deps: NftDeps;
  readonly #guarded: Set<string>;
  /** Not alive from this instant on, for sure. */
  readonly #aliveUntil: Map<string, BootMs>;
  /** One transaction at a time: the table must not go with one group's last address while another one's comes. */
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(deps: NftDeps, guarded: Set<string>, aliveUntil: Map<string, BootMs>) {
    this.#deps = deps;
    this.#guarded = guarded;
    this.#aliveUntil = aliveUntil;
  }

  /**
   * Takes over what an earlier run left, frees addresses that are not to be guarded any more, and makes sure that the
   * kernel takes such a table if any address is to be guarded.
   *
   * @param vips the addresses to be guarded, of all groups
   * @throws HostError `no-nft-command`, `nft-refused`, `nft-timeout`, `nft-failed`; with no `vips` only what a stale
   * table makes necessary
   */
  static async open(vips: readonly string[], deps: NftDeps = HOST_NFT): Promise<NftGuard> {
    const found = await deps.run([`list table ${TABLE}`]).catch((cause: unknown) => {
      if (vips.length === 0 && cause instanceof HostError) return { ok: false, stdout: '', complaint: '' };
      throw cause;
    });
    const { guarded, aliveMs } = parseGuard(found.stdout);
    const now = deps.now();
    const { lateMs } = KERNEL_EXPIRY.nft;
    const aliveUntil = new Map([...aliveMs].map(([vip, leftMs]) => [vip, after(now, leftMs + lateMs)]));
    const guard = new NftGuard(deps, new Set(guarded), aliveUntil);
    const stale = guarded.filter((vip) => !vips.includes(vip));
    if (stale.length > 0 || (found.ok && guarded.length === 0)) await guard.free(stale);
    if (vips.length > 0) {
      const { ok, complaint } = await deps.run(FRAME, { checkOnly: true });
      if (!ok) throw nftRefused(complaint);
    }
    return guard;
  }

  isGuarded(vip: string): boolean {
    return this.#guarded.has(vip);
  }

  /** For how long packets of the address may still pass, milliseconds; 0 when they do not. */
  mayLiveMs(vip: string): number {
    const until = this.#aliveUntil.get(vip);
    return until === undefined ? 0 : since(this.#deps.now(), until);
  }

  /**
   * Guards addresses and lets their packets pass, both in one transaction and not beyond `until`. Renewing is the same.
   * @throws HostError `too-late`, `nft-refused`, `nft-timeout`, `nft-failed`, `no-nft-command`
   */
  extend(vips: readonly string[], until: BootMs): Promise<void> {
    return this.#inTurn(() => this.#extend(vips, until));
  }

  async #extend(vips: readonly string[], until: BootMs): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      const { lifetimeMs, timeoutMs } = execWindow(until, this.#deps.now(), 'nft');
      // Noted before it is so: from here on these packets may pass.
      for (const vip of vips) {
        this.#guarded.add(vip);
        this.#aliveUntil.set(vip, until);
      }
      try {
        await this.#commit(extendLines(vips, lifetimeMs), timeoutMs);
        return;
      } catch (cause) {
        // It was killed because it took too long, yet may have done its work too late: a shorter life puts that right.
        const again = cause instanceof HostError && cause.code === 'nft-timeout' && tries < TRIES_MAX;
        if (!again) throw cause;
      }
    }
  }

  /** Lets no packet of these addresses pass any more, while the guard stays. @throws as {@link extend} */
  silence(vips: readonly string[]): Promise<void> {
    return this.#inTurn(async () => {
      await this.#commit([...FRAME, ...elementLines('add', 'guarded', vips), ...without('alive', vips)]);
      for (const vip of vips) {
        this.#guarded.add(vip);
        this.#aliveUntil.delete(vip);
      }
    });
  }

  /** Ends the guard over addresses that are no longer bound; the table goes with the last. @throws as {@link extend} */
  free(vips: readonly string[]): Promise<void> {
    return this.#inTurn(() => this.#free(vips));
  }

  async #free(vips: readonly string[]): Promise<void> {
    const left = [...this.#guarded].filter((vip) => !vips.includes(vip));
    const lines =
      left.length === 0
        ? [`add table ${TABLE}`, `delete table ${TABLE}`]
        : [...FRAME, ...without('guarded', vips), ...without('alive', vips)];
    await this.#commit(lines);
    for (const vip of vips) {
      this.#guarded.delete(vip);
      this.#aliveUntil.delete(vip);
    }
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const mine = this.#turn.then(work);
    // Whoever asked is told of a failure; the next in turn goes on.
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  async #commit(lines: readonly string[], timeoutMs?: number): Promise<void> {
    const { ok, complaint } = await this.#deps.run(lines, timeoutMs === undefined ? {} : { timeoutMs });
    if (!ok) throw nftRefused(complaint);
  }
}
