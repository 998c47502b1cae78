/** The event socket: a Unix stream socket on which each reader gets the hub's lines. A reader that is slow or gone is let go. */
import { chmod, lstat, unlink } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { AgentError, HostError, messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { stateDirectory } from '../state.ts';
import type { EventHub } from './hub.ts';

export const SOCKET_NAME = 'events.sock';
/** The agent's user and group, whatever its umask: connecting takes the right to write. */
const MODE = 0o660;
export const READERS_MAX = 32;
/** What a reader has not taken yet. A line is some 200 bytes; the kernel keeps about as much besides. */
export const BEHIND_BYTES_MAX = 262_144;
/** At the end readers get this long to take the last lines. */
const LAST_LINES_MS = 200;

type Env = Readonly<Record<string, string | undefined>>;
/** What systemd made for the service, else beside the state. */
export const eventsDirectory = (env: Env = process.env): string =>
  env['RUNTIME_DIRECTORY']?.split(':')[0] || stateDirectory(env);

export interface EventSocket {
  /** Resolves when readers have had the chance to take the last lines. */
  readonly close: () => Promise<void>;
}

export interface SocketDeps {
  readonly directory: string;
  readonly hub: EventHub;
  readonly log: Pick<Log, 'info' | 'warn'>;
}

/** Whatever does not say that nobody is there may be somebody. */
const isAnswered = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (cause: NodeJS.ErrnoException) => {
      resolve(cause.code !== 'ECONNREFUSED' && cause.code !== 'ENOENT');
    });
  });

/** A killed agent leaves its file behind. The host lock keeps a second agent away, but not one of another network namespace. */
const clear = async (path: string): Promise<void> => {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return;
  const remedy = `move ${path} away, or give this agent a directory of its own (RUNTIME_DIRECTORY)`;
  if (!found.isSocket()) throw new HostError('events-taken', `${path} is no socket`, { remedy });
  if (await isAnswered(path)) {
    throw new HostError('events-taken', `another process answers on ${path}`, { remedy });
  }
  await unlink(path);
};

const listenOn = (server: Server, path: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });

const serve = (hub: EventHub, log: SocketDeps['log']) => {
  const readers = new Set<Socket>();
  const take = (socket: Socket): void => {
    // What a reader says is nothing, and how it ends is its own business.
    socket.on('error', () => undefined).resume();
    if (readers.size >= READERS_MAX) {
      log.warn({ readers: readers.size }, 'too many readers of events: one more is not let in');
      socket.destroy();
      return;
    }
    readers.add(socket);
    const end = hub.listen((line) => {
      if (socket.destroyed) return;
      if (socket.writableLength <= BEHIND_BYTES_MAX) socket.write(line);
      else {
        log.warn({ behindBytes: socket.writableLength }, 'a reader of events is too slow and is let go');
        socket.destroy();
      }
    });
    socket.once('close', () => {
      end();
      readers.delete(socket);
    });
  };
  return { take, readers };
};

const open = async (deps: SocketDeps): Promise<EventSocket> => {
  const path = join(deps.directory, SOCKET_NAME);
  await clear(path);
  const { take, readers } = serve(deps.hub, deps.log);
  const server = createServer(take);
  await listenOn(server, path);
  // Reading events is no reason for the agent to live on; what goes wrong with one reader is not the agent's business.
  server.on('error', (cause) => deps.log.warn({ error: messageOf(cause) }, 'the event socket')).unref();
  await chmod(path, MODE);
  deps.log.info({ path }, 'events are told');
  return {
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of readers) socket.end();
      const patience = new Promise<void>((resolve) => setTimeout(resolve, LAST_LINES_MS));
      await Promise.race([closed, patience]);
      for (const socket of readers) socket.destroy();
    },
  };
};

/** Opens the socket, or tells why there is none: the VIPs do not wait for it. Never rejects. */
export const openEventSocket = async (deps: SocketDeps): Promise<EventSocket> => {
  try {
    return await open(deps);
  } catch (cause) {
    const remedy =
      cause instanceof AgentError ? cause.remedy : `make ${deps.directory} writable for the agent`;
    deps.log.warn({ error: messageOf(cause), remedy }, 'there is no event socket');
    return { close: () => Promise.resolve() };
  }
};
