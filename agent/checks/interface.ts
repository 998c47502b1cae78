/** Check `interface`: a network interface is up, as keepalived's track_interface. Read from /sys, without starting anything. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fail, type Probe, pass } from './probe.ts';

/** IFF_UP of linux/if.h: whoever administers the host wants it up. */
const IFF_UP = 0x1;
/** Of RFC 2863. Drivers that cannot tell say `unknown`; the kernel takes such an interface for running, and so is it here. */
const RUNNING_STATES = new Set(['up', 'unknown']);
const HEX = 16;

/** What the kernel says of an interface; undefined: nothing, for there is none or the kernel refuses to say. */
interface LinkFacts {
  readonly flags: number | undefined;
  readonly state: string | undefined;
  /** `0`: no carrier. Cannot be read of an interface that is down. */
  readonly carrier: string | undefined;
}

const textOf = (path: string): Promise<string | undefined> =>
  readFile(path, 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  );

const lookAt = async (folder: string): Promise<LinkFacts> => {
  const [flags, state, carrier] = await Promise.all(
    ['flags', 'operstate', 'carrier'].map((name) => textOf(join(folder, name))),
  );
  return { flags: flags === undefined ? undefined : Number.parseInt(flags, HEX), state, carrier };
};

/** Why it is not up; undefined: it is. What cannot be read is not up. */
const flawOf = ({ flags, state, carrier }: LinkFacts): string | undefined => {
  if (flags === undefined || state === undefined) return 'there is no such interface';
  if ((flags & IFF_UP) === 0) return 'it is switched off (ip link set … up)';
  if (!RUNNING_STATES.has(state)) return `its state is ${state}`;
  return carrier === '0' ? 'it has no carrier' : undefined;
};

/**
 * Passes while the interface is switched on and running. One that does not exist fails.
 * @param folder where the kernel shows interfaces, for tests
 * @example createInterfaceProbe({ interface: 'eth1' })
 */
export const createInterfaceProbe =
  ({ interface: name }: { readonly interface: string }, folder = '/sys/class/net'): Probe =>
  async () => {
    const flaw = flawOf(await lookAt(join(folder, name)));
    return flaw === undefined ? pass(`${name} is up`) : fail(`${name}: ${flaw}`);
  };
