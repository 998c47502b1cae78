/**
 * Addresses that the kernel itself takes away when nobody renews them (`valid_lft`). Where the lease is the fence, a
 * host whose agent was killed must let go all the same.
 */
import { KERNEL_EXPIRY } from '../../core/lease.ts';
import { type BootMs, durationMs } from '../../core/time.ts';
import { HostError } from '../errors.ts';
import type { Leftovers } from '../loop/ports.ts';
import { bindLine, hostPrefix } from './address-lines.ts';
import { type AddressDeps, assertPlain, changeFailed, HOST_ADDRESSES } from './addresses.ts';
import { execWindow } from './exec-window.ts';
import { parseShown, type ShownAddress } from './shown-addresses.ts';

const MS_PER_S = 1000;
/** The second try puts right what the first has found, or has not been able to finish in time. */
const TRIES_MAX = 2;
/** Prints a line that is no address: what stands before it was the case before the change. */
const SEPARATOR = 'link show dev lo';
const SEPARATION = /^\d+: lo: .*$/m;

export interface LeasedRequest {
  readonly addresses: readonly string[];
  readonly interface: string;
  /** The kernel must have let go by then, whatever happens to the agent. */
  readonly until: BootMs;
}

export interface LeasedBinding {
  /** The addresses the kernel has afterwards. */
  readonly bound: ReadonlySet<string>;
  /** Of the requested ones, those that somebody else had bound: without a lifetime, or in another place. */
  readonly meddled: readonly string[];
  /** Of the requested ones, those that the kernel did not have before, on any interface. */
  readonly added: readonly string[];
}

/** Ours is a /32 or /128 on the interface of the group, and the kernel will end it. */
const isOurs = (shown: ShownAddress, device: string, lifetimeS: number): boolean =>
  shown.interface === device && shown.prefix === hostPrefix(shown.address) && shown.lifetimeS <= lifetimeS;

interface Try {
  readonly bound: ReadonlySet<string>;
  readonly added: readonly string[];
  /** Foreign bindings before the change and after it. */
  readonly before: readonly ShownAddress[];
  readonly after: readonly ShownAddress[];
}

const tryOnce = async (
  { addresses, interface: device, until }: LeasedRequest,
  strays: readonly ShownAddress[],
  deps: AddressDeps,
): Promise<Try> => {
  const { lifetimeMs, timeoutMs } = execWindow(until, deps.now(), 'address');
  const seconds = lifetimeMs / MS_PER_S;
  const lines = [
    'addr show',
    SEPARATOR,
    ...strays.map((stray) => `addr del ${stray.address}/${stray.prefix} dev ${stray.interface}`),
    ...addresses.map((address) => bindLine(address, device, seconds)),
    'addr show',
  ];
  const { stdout, complaint } = await deps.run(lines, timeoutMs);
  const [beforeText = '', afterText = ''] = stdout.split(SEPARATION);
  const after = parseShown(afterText);
  const bound = new Set(after.map(({ address }) => address));
  const missing = addresses.filter((address) => !bound.has(address));
  if (missing.length > 0) throw changeFailed('bind', missing, complaint);
  const foreign = (shown: readonly ShownAddress[], lifetimeSMax: number): ShownAddress[] =>
    shown.filter((one) => addresses.includes(one.address) && !isOurs(one, device, lifetimeSMax));
  // An earlier lifetime may have been any whole number; what tells a foreign hand is that there is none.
  const before = parseShown(beforeText);
  const added = addresses.filter((address) => !before.some((one) => one.address === address));
  return { bound, added, before: foreign(before, Number.MAX_VALUE), after: foreign(after, seconds) };
};

const isTimeout = (thrown: unknown): boolean => thrown instanceof HostError && thrown.code === 'ip-timeout';

/**
 * Binds addresses as /32 or /128 with a lifetime that ends before `until`, by one `ip` process, and looks whether it is there.
 * Renewing is the same call. Copies without a lifetime, or in another place, are taken away.
 *
 * @throws HostError `too-late` when there is no time left; `lifetime-not-set` when a copy without one remains; what
 * {@link changeAddresses} throws
 */
export const bindLeased = async (
  request: LeasedRequest,
  deps: AddressDeps = HOST_ADDRESSES,
): Promise<LeasedBinding> => {
  assertPlain({ bind: request.addresses, interface: request.interface });
  const meddled = new Set<string>();
  const fresh = new Set<string>();
  let strays: readonly ShownAddress[] = [];
  for (let tries = 1; tries <= TRIES_MAX; tries += 1) {
    try {
      const { bound, added, before, after } = await tryOnce(request, strays, deps);
      for (const address of added) fresh.add(address);
      for (const { address } of [...before, ...after]) meddled.add(address);
      if (after.length === 0) return { bound, meddled: [...meddled], added: [...fresh] };
      strays = after;
    } catch (cause) {
      // It was killed because it took too long, yet may have done its work too late: a shorter lifetime puts that right.
      if (!isTimeout(cause) || tries === TRIES_MAX) throw cause;
    }
  }
  const left = strays.map((stray) => `${stray.address}/${stray.prefix} on ${stray.interface}`);
  throw new HostError('lifetime-not-set', `bound without a lifetime: ${left.join(', ')}`, {
    remedy: 'look at `ip address` and at what else manages addresses on this host',
  });
};

/** How long the kernel may still have an address, its lateness included; Infinity: for ever. */
export const mayLiveMs = ({ lifetimeS }: ShownAddress): number =>
  lifetimeS * MS_PER_S + KERNEL_EXPIRY.address.lateMs;

/** Names what is left, and how long the longest of it may live. */
export const leftoversOf = (
  left: readonly { readonly address: string; readonly forMs: number }[],
): Leftovers => {
  const longestMs = Math.max(0, ...left.map(({ forMs }) => forMs));
  return {
    bound: [...new Set(left.map(({ address }) => address))],
    ...(left.length > 0 && Number.isFinite(longestMs) ? { expiresInMs: durationMs(longestMs) } : {}),
  };
};

/** All addresses of this host with their lifetimes, on any interface, up or down. @throws as {@link changeAddresses} */
export const showAddresses = async (deps: AddressDeps = HOST_ADDRESSES): Promise<ShownAddress[]> =>
  parseShown((await deps.run(['addr show'])).stdout);
