/**
 * The addresses that the kernel has, and how the agent binds and unbinds VIPs.
 *
 * The agent looks by polling rather than by a long-lived `ip monitor`: {@link listLocal} costs 25 µs warm and some
 * 200 µs in a cold process, so two looks a second take less than 0.05 % of a core, and there is no child process that
 * could outlive a killed agent.
 */

import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import type { BootMs } from '../../core/time.ts';
import { addressSchema, VIPS_MAX } from '../../core/wire/names.ts';
import { HostError } from '../errors.ts';
import { bindLine, hostPrefix } from './address-lines.ts';
import { bootNow } from './boot-clock.ts';
import { tooLate } from './exec-window.ts';
import { type RunIp, runIp } from './ip-command.ts';
import { type LocalAddress, parseShown } from './shown-addresses.ts';

/**
 * The addresses of this host, without starting a process.
 *
 * Only interfaces that are up **and** have carrier are listed (Node leaves the others out). That suits a VIP, which
 * serves nobody on a link without carrier; binding one again there is harmless, and {@link changeAddresses}
 * looks with `ip`, which sees every interface.
 */
export const locate = (): LocalAddress[] =>
  Object.entries(networkInterfaces()).flatMap(([name, addresses]) =>
    (addresses ?? []).map(({ address, cidr }) => ({
      address,
      prefix: Number(cidr?.split('/')[1] ?? hostPrefix(address)),
      // A labelled address is reported as eth0:1; the device is what stands before the colon.
      interface: name.split(':')[0] ?? name,
    })),
  );

/** The addresses of this host as a set: what "bound" means to the loop. */
export const listLocal = (): Set<string> => new Set(locate().map(({ address }) => address));

/** Which addresses to take away and which to add, in this order, in one call. */
export interface AddressChange {
  readonly bind?: readonly string[];
  readonly unbind?: readonly string[];
  /** Where addresses are bound. */
  readonly interface: string;
  /** Not to be begun at or after this instant: the right to bind has ended by then. */
  readonly notAfter?: BootMs;
}

/** What {@link changeAddresses} needs of the host; replaced in tests. */
export interface AddressDeps {
  readonly run: RunIp;
  readonly locate: () => LocalAddress[];
  readonly now: () => BootMs;
}

export const HOST_ADDRESSES: AddressDeps = { run: runIp, locate, now: bootNow };

const INTERFACE_PATTERN = /^[a-zA-Z0-9_.-]{1,15}$/;

/** The batch is text that `ip` parses, so nothing unparsed may enter it. */
export const assertPlain = ({ bind = [], unbind = [], interface: name }: AddressChange): void => {
  const bad = [...bind, ...unbind].find((address) => !addressSchema.safeParse(address).success);
  if (
    bad !== undefined ||
    !INTERFACE_PATTERN.test(name) ||
    bind.length > VIPS_MAX * 32 ||
    unbind.length > VIPS_MAX * 32
  ) {
    throw new HostError('bad-argument', `not an address or an interface: ${bad ?? name}`, {
      remedy: 'correct the VIPs or the interface in the configuration',
    });
  }
};

/** An address may sit elsewhere, or with another prefix, than the agent would have put it. */
const unbindLines = (
  addresses: readonly string[],
  device: string,
  found: readonly LocalAddress[],
): string[] =>
  addresses.flatMap((address) => {
    const places = found.filter((place) => place.address === address);
    const targets =
      places.length > 0 ? places : [{ address, prefix: hostPrefix(address), interface: device }];
    return targets.map((place) => `addr del ${address}/${place.prefix} dev ${place.interface}`);
  });

/** The error of a change whose outcome is not what was asked for. */
export const changeFailed = (what: string, addresses: readonly string[], complaint: string): HostError =>
  new HostError(
    `${what}-failed`,
    `${addresses.join(', ')}: ${complaint === '' ? 'without an error' : complaint}`,
    {
      // So the kernel says it of an IPv6 address where IPv6 is off.
      remedy: /Permission denied/.test(complaint)
        ? 'switch IPv6 on: sysctl net.ipv6.conf.INTERFACE.disable_ipv6=0'
        : /not permitted/i.test(complaint)
          ? 'run the agent as root or with CAP_NET_ADMIN'
          : /Cannot find device|does not exist/i.test(complaint)
            ? 'name an existing interface in the configuration'
            : 'look at `ip address` and at what else manages addresses on this host',
    },
  );

