/**
 * A user, mount and network namespace for a lab without root. A tiny process holds it open; it reads from a pipe of the
 * supervisor, so it ends with the supervisor, however that ends.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { LabError } from '../errors.ts';
import { labPath, run } from './exec.ts';

/** Creating the namespaces takes milliseconds; this long means that a security policy hangs it. */
const readyMsMax = 5000;
/** The holder prints this many characters of complaint at most. */
const complaintLengthMax = 2000;
const handshake = 'ready\n';

export interface RootlessOptions {
  programs: {
    unshare: string;
    nsenter: string;
    mount: string;
    mkdir: string;
    cat: string;
    setpriv: string | null;
  };
  labId: string;
  visibleDirectory: string | null;
  explain(refusal: string): Error;
}

export interface Rootless {
  enterPrefix: readonly string[];
  holderPid: number;
  release(): Promise<void>;
}

const holderArgv = ({ programs }: RootlessOptions): readonly string[] => {
  // The signal is the second string: the pipe alone ends `cat` already, but not while it is frozen.
  const deathNote = programs.setpriv === null ? [] : [programs.setpriv, '--pdeathsig', 'KILL'];
  return ['-Urnm', '--propagation', 'private', '--', ...deathNote, programs.cat];
};

const startHolder = (options: RootlessOptions): ChildProcess =>
  spawn(options.programs.unshare, holderArgv(options), {
    stdio: ['pipe', 'pipe', 'pipe'],
    // A path into the old /run stays reachable through the holder's working directory after the tmpfs covers it.
    cwd: options.visibleDirectory ?? '/',
    env: { PATH: labPath(), LC_ALL: 'C', KEEPALOFT_LAB: options.labId },
  });

/** Resolves when the holder echoes: then unshare has finished and `cat` runs inside. */
const echoed = (holder: ChildProcess, options: RootlessOptions): Promise<void> =>
  new Promise((resolve, reject) => {
    let complaint = '';
    const timer = setTimeout(() => {
      holder.kill('SIGKILL');
      reject(options.explain(`no answer within ${readyMsMax} ms`));
    }, readyMsMax);
    const settle = (finish: () => void): void => {
      clearTimeout(timer);
      finish();
    };
    holder.stderr?.on('data', (text: Buffer) => {
      complaint = (complaint + text.toString()).slice(0, complaintLengthMax);
    });
    holder.once('error', (cause) => settle(() => reject(options.explain(cause.message))));
    holder.once('close', () => settle(() => reject(options.explain(complaint.trim()))));
    holder.stdout?.once('data', () => settle(resolve));
    holder.stdin?.on('error', () => undefined);
    holder.stdin?.write(handshake);
  });

/** Gives `ip netns` a writable /run/netns, and gives lab processes back the one directory of /run that they need. */
const prepareMounts = async (holderPid: number, enterPrefix: readonly string[], options: RootlessOptions) => {
  const { mount, mkdir } = options.programs;
  await run([...enterPrefix, mount, '-t', 'tmpfs', 'none', '/run']);
  await run([...enterPrefix, mkdir, '/run/netns']);
  const directory = options.visibleDirectory === null ? '' : realpathSync(options.visibleDirectory);
  if (directory.startsWith('/run/')) {
    await run([...enterPrefix, mkdir, '-p', directory]);
    // Not canonicalised: mount would read the link and find the empty directory under the same name.
    const old = `/proc/${holderPid}/cwd`;
    await run([...enterPrefix, mount, '--no-canonicalize', '--rbind', old, directory]);
  }
};

const endHolder = (holder: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (holder.exitCode !== null || holder.signalCode !== null) {
      resolve();
      return;
    }
    holder.once('exit', () => resolve());
    holder.ref();
    holder.stdin?.destroy();
    holder.kill('SIGKILL');
  });

/** The holder must not keep its supervisor's event loop alive: who started it decides how long it lives. */
const detachFromLoop = (holder: ChildProcess): void => {
  holder.unref();
  for (const stream of [holder.stdin, holder.stdout, holder.stderr]) {
    if (stream !== null && 'unref' in stream && typeof stream.unref === 'function') {
      (stream.unref as () => void).call(stream);
    }
  }
};

/** Starts the holder and prepares its mounts. Throws what `explain` makes of a refusal, or `rootless-setup-failed`. */
export const startRootless = async (options: RootlessOptions): Promise<Rootless> => {
  const holder = startHolder(options);
  await echoed(holder, options);
  const holderPid = holder.pid ?? 0;
  const enterPrefix = [
    options.programs.nsenter,
    '--target',
    String(holderPid),
    '--user',
    '--mount',
    '--net',
    '--preserve-credentials',
    '--',
  ];
  try {
    await prepareMounts(holderPid, enterPrefix, options);
  } catch (cause) {
    await endHolder(holder);
    throw new LabError('rootless-setup-failed', 'cannot mount a private /run inside the user namespace', {
      remedy: 'run as root, or allow mounting inside user namespaces (a container profile may forbid it)',
      cause,
    });
  }
  detachFromLoop(holder);
  return { enterPrefix, holderPid, release: () => endHolder(holder) };
};
