/** Runs the system's own programs (ip, nft, nsenter …) without a shell, with a time limit, and explains failures. */

import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { LabError } from '../errors.ts';

/** No single program the lab calls takes longer than a few milliseconds; this long means that it hangs. */
export const commandMsMax = 10_000;
/** Output of a program kept in memory; `ip` and `nft` listings of a lab are a few kilobytes. */
const outputBytesMax = 1024 * 1024;
/** An ordinary user's PATH lacks these on Debian, yet the programs in them work inside a user namespace. */
const systemDirectories = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin'];

/** PATH with the system directories appended, for every program started inside a lab. */
export const labPath = (path: string | undefined = process.env['PATH']): string => {
  const directories = (path ?? '').split(delimiter).filter((directory) => directory !== '');
  return [...new Set([...directories, ...systemDirectories])].join(delimiter);
};

/** Absolute path of a program, or null when the machine does not have it. */
export const findProgram = (name: string, path: string = labPath()): string | null => {
  for (const directory of path.split(delimiter)) {
    const candidate = join(directory, name);
    try {
      accessSync(candidate, constants.X_OK);
      return candidate;
    } catch {
      // Not in this directory: the next one may have it.
    }
  }
  return null;
};

/** Absolute path of a program; throws `program-missing` with the Debian package that brings it. */
export const requireProgram = (name: string, debianPackage: string): string => {
  const found = findProgram(name);
  if (found !== null) {
    return found;
  }
  throw new LabError('program-missing', `the program '${name}' is not installed`, {
    remedy: `install it: apt-get install ${debianPackage}`,
  });
};

/** What a program that ended with a failure said; `stderr` is trimmed. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  readonly argv: readonly string[];
  readonly stderr: string;

  constructor(argv: readonly string[], stderr: string, cause: unknown) {
    super(`${argv.join(' ')}: ${stderr === '' ? String(cause) : stderr}`, { cause });
    this.argv = argv;
    this.stderr = stderr;
  }
}

/**
 * Runs `argv`, writes `input` to its standard input, resolves with its standard output.
 * Rejects with `CommandFailure` when it cannot start, ends non-zero or exceeds `commandMsMax`.
 *
 * @example await run([...prefix, 'ip', '-batch', '-'], 'netns add kl12ab-vpc\n');
 */
export const run = (argv: readonly string[], input = ''): Promise<string> =>
  new Promise((resolve, reject) => {
    const [program, ...rest] = argv;
    if (program === undefined) {
      reject(new CommandFailure(argv, 'an empty command', null));
      return;
    }
    const child = execFile(
      program,
      rest,
      {
        timeout: commandMsMax,
        maxBuffer: outputBytesMax,
        // Messages are matched by their English text.
        env: { ...process.env, PATH: labPath(), LC_ALL: 'C' },
      },
      (error, stdout, stderr) => {
        if (error === null) {
          resolve(stdout);
        } else {
          reject(new CommandFailure(argv, stderr.trim(), error));
        }
      },
    );
    // A program that ends before reading its input breaks the pipe; its exit code tells the story.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
