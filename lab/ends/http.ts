/** What every HTTP end of the lab shares: bounded bodies, plain answers, listening and closing without leftovers. */
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { LabError } from '../errors.ts';

/** Says that a body was larger than the end accepts. */
export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge';
}

/** A body too large is still swallowed up to this many times the limit, so that the client can read the refusal. */
const SWALLOW_FACTOR = 4;

/**
 * Reads a message's body, at most `limitBytes` of it.
 *
 * @throws {BodyTooLarge} once a larger one has been swallowed; one far beyond the limit is cut off instead.
 */
export function readBody(message: IncomingMessage, limitBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    message.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limitBytes) chunks.push(chunk);
      else chunks.length = 0;
      if (size > limitBytes * SWALLOW_FACTOR) message.destroy();
    });
    message.once('error', reject);
    message.once('close', () => reject(new Error('the connection ended before the body did')));
    message.once('end', () => {
      if (size <= limitBytes) resolve(Buffer.concat(chunks, size));
      else reject(new BodyTooLarge(`the body is larger than ${limitBytes} bytes`));
    });
  });
}

export interface Answer {
  status: number;
  headers?: Record<string, string | string[]>;
  body: string | Buffer;
}

/** Sends a whole answer with its length, so that keep-alive connections stay usable. */
export function send(response: ServerResponse, answer: Answer): void {
  if (response.destroyed || response.headersSent) return;
  response.writeHead(answer.status, {
    ...answer.headers,
    'content-length': String(Buffer.byteLength(answer.body)),
  });
  response.end(answer.body);
}

/** Runs an asynchronous request handler; an unexpected failure is reported and the connection dropped. */
export function listener(
  handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
  onError: (error: unknown) => void,
): RequestListener {
  return (request, response) => {
    handle(request, response).catch((error: unknown) => {
      const clientWentAway = request.destroyed && !response.writableEnded;
      if (!clientWentAway) onError(error);
      response.destroy();
    });
  };
}

/** Keep-alive of the real services is long; a short one would show up as resets between two heartbeats. */
export const KEEP_ALIVE_MS = 350_000;

export function httpServer(handle: RequestListener): Server {
  const server = createServer(handle);
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.headersTimeout = 60_000;
  return server;
}

/**
 * Listens on loopback and resolves with the port.
 *
 * @throws {LabError} `listen-failed` when the port cannot be had.
 */
export function listenOnLoopback(server: Server, port = 0, host = '127.0.0.1'): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      reject(
        new LabError('listen-failed', `cannot listen on ${host}:${port}`, {
          remedy: 'choose another port, or let the lab choose one',
          cause,
        }),
      );
    });
    server.listen(port, host, () => {
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** Closes a server and every connection it still holds. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    if (!server.listening) {
      server.closeAllConnections();
      resolve();
      return;
    }
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
