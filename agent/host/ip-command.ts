/** Finds and runs iproute2's `ip` in batch mode: one process for any number of changes, then one look. */
import { accessSync, constants } from 'node:fs';
import { HostError, messageOf } from '../errors.ts';
import { lastLine, runProgram } from './run.ts';

/** Distributions disagree on the place, and a service's PATH is not to be trusted. */
const IP_PLACES = ['/usr/sbin/ip', '/sbin/ip', '/usr/bin/ip', '/bin/ip', '/usr/local/sbin/ip'];
/** A netlink call takes microseconds; a batch that takes this long met a host in deep trouble. */
const IP_TIMEOUT_MS = 2000;
/** A host with a thousand addresses prints about 100 KB. */
const IP_OUTPUT_BYTES_MAX = 1_048_576;
const MESSAGE_CHARS_MAX = 200;

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** @throws HostError `no-ip-command` when iproute2 is in none of the usual places */
export const findIp = (places: readonly string[] = IP_PLACES): string => {
  const found = places.find(isExecutable);
  if (found === undefined) {
    throw new HostError('no-ip-command', `no ip command in ${places.join(', ')}`, {
      remedy: 'install iproute2',
    });
  }
  return found;
};

export interface IpResult {
  /** What the batch printed; with `-oneline`, one line an address. */
  readonly stdout: string;
  /** Every command of the batch succeeded. */
  readonly ok: boolean;
  /** The last complaint, one line. */
  readonly complaint: string;
}

/** Runs a batch of `ip` commands. */
export type RunIp = (lines: readonly string[]) => Promise<IpResult>;

let ipPath: string | undefined;

/**
 * Runs `lines` as one `ip -batch`, going on after a line that fails (`-force`).
 * @throws HostError `no-ip-command`, or `ip-failed` when the command itself did not start or did not end
 */
export const runIp: RunIp = async (lines) => {
  ipPath ??= findIp();
  const result = await runProgram({
    argv: [ipPath, '-4', '-oneline', '-force', '-batch', '-'],
    stdin: `${lines.join('\n')}\n`,
    timeoutMs: IP_TIMEOUT_MS,
    keepBytes: IP_OUTPUT_BYTES_MAX,
    outputBytesMax: IP_OUTPUT_BYTES_MAX,
    killLeftovers: true,
  });
  if (result.ended !== 'exit') {
    throw new HostError('ip-failed', `${ipPath} ended by ${result.ended} after ${result.durationMs} ms`, {
      remedy: result.error === undefined ? 'look at the load of this host' : messageOf(result.error),
      cause: result.error,
    });
  }
  // "Command failed -:2" only repeats which line it was.
  const complaints = result.stderr.replaceAll(/^Command failed.*$/gm, '');
  return {
    stdout: result.stdout,
    ok: result.code === 0,
    complaint: result.code === 0 ? '' : lastLine(complaints, MESSAGE_CHARS_MAX),
  };
};
