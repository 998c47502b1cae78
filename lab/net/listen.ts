/** Listening sockets inside the VPC for a process outside of it. */

import { type ChildProcess, spawn } from 'node:child_process';
import type { Server as HttpServer } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import { Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import * as z from 'zod/mini';
import { LabError } from '../errors.ts';
import { labPath } from './exec.ts';

/** Starting Node inside the namespace takes 50 ms on an idle machine. */
const handOverMsMax = 15_000;
/** Sockets asked for at once. */
export const listenersMax = 16;
const complaintLengthMax = 2000;
const childFile = fileURLToPath(new URL('./listener-child.ts', import.meta.url));

const messageSchema = z.object({
  index: z.int().check(z.minimum(0), z.maximum(listenersMax - 1)),
  error: z.optional(z.string()),
});

export interface ListenerAddress {
  host: string;
  port: number;
}

export interface ListenOptions {
  /** What `VpcNetwork.enter(network.fabric)` returned. */
  enter: readonly string[];
  labId: string;
  listeners: readonly ListenerAddress[];
}

const startChild = (options: ListenOptions): ChildProcess => {
  const addresses = options.listeners.flatMap(({ host, port }) => [host, String(port)]);
  const [program, ...prefix] = [...options.enter, process.execPath];
  return spawn(program ?? process.execPath, [...prefix, childFile, ...addresses], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { PATH: labPath(), NODE_NO_WARNINGS: '1', KEEPALOFT_LAB: options.labId },
  });
};

const listenFailed = (address: ListenerAddress | undefined, reason: string, cause?: unknown): LabError =>
  new LabError(
    'listen-failed',
    `cannot listen${address === undefined ? '' : ` on ${address.host}:${address.port}`} inside the VPC: ${reason}`,
    {
      remedy: 'nothing else may use that address in the fabric namespace; bring the lab down and up again',
      cause,
    },
  );

/** Collects the servers that the child sends; rejects when one could not be opened or the child ends early. */
const collect = (child: ChildProcess, listeners: readonly ListenerAddress[], received: Map<number, Server>) =>
  new Promise<void>((resolve, reject) => {
    let complaint = '';
    const timer = setTimeout(
      () => reject(listenFailed(undefined, `no answer within ${handOverMsMax} ms`)),
      handOverMsMax,
    );
    const settle = (finish: () => void): void => {
      clearTimeout(timer);
      finish();
    };
    child.stderr?.on('data', (text: Buffer) => {
      complaint = (complaint + text.toString()).slice(0, complaintLengthMax);
    });
    child.on('message', (message, handle) => {
      const parsed = messageSchema.safeParse(message);
      if (!parsed.success || (parsed.data.error === undefined && !(handle instanceof Server))) {
        settle(() => reject(listenFailed(undefined, 'the child said something unexpected', parsed.error)));
        return;
      }
      const { index, error } = parsed.data;
      if (error !== undefined) {
        settle(() => reject(listenFailed(listeners[index], error)));
        return;
      }
      received.set(index, handle as Server);
      if (received.size === listeners.length) {
        settle(resolve);
      }
    });
    child.once('error', (cause) => settle(() => reject(listenFailed(undefined, cause.message, cause))));
    child.once('close', () =>
      settle(() => reject(listenFailed(undefined, complaint.trim() || 'the child ended'))),
    );
  });

const ended = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) {
      resolve();
    } else {
      child.once('exit', () => resolve());
    }
  });

/**
 * Opens TCP listening sockets inside a namespace and resolves with a `net.Server` for each, in the order asked for.
 * Close them to stop listening. Throws `LabError` `listen-failed`; then none stays open.
 *
 * @example const [imds, api] = await openListeners({ enter: network.enter(network.fabric), labId,
 *   listeners: [{ host: '169.254.169.254', port: 80 }, { host: '172.31.255.1', port: 443 }] });
 */
export const openListeners = async (options: ListenOptions): Promise<Server[]> => {
  if (options.listeners.length === 0 || options.listeners.length > listenersMax) {
    throw listenFailed(undefined, `1 to ${listenersMax} sockets at once, not ${options.listeners.length}`);
  }
  const received = new Map<number, Server>();
  const child = startChild(options);
  try {
    await collect(child, options.listeners, received);
    child.disconnect();
    // Until the child is gone it might still accept a connection that nobody would answer.
    await ended(child);
  } catch (cause) {
    child.kill('SIGKILL');
    for (const server of received.values()) {
      server.close();
    }
    throw cause;
  }
  return [...received].toSorted(([a], [b]) => a - b).map(([, server]) => server);
};

/** Lets an HTTP or HTTPS server answer what arrives at a socket from `openListeners`. */
export const serveOn = (listener: Server, server: HttpServer | HttpsServer): void => {
  listener.on('connection', (socket) => {
    // What http.createServer().listen() would have set: small answers must not wait for an acknowledgement.
    socket.setNoDelay(true);
    server.emit('connection', socket);
  });
};
