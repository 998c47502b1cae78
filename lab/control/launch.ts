/** Starts the process of a lab, follows its start, and removes what is left when the start fails. */

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, fstatSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import * as z from 'zod/mini';
import type { daemonSchema } from '../daemons/schema.ts';
import { LabError } from '../errors.ts';
import { sweepStale } from '../sweep.ts';
import { type LabInfo, labErrorSchema, labInfoSchema } from './types.ts';

const supervisorFile = fileURLToPath(new URL('../supervisor/main.ts', import.meta.url));
/** A lab is up within a few seconds, with databases within half a minute; this long means that something hangs. */
const startMsMax = 100_000;
/** How long a supervisor that was told to end may take before it is killed. */
const endMsMax = 8000;
const complaintBytesMax = 4000;

/** What a lab is made of. Everything has a default. */
export interface LaunchOptions {
  /** Absolute path of a keepaloft.yaml. */
  config?: string;
  /** Another template than the built one, by its absolute path. */
  template?: string;
  hosts?: number;
  /** How long EC2 takes to acknowledge a call, and then to apply it. */
  ackMs?: number;
  propagationMs?: number;
  /** How many private addresses an interface has room for, its own among them. @default 10 */
  addressesPerInterface?: number;
  /** Real services on every host, by name. */
  services?: Readonly<Record<string, z.input<typeof daemonSchema>>>;
  /** Hosts beside the groups that move addresses by scripts of their own, and these addresses. */
  scripted?: { hosts: number; vips: readonly string[] };
}

export interface LaunchHooks {
  /** The lab outlives this process. @default false: it ends with it, also when this process is killed outright */
  detach?: boolean;
  /** One sentence for each step of the start. */
  onProgress?: (sentence: string) => void;
  /** Ends the start and removes what it made; the launch then rejects with the signal's reason. */
  signal?: AbortSignal;
  /** The process that runs the lab; tests put another one there. */
  supervisor?: string;
}

const lineSchema = z.union([
  z.object({ ready: labInfoSchema }),
  labErrorSchema,
  z.object({ progress: z.string() }),
]);

/** A file without a name: it holds what a dying supervisor complained about, and is gone with its last user. */
const namelessFile = (): number => {
  const directory = mkdtempSync(join(tmpdir(), 'keepaloft-start-'));
  const fd = openSync(join(directory, 'stderr'), 'w+');
  rmSync(directory, { recursive: true });
  return fd;
};

const textOf = (fd: number): string => {
  const { size } = fstatSync(fd);
  const buffer = Buffer.alloc(Math.min(size, complaintBytesMax));
  readSync(fd, buffer, 0, buffer.length, Math.max(0, size - buffer.length));
  return buffer.toString('utf8').trim();
};

const startFailed = (reason: string, cause?: unknown): LabError =>
  new LabError('start-failed', `the lab did not start: ${reason}`, {
    remedy: 'run it again with KEEPALOFT_DEBUG=1 for the details',
    cause,
  });

/** What the supervisor's lines come to: the lab, or why there is none. */
const outcomeOf = (child: ChildProcess, complaints: number, hooks: LaunchHooks): Promise<LabInfo> =>
  new Promise((resolve, reject) => {
    if (child.stdout === null) {
      reject(startFailed('it has no output'));
      return;
    }
    const lines = createInterface({ input: child.stdout });
    lines.on('line', (line) => {
      let parsed: z.infer<typeof lineSchema>;
      try {
        parsed = lineSchema.parse(JSON.parse(line));
      } catch (cause) {
        reject(startFailed(`it said '${line.slice(0, complaintBytesMax)}'`, cause));
        return;
      }
      if ('ready' in parsed) {
        resolve(parsed.ready);
      } else if ('error' in parsed) {
        const { code, message, remedy } = parsed.error;
        reject(new LabError(code, message, { remedy, cause: textOf(complaints) || undefined }));
      } else {
        hooks.onProgress?.(parsed.progress);
      }
    });
    child.once('error', (cause) => reject(startFailed(cause.message, cause)));
    // 'close' comes after the last line that was in the pipe: that line says more than the exit code.
    child.once('close', (code, signal) => {
      const said = textOf(complaints);
      const lastLine = said.split('\n').findLast((line) => line.trim() !== '');
      reject(startFailed(lastLine ?? `its process ended with ${signal ?? code}`, said || undefined));
    });
  });

/** Ends a supervisor in order, or after a while at once, and sweeps what it could not remove itself. */
const abandon = async (child: ChildProcess): Promise<void> => {
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  if (!hasEnded() && child.pid !== undefined) {
    const ended = new Promise((resolve) => {
      child.once('exit', resolve);
    });
    child.kill('SIGTERM');
    await Promise.race([ended, delay(endMsMax, undefined, { ref: false })]);
    if (!hasEnded()) {
      child.kill('SIGKILL');
      await ended;
    }
  }
  await sweepStale();
};

/**
 * Starts a lab and resolves when it is ready; it then runs until it is taken down, or until this process ends.
 *
 * @throws LabError with the supervisor's own code, or `start-failed`; nothing is left behind then
 * @example const info = await launchLab({ hosts: 3 }, { onProgress: console.error });
 */
export const launchLab = async (options: LaunchOptions = {}, hooks: LaunchHooks = {}): Promise<LabInfo> => {
  hooks.signal?.throwIfAborted();
  // What a lab left behind that was killed together with its watchdog goes now.
  await sweepStale();
  const complaints = namelessFile();
  const child = spawn(
    process.execPath,
    [
      hooks.supervisor ?? supervisorFile,
      JSON.stringify(hooks.detach === true ? options : { ...options, tether: process.pid }),
    ],
    {
      detached: true,
      stdio: ['ignore', 'pipe', complaints],
      env: { ...process.env, NODE_NO_WARNINGS: '1' },
    },
  );
  const timeout = AbortSignal.timeout(startMsMax);
  const stop = hooks.signal === undefined ? timeout : AbortSignal.any([timeout, hooks.signal]);
  const stopped = Promise.withResolvers<never>();
  const onStop = (): void =>
    stopped.reject(timeout.aborted ? startFailed('it took too long') : hooks.signal?.reason);
  stop.addEventListener('abort', onStop, { once: true });
  try {
    return await Promise.race([outcomeOf(child, complaints, hooks), stopped.promise]);
  } catch (error) {
    await abandon(child);
    throw error;
  } finally {
    stop.removeEventListener('abort', onStop);
    child.stdout?.destroy();
    // The end of a lab that has started is no failure of its start, and nobody can read complaints any more.
    child.removeAllListeners('close');
    child.unref();
    closeSync(complaints);
  }
};