/** Takes away what `ip` has shown and {@link locate} had not: an address on an interface that is down. */
const removeFound = async (found: readonly LocalAddress[], deps: AddressDeps): Promise<Set<string>> => {
  const addresses = [...new Set(found.map(({ address }) => address))];
  const { stdout, complaint } = await deps.run([...unbindLines(addresses, '', found), 'addr show']);
  const bound = new Set(parseShown(stdout).map(({ address }) => address));
  const left = addresses.filter((address) => bound.has(address));
  if (left.length > 0) throw changeFailed('unbind', left, complaint);
  return bound;
};

/**
 * Takes addresses away and adds others (as /32 or /128) by one `ip` process, then looks at what the kernel has. Adding what
 * is there and taking away what is not are no errors: only the outcome counts.
 *
 * @returns the addresses the kernel has afterwards, on any interface, up or down
 * @throws HostError `too-late`, `bad-argument`, `bind-failed`, `unbind-failed`, `ip-failed`, `ip-timeout`, `no-ip-command`
 */
export const changeAddresses = async (
  change: AddressChange,
  deps: AddressDeps = HOST_ADDRESSES,
): Promise<Set<string>> => {
  assertPlain(change);
  const { bind: wanted = [], unbind: unwanted = [], interface: device, notAfter } = change;
  const lines = [
    ...unbindLines(unwanted, device, unwanted.length === 0 ? [] : deps.locate()),
    ...wanted.map((address) => bindLine(address, device)),
    'addr show',
  ];
  if (notAfter !== undefined && deps.now() >= notAfter) throw tooLate();
  const { stdout, complaint } = await deps.run(lines);
  const shown = parseShown(stdout);
  const bound = new Set(shown.map(({ address }) => address));
  const missing = wanted.filter((address) => !bound.has(address));
  if (missing.length > 0) throw changeFailed('bind', missing, complaint);
  const left = shown.filter(({ address }) => unwanted.includes(address) && !wanted.includes(address));
  return left.length === 0 ? bound : removeFound(left, deps);
};

/** Binds addresses as /32 or /128. See {@link changeAddresses}. */
export const bind = async (
  request: { readonly addresses: readonly string[]; readonly interface: string; readonly notAfter?: BootMs },
  deps: AddressDeps = HOST_ADDRESSES,
): Promise<Set<string>> => {
  const { addresses, ...rest } = request;
  return changeAddresses({ bind: addresses, ...rest }, deps);
};

/** Takes addresses away wherever they are. See {@link changeAddresses}. */
export const unbind = async (
  request: { readonly addresses: readonly string[]; readonly interface: string },
  deps: AddressDeps = HOST_ADDRESSES,
): Promise<Set<string>> => changeAddresses({ unbind: request.addresses, interface: request.interface }, deps);

const ROUTE_UP = 0x1;

const readRouteTable = (): string => readFileSync('/proc/net/route', 'utf8');

/** Name and gateway of the IPv4 default route with the lowest metric, as the kernel prints them. */
const defaultRoute = (readRoutes: () => string): readonly [name: string, gateway: string] => {
  const routes = readRoutes()
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(
      ([name, destination, , flags, , , , mask]) =>
        name !== undefined &&
        destination === '00000000' &&
        mask === '00000000' &&
        (Number.parseInt(flags ?? '0', 16) & ROUTE_UP) !== 0,
    )
    .toSorted((a, b) => Number(a[6]) - Number(b[6]));
  const [name, , gateway = ''] = routes[0] ?? [];
  if (name === undefined) {
    throw new HostError('no-default-route', 'this host has no IPv4 default route', {
      remedy: 'name the interface in the configuration',
    });
  }
  return [name, gateway];
};

/**
 * The interface of the IPv4 default route; of several, the one with the lowest metric.
 * @throws HostError `no-default-route`
 */
export const defaultInterface = (readRoutes: () => string = readRouteTable): string =>
  defaultRoute(readRoutes)[0];

/**
 * Where the default route leads, as it is now.
 * @throws HostError `no-default-route`; `no-gateway` where it leads to the interface itself
 */
export const defaultGateway = (readRoutes: () => string = readRouteTable): string => {
  const [name, gateway] = defaultRoute(readRoutes);
  // Printed in the byte order of the machine, which is little-endian here.
  const bytes = (gateway.match(/../gu) ?? []).map((byte) => Number.parseInt(byte, 16)).toReversed();
  if (bytes.every((byte) => byte === 0)) {
    throw new HostError('no-gateway', `the default route has no gateway: it leads out of ${name}`, {
      remedy: 'name an address instead of "gateway"',
    });
  }
  return bytes.join('.');
};
