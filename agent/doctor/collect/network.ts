/** Looks at the addresses, filters and listening sockets of this host. */
import { join } from 'node:path';
import { defaultInterface, locate } from '../../host/addresses.ts';
import type { NetworkFacts } from '../facts.ts';
import { textOf } from './files.ts';

/** The state LISTEN in /proc/net/tcp. */
const LISTEN = '0A';
const HEX = 16;
const WORD_CHARS = 8;
const BYTE_CHARS = 2;
const V4_MAPPED = '0000000000000000FFFF0000';

/** The kernel prints each 32-bit word of an address in the byte order of the machine, which is little-endian here. */
const bytesOf = (hex: string): number[] =>
  (hex.match(new RegExp(`.{${WORD_CHARS}}`, 'gu')) ?? []).flatMap((word) =>
    (word.match(new RegExp(`.{${BYTE_CHARS}}`, 'gu')) ?? [])
      .toReversed()
      .map((byte) => Number.parseInt(byte, HEX)),
  );

const addressOf = (hex: string): string => {
  if (/^0+$/u.test(hex)) return '*';
  if (hex.length === WORD_CHARS) return bytesOf(hex).join('.');
  if (hex.startsWith(V4_MAPPED)) return bytesOf(hex.slice(V4_MAPPED.length)).join('.');
  const bytes = bytesOf(hex);
  const isLoopback = bytes.at(-1) === 1 && bytes.slice(0, -1).every((byte) => byte === 0);
  return isLoopback ? '::1' : bytes.map((byte) => byte.toString(HEX).padStart(BYTE_CHARS, '0')).join('');
};

/** Who listens where, from the text of /proc/net/tcp and /proc/net/tcp6. */
export const parseListeners = (...tables: readonly string[]): Map<number, string[]> => {
  const found = new Map<number, string[]>();
  for (const line of tables.flatMap((table) => table.split('\n'))) {
    const [, local = '', , state] = line.trim().split(/\s+/u);
    const [address = '', port = ''] = local.split(':');
    if (state !== LISTEN || port === '') continue;
    const number = Number.parseInt(port, HEX);
    found.set(number, [...(found.get(number) ?? []), addressOf(address)]);
  }
  return found;
};

const numberIn = (path: string): number | undefined => {
  const text = textOf(path)?.trim();
  return text === undefined || !/^\d+$/u.test(text) ? undefined : Number(text);
};

/** The kernel uses the greater of both. */
const rpFilterOf = (device: string, root: string): number | undefined => {
  const folder = join(root, 'proc/sys/net/ipv4/conf');
  const all = numberIn(join(folder, 'all', 'rp_filter'));
  const own = numberIn(join(folder, device, 'rp_filter'));
  return all === undefined || own === undefined ? undefined : Math.max(all, own);
};

const defaultDeviceOf = (): string | undefined => {
  try {
    return defaultInterface();
  } catch {
    return undefined;
  }
};

/**
 * @param configured the interface of the configuration, if it names one
 * @param root where the file system begins, for tests
 */
export const lookAtNetwork = (configured: string | undefined, root = '/'): NetworkFacts => {
  const defaultDevice = defaultDeviceOf();
  const device = configured ?? defaultDevice;
  return {
    addresses: locate().map(({ address, interface: name }) => ({ address, interface: name })),
    device,
    defaultDevice,
    rpFilter: device === undefined ? undefined : rpFilterOf(device, root),
    listeners: parseListeners(
      textOf(join(root, 'proc/net/tcp')) ?? '',
      textOf(join(root, 'proc/net/tcp6')) ?? '',
    ),
  };
};
