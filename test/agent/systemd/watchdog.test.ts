// Proves that the watchdog is fed while the agent is alive and no longer, and that the socket is named as the kernel wants it.
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { socketAddress } from '../../../agent/systemd/notify-socket.ts';
import { startWatchdog } from '../../../agent/systemd/watchdog.ts';

const FD = 7;
const env = {
  NOTIFY_SOCKET: '/run/systemd/notify',
  WATCHDOG_USEC: '40000',
  WATCHDOG_PID: String(process.pid),
};
const log = { warn: () => undefined };

/** Starts one that writes into a list. */
const started = async (isAlive: () => boolean, given: Record<string, string | undefined> = env) => {
  const written: string[] = [];
  const connect = vi.fn<(path: string) => Promise<number>>(async () => FD);
  const write = (fd: number, text: string) => written.push(`${fd} ${text}`);
  const stop = await startWatchdog({ env: given, isAlive, log, connect, write });
  return { written, connect, stop };
};

describe('the watchdog', () => {
  it('is fed at once, again and again, and not by an agent that is stuck', async () => {
    let isAlive = true;
    const { written, connect, stop } = await started(() => isAlive);
    expect(connect).toHaveBeenCalledWith('/run/systemd/notify');
    await vi.waitFor(() => expect(written.length).toBeGreaterThanOrEqual(3));
    expect(new Set(written)).toEqual(new Set([`${FD} WATCHDOG=1`]));
    isAlive = false;
    const before = written.length;
    await delay(50);
    expect(written).toHaveLength(before);
    stop();
  });

  it.each<[string, Record<string, string | undefined>]>([
    ['systemd asks for none', { ...env, WATCHDOG_USEC: undefined }],
    ['there is no systemd', { ...env, NOTIFY_SOCKET: undefined }],
    ['it is that of another process', { ...env, WATCHDOG_PID: '1' }],
  ])('is left alone when %s', async (_, given) => {
    const { connect } = await started(() => true, given);
    expect(connect).not.toHaveBeenCalled();
  });

  it('that cannot be reached costs a warning, not the agent', async () => {
    const warn = vi.fn<(...said: unknown[]) => void>();
    const connect = async (): Promise<number> => Promise.reject(new Error('no socket'));
    await startWatchdog({ env, isAlive: () => true, log: { warn }, connect });
    expect(warn).toHaveBeenCalledWith({ error: 'no socket' }, expect.stringContaining('watchdog'));
  });
});

describe('the address of a socket', () => {
  it('is the family and the path, which ends by NUL or, abstract, begins with it', () => {
    expect(socketAddress('/run/x').toString('latin1')).toBe('\x01\0/run/x\0');
    expect(socketAddress('@x').toString('latin1')).toBe('\x01\0\0x');
  });
});
