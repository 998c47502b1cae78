/**
 * Lets an HTTP end answer inside the VPC: connections come from listening sockets that were opened in another network
 * namespace and handed over, are wrapped for delay and TLS, and are then given to the end's own HTTP server.
 */
import type { IncomingMessage, Server } from 'node:http';
import type { Server as NetServer, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls';
import { DelayedSocket } from './delayed-socket.ts';

/** A TLS handshake that takes longer than this is given up. */
const HANDSHAKE_MS = 10_000;

/** PEM texts of a server certificate and its private key. */
export interface TlsIdentity {
  key: string;
  cert: string;
}

const plainAddress = (address: string | undefined): string => (address ?? '').replace(/^::ffff:/, '');

export class Door {
  readonly #http: Server;
  readonly #sources = new WeakMap<Duplex, string>();
  readonly #delays = new Map<string, number>();
  readonly #open = new Set<Socket>();
  readonly #attached: { server: NetServer; onConnection: (socket: Socket) => void }[] = [];

  constructor(http: Server) {
    this.#http = http;
  }

  /** Serves the connections of a listening socket, with TLS when an identity is given. The server stays its owner's. */
  attach(server: NetServer, tls?: TlsIdentity): void {
    const context = tls === undefined ? undefined : createSecureContext({ ...tls, minVersion: 'TLSv1.2' });
    const onConnection = (socket: Socket): void => this.#enter(socket, context);
    server.on('connection', onConnection);
    this.#attached.push({ server, onConnection });
  }

  /** Delays every byte from and to a source address by `delayMs` each way, open connections included; 0 ends it. */
  delay(sourceAddress: string, delayMs: number): void {
    if (delayMs <= 0) this.#delays.delete(sourceAddress);
    else this.#delays.set(sourceAddress, delayMs);
  }

  /** The IPv4 address a request came from. */
  sourceOf(request: IncomingMessage): string {
    return this.#sources.get(request.socket) ?? plainAddress(request.socket.remoteAddress);
  }

  /** Drops every connection that came through and stops taking new ones. */
  close(): void {
    for (const { server, onConnection } of this.#attached.splice(0)) server.off('connection', onConnection);
    for (const socket of this.#open) socket.destroy();
  }

  #enter(socket: Socket, context: SecureContext | undefined): void {
    const source = plainAddress(socket.remoteAddress);
    this.#open.add(socket);
    socket.once('close', () => this.#open.delete(socket));
    const delayed = new DelayedSocket(socket, () => this.#delays.get(source) ?? 0);
    // A peer that resets its connection is everyday life here, and the stream is destroyed with it.
    delayed.on('error', () => undefined);
    if (context === undefined) this.#serve(delayed, source);
    else this.#handshake(delayed, source, context);
  }

  #handshake(delayed: DelayedSocket, source: string, context: SecureContext): void {
    const secure = new TLSSocket(delayed, {
      isServer: true,
      secureContext: context,
      ALPNProtocols: ['http/1.1'],
    });
    const timer = setTimeout(() => secure.destroy(), HANDSHAKE_MS);
    secure.once('close', () => clearTimeout(timer));
    secure.on('error', () => secure.destroy());
    secure.once('secure', () => {
      clearTimeout(timer);
      this.#serve(secure, source);
    });
  }

  #serve(stream: Duplex, source: string): void {
    this.#sources.set(stream, source);
    this.#http.emit('connection', stream);
  }
}
