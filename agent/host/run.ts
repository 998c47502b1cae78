/**
 * Runs another program within bounds: no shell, its own process group, a time limit, a limit on its output, and
 * nothing of it left when the limit is passed. Checks, hooks and the `ip` command all run through here.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { closeInput, openInput } from './input-file.ts';

/** The only environment a program gets besides what its caller names. */
export const PATH_MINIMAL = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** After the program itself ended: how long its last words may take to arrive through the pipes. */
const DRAIN_MS_MAX = 200;

export interface RunRequest {
  /** The program, absolute, and its arguments. */
  readonly argv: readonly [string, ...string[]];
  readonly timeoutMs: number;
  /** The end of the output that is kept, bytes. */
  readonly keepBytes: number;
  /** A program that writes more than this is killed, bytes. */
  readonly outputBytesMax: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Complete before the program starts: nothing of it waits for this process. */
  readonly stdin?: string;
  /** Run as another user; supplementary groups are dropped. */
  readonly user?: { readonly uid: number; readonly gid: number };
  /** Kills the program like the time limit does. */
  readonly signal?: AbortSignal;
  /** Whether processes that it left in its group die with it also after an orderly exit. */
  readonly killLeftovers: boolean;
}

export interface RunResult {
  readonly ended: 'exit' | 'timeout' | 'aborted' | 'overflow' | 'not-started';
  /** The exit status; null when a signal ended it or it never started. */
  readonly code: number | null;
  readonly signal: string | null;
  /** The kept end of standard output alone. */
  readonly stdout: string;
  /** The kept end of standard error alone. */
  readonly stderr: string;
  /** The kept end of standard output and standard error, in order of arrival. */
  readonly output: string;
  readonly durationMs: number;
  /** With `not-started`: why. */
  readonly error?: Error;
}

/** Keeps the end of a stream. */
const createTail = (keepBytes: number) => {
  let kept = Buffer.alloc(0);
  return {
    push: (chunk: Buffer): void => {
      kept = Buffer.concat([kept, chunk]).subarray(-keepBytes);
    },
    text: (): string => kept.toString('utf8'),
  };
};

/** Kills the whole group: a shell script's `sleep` must not outlive the script. */
const killGroup = (child: ChildProcess): void => {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // The group is empty already, or holds only processes that are not ours to kill: try the one we started.
    child.kill('SIGKILL');
  }
};

const start = (request: RunRequest): ChildProcess => {
  const [program, ...args] = request.argv;
  const input = request.stdin === undefined ? undefined : openInput(request.stdin);
  try {
    return spawn(program, args, {
      cwd: '/',
      // Its own session and process group, so that the group can be killed as one.
      detached: true,
      env: { PATH: PATH_MINIMAL, ...request.env },
      shell: false,
      stdio: [input ?? 'ignore', 'pipe', 'pipe'],
      ...request.user,
    });
  } finally {
    if (input !== undefined) closeInput(input);
  }
};

/** Resolves when the pipes are closed, or when a background child keeps them open for too long. */
const drained = async (child: ChildProcess, closed: Promise<void>): Promise<void> => {
  const timer = setTimeout(() => {
    child.stdout?.destroy();
    child.stderr?.destroy();
  }, DRAIN_MS_MAX);
  await closed;
  clearTimeout(timer);
};

/**
 * Runs a program to its end. Never rejects. It resolves only when the program is gone: one that even SIGKILL
 * cannot end (a hung filesystem) keeps it pending, so callers never start a second one on top.
 *
 * @example await runProgram({ argv: ['/bin/true'], timeoutMs: 1000, keepBytes: 4096, outputBytesMax: 65536, killLeftovers: true })
 */
export const runProgram = async (request: RunRequest): Promise<RunResult> => {
  const startedAt = performance.now();
  const stdout = createTail(request.keepBytes);
  const stderr = createTail(request.keepBytes);
  const output = createTail(request.keepBytes);
  let ended: RunResult['ended'] = 'exit';
  const result = (code: number | null, signal: string | null, error?: Error): RunResult => ({
    ended,
    code,
    signal,
    stdout: stdout.text(),
    stderr: stderr.text(),
    output: output.text(),
    durationMs: Math.round(performance.now() - startedAt),
    ...(error === undefined ? {} : { error }),
  });
  const notStarted = (thrown: unknown): RunResult => {
    ended = 'not-started';
    return result(null, null, thrown instanceof Error ? thrown : new Error(String(thrown)));
  };
  if (request.signal?.aborted === true) {
    ended = 'aborted';
    return result(null, null);
  }
  let child: ChildProcess;
  try {
    child = start(request);
  } catch (thrown) {
    return notStarted(thrown);
  }
  const kill = (why: RunResult['ended']) => (): void => {
    if (ended === 'exit' && child.exitCode === null && child.signalCode === null) ended = why;
    killGroup(child);
  };
  const timer = setTimeout(kill('timeout'), request.timeoutMs);
  const onAbort = kill('aborted');
  request.signal?.addEventListener('abort', onAbort, { once: true });
  let bytes = 0;
  const listen = (stream: Readable | null, own: typeof stdout): void => {
    stream?.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      output.push(chunk);
      own.push(chunk);
      if (bytes > request.outputBytesMax) kill('overflow')();
    });
  };
  listen(child.stdout, stdout);
  listen(child.stderr, stderr);
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  try {
    const exit = await new Promise<RunResult | { code: number | null; signal: string | null }>((resolve) => {
      child.once('error', (error) => resolve(notStarted(error)));
      child.once('exit', (code, signal) => resolve({ code, signal }));
    });
    if ('ended' in exit) return exit;
    if (request.killLeftovers) killGroup(child);
    await drained(child, closed);
    return result(exit.code, exit.signal);
  } finally {
    clearTimeout(timer);
    request.signal?.removeEventListener('abort', onAbort);
  }
};

/** The last line of a program's output that says anything, at most `charsMax` characters. */
export const lastLine = (output: string, charsMax: number): string =>
  (
    output
      .split('\n')
      .map((line) => line.trim())
      .findLast((line) => line !== '') ?? ''
  ).slice(0, charsMax);
