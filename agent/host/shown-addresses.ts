/** Reads what `ip -oneline addr show` prints. */
import { hostPrefix } from './address-lines.ts';

/** One address of this host. */
export interface LocalAddress {
  readonly address: string;
  readonly prefix: number;
  readonly interface: string;
}

/** An address as `ip` shows it: on any interface, up or down. */
export interface ShownAddress extends LocalAddress {
  /** What the kernel still gives it, in whole seconds, rounded up; Infinity: for ever. */
  readonly lifetimeS: number;
}

/** `4: eth0    inet 172.31.0.201/32 scope global dynamic eth0\       valid_lft 3sec preferred_lft 3sec`. */
const LINE = /^\d+: ([^\s@]+)\S*\s+inet6? ([\da-f.:]+)(?: peer [\da-f.:]+)?(?:\/(\d+))?(.*)$/gm;
const LIFETIME = /valid_lft (\d+)sec/;

/** Every address in the output; other lines are passed over. */
export const parseShown = (stdout: string): ShownAddress[] =>
  [...stdout.matchAll(LINE)].map(([, device = '', address = '', prefix, rest = '']) => ({
    address,
    prefix: prefix === undefined ? hostPrefix(address) : Number(prefix),
    interface: device,
    lifetimeS: Number(LIFETIME.exec(rest)?.[1] ?? Infinity),
  }));
