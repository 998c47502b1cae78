/** Finds and runs a tool of the system: `ip` and `nft`, which read their commands from standard input, and `ss`. */
import { accessSync, constants } from 'node:fs';
import { HostError, messageOf } from '../errors.ts';
import { type RunResult, runProgram } from './run.ts';

/** Distributions disagree on the place, and a service's PATH is not to be trusted. */
const DIRECTORIES = ['/usr/sbin', '/sbin', '/usr/bin', '/bin', '/usr/local/sbin'];
/** A netlink call takes microseconds; a tool that takes this long met a host in deep trouble. */
export const TOOL_TIMEOUT_MS = 2000;
/** A host with a thousand addresses prints about 100 KB. */
const OUTPUT_BYTES_MAX = 1_048_576;

/** A tool, and what to do where it is missing. */
export interface Tool {
  readonly name: 'ip' | 'nft' | 'ss';
  readonly remedy: string;
}

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** @throws HostError `no-NAME-command` when the tool is in none of the places */
export const findTool = (
  { name, remedy }: Tool,
  places: readonly string[] = DIRECTORIES.map((directory) => `${directory}/${name}`),
): string => {
  const found = places.find(isExecutable);
  if (found === undefined) {
    throw new HostError(`no-${name}-command`, `no ${name} command in ${places.join(', ')}`, {
      remedy,
    });
  }
  return found;
};

/**
 * Runs a tool to its end; how it exited is for the caller to judge.
 * @throws HostError `NAME-timeout` when it was killed for taking too long: whether it did anything is not known then;
 * `NAME-failed` when it did not start or did not end by itself
 */
export const runTool = async (
  { name }: Tool,
  argv: readonly [string, ...string[]],
  options: { readonly stdin: string; readonly timeoutMs?: number | undefined },
): Promise<RunResult> => {
  const result = await runProgram({
    argv,
    stdin: options.stdin,
    timeoutMs: options.timeoutMs ?? TOOL_TIMEOUT_MS,
    keepBytes: OUTPUT_BYTES_MAX,
    outputBytesMax: OUTPUT_BYTES_MAX,
    killLeftovers: true,
  });
  if (result.ended === 'exit') return result;
  const code = result.ended === 'timeout' ? `${name}-timeout` : `${name}-failed`;
  throw new HostError(code, `${argv[0]} ended by ${result.ended} after ${result.durationMs} ms`, {
    remedy: result.error === undefined ? 'look at the load of this host' : messageOf(result.error),
    cause: result.error,
  });
};
