/**
 * The host lock: one agent a network namespace. It is an abstract unix socket, which the kernel frees the moment
 * its process is gone, so no stale file can keep a new agent from starting.
 */
import { connect, createServer, type Server } from 'node:net';
import { HostError } from '../errors.ts';

/** The leading NUL makes the name abstract: it exists in the network namespace, not in the file system. */
export const LOCK_NAME = '\0keepaloft-agent';
/** A holder that hangs does not tell its pid; the message then goes without. */
const ASK_MS_MAX = 300;
const PID_BYTES_MAX = 16;

export interface HostLock {
  readonly release: () => Promise<void>;
}

/** Whoever connects is told the holder's pid. */
const listen = (name: string): Promise<Server> =>
  new Promise<Server>((resolve, reject) => {
    const server = createServer((socket) => {
      // The asker may be gone before it has read; that is nothing to act on.
      socket.on('error', () => undefined);
      socket.end(`${process.pid}\n`);
      socket.resume();
    });
    server.once('error', reject);
    server.listen(name, () => {
      server.removeListener('error', reject);
      // The lock alone is no reason for the process to live on.
      server.unref();
      resolve(server);
    });
  });

/** The pid of the process that has the lock; undefined: none, or one that hangs. */
export const askHolder = (name: string): Promise<number | undefined> =>
  new Promise<number | undefined>((resolve) => {
    const socket = connect(name);
    let text = '';
    const end = (): void => {
      socket.destroy();
      const pid = Number(text.trim());
      resolve(text.endsWith('\n') && Number.isInteger(pid) && pid > 0 ? pid : undefined);
    };
    socket.setTimeout(ASK_MS_MAX, end);
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (text.length > PID_BYTES_MAX) end();
    });
    socket.once('end', end);
    socket.once('error', end);
  });

/**
 * Takes the lock, or fails at once.
 * @throws HostError `locked`, naming the pid of the other agent where it answers, or `lock-failed`
 * @example const lock = await takeLock();
 */
export const takeLock = async (name: string = LOCK_NAME): Promise<HostLock> => {
  try {
    const server = await listen(name);
    return {
      release: () => new Promise<void>((resolve) => server.close(() => resolve())),
    };
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE')) {
      throw new HostError('lock-failed', 'cannot take the host lock', {
        remedy: 'the agent needs unix sockets; look at the restrictions of its service',
        cause,
      });
    }
    const pid = await askHolder(name);
    const who = pid === undefined ? 'another process' : `the process with pid ${pid}`;
    throw new HostError('locked', `${who} is the agent of this host already`, {
      remedy: 'stop it first (systemctl stop keepaloft-agent), or leave it running',
      cause,
    });
  }
};
