/**
 * The host's boot clock: `/proc/uptime`, which keeps counting while the machine is suspended. The monotonic
 * clock behind `performance.now()` stands still then, and a lease measured on it would outlive its promise.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import type { BootMs } from '../../core/time.ts';
import { bootMs } from '../../core/time.ts';
import { HostError } from '../errors.ts';

const UPTIME_BYTES_MAX = 64;
const MS_PER_S = 1000;

/** A boot clock and the file it keeps open. */
export interface BootClock {
  /** Milliseconds since boot, in the kernel's steps of 10 ms. Costs about 1 µs. */
  readonly now: () => BootMs;
  readonly close: () => void;
}

/**
 * Opens a boot clock. The file stays open: each read at position 0 makes the kernel print the time anew.
 * @throws HostError `no-boot-clock` when the file cannot be read or does not start with a number
 */
export const openBootClock = (path = '/proc/uptime'): BootClock => {
  const remedy = 'the agent needs Linux with /proc mounted';
  const buffer = Buffer.alloc(UPTIME_BYTES_MAX);
  const open = (): number => {
    try {
      return openSync(path, 'r');
    } catch (cause) {
      throw new HostError('no-boot-clock', `cannot open ${path}`, { remedy, cause });
    }
  };
  const fd = open();
  const now = (): BootMs => {
    const bytes = readSync(fd, buffer, 0, UPTIME_BYTES_MAX, 0);
    const text = buffer.toString('latin1', 0, bytes);
    const seconds = Number(text.slice(0, text.indexOf(' ')));
    if (bytes === 0 || !Number.isFinite(seconds) || seconds <= 0) {
      throw new HostError('no-boot-clock', `${path} does not start with the seconds since boot`, { remedy });
    }
    return bootMs(Math.round(seconds * MS_PER_S));
  };
  return { now, close: () => closeSync(fd) };
};

let clock: BootClock | undefined;

/** Milliseconds since this machine booted, suspension included. Opens its file at first use and keeps it. */
export const bootNow = (): BootMs => {
  clock ??= openBootClock();
  return clock.now();
};
