/** Tells systemd's watchdog that the agent is alive, for as long as its loop turns. */
import { writeSync } from 'node:fs';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { connectNotifySocket } from './notify-socket.ts';

/** Of the watchdog's time: one message may be lost, and another late. */
const PART = 4;
const US_PER_MS = 1000;

export interface WatchdogOptions {
  /** As systemd gives it. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Whether the agent does what it is for. Asked each time. */
  readonly isAlive: () => boolean;
  readonly log: Pick<Log, 'warn'>;
  readonly connect?: (path: string) => Promise<number>;
  readonly write?: (fd: number, text: string) => unknown;
}

/**
 * Begins to feed the watchdog, if this process has one.
 * @returns how to stop
 */
export const startWatchdog = async (options: WatchdogOptions): Promise<() => void> => {
  const { env = process.env, isAlive, log, connect = connectNotifySocket, write = writeSync } = options;
  const { NOTIFY_SOCKET: path, WATCHDOG_USEC: timeUs, WATCHDOG_PID: pid } = env;
  const everyMs = Number(timeUs) / US_PER_MS / PART;
  const isMine = pid === undefined || Number(pid) === process.pid;
  if (path === undefined || !isMine || !Number.isFinite(everyMs) || everyMs < 1) return () => undefined;
  try {
    const fd = await connect(path);
    const feed = (): void => {
      if (!isAlive()) return;
      try {
        write(fd, 'WATCHDOG=1');
      } catch (cause) {
        log.warn({ error: messageOf(cause) }, 'the watchdog did not hear the agent');
      }
    };
    feed();
    const timer = setInterval(feed, everyMs);
    timer.unref();
    return () => clearInterval(timer);
  } catch (cause) {
    // Then systemd will start the agent again and again, which moves nothing, and this line says why.
    log.warn({ error: messageOf(cause) }, 'the watchdog cannot be told that the agent is alive');
    return () => undefined;
  }
};
