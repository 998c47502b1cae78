/**
 * Ends the connections of addresses that are about to leave this host, so that clients hear of it (a reset) and connect
 * again at once, instead of waiting for answers that will never come. iproute2's `ss` asks the kernel to.
 */
import { isIpv6 } from '../../core/wire/ipv6.ts';
import { findTool, runTool, type Tool } from './system-tool.ts';

const SS: Tool = { name: 'ss', remedy: 'install iproute2' };
/** A holder that was asked to let go has not long: connections that are not ended by then are left. */
const TIMEOUT_MS = 500;

/** In the filters of `ss` an IPv6 address stands in brackets. */
const hostOf = (address: string): string => (isIpv6(address) ? `[${address}]` : address);

/** The words of `ss` for all TCP connections whose local address is one of these. */
export const wordsFor = (addresses: readonly string[], kill: boolean): string[] => [
  `-tnH${kill ? 'K' : ''}`,
  'state',
  'connected',
  '(',
  ...addresses.flatMap((address, index) => [...(index === 0 ? [] : ['or']), 'src', hostOf(address)]),
  ')',
];

/** Runs `ss` with these words; what it printed. */
export type RunSs = (words: readonly string[]) => Promise<string>;

/** @param places where to look, for tests */
export const hasSs = (places?: readonly string[]): boolean => {
  try {
    findTool(SS, places);
    return true;
  } catch {
    return false;
  }
};

let ssPath: string | undefined;
const runSs: RunSs = async (words) => {
  ssPath ??= findTool(SS);
  return (await runTool(SS, [ssPath, ...words], { stdin: '', timeoutMs: TIMEOUT_MS })).stdout;
};

export interface Reset {
  /** Connections that were ended. */
  readonly ended: number;
  /** Connections that are still there: the kernel cannot end any (no CONFIG_INET_DIAG_DESTROY), or they are new. */
  readonly left: number;
}

const linesIn = (text: string): number => text.split('\n').filter((line) => line.trim() !== '').length;

/**
 * Ends all TCP connections of these local addresses; listening sockets stay. A kernel that cannot do so says nothing, so what
 * is left is counted.
 * @throws HostError `no-ss-command`, `ss-timeout`, `ss-failed`
 */
export const resetSockets = async (addresses: readonly string[], run: RunSs = runSs): Promise<Reset> => {
  const ended = linesIn(await run(wordsFor(addresses, true)));
  const left = linesIn(await run(wordsFor(addresses, false)));
  return { ended, left };
};
