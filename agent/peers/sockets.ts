/** The UDP sockets of peer sessions: one that receives for all, and one to send from for each. */
import { createSocket, type RemoteInfo, type Socket, type SocketOptions } from 'node:dgram';
import { once } from 'node:events';
import { SOURCE_PORT_MAX, SOURCE_PORT_MIN, TTL } from '../../core/bfd/transport.ts';
import { HostError, messageOf } from '../errors.ts';

/** Ports that are tried before it is said that none is free. */
const PORT_TRIES_MAX = 32;

/** What a session sends with. */
export interface Sender {
  readonly port: number;
  /** Sends one datagram. What the kernel refuses is told to `onError`: a cut link must not end the agent. */
  readonly send: (bytes: Uint8Array) => void;
  readonly close: () => void;
}

const codeOf = (cause: unknown): unknown =>
  typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;

/** Addresses are numbers already; asking Node's resolver would only make every packet a turn of the loop later. */
const lookup: SocketOptions['lookup'] = (hostname, _options, done) => done(null, hostname, 4);

const bind = async (address: string, port: number): Promise<Socket> => {
  const socket = createSocket({ type: 'udp4', lookup });
  try {
    // Awaited from before: with that lookup it happens within the call. Exclusive: without it a cluster's worker would get its port from its parent.
    const listening = once(socket, 'listening');
    socket.bind({ address, port, exclusive: true });
    await listening;
    return socket;
  } catch (cause) {
    socket.close();
    throw cause;
  }
};

/**
 * Opens the socket that hears every neighbour.
 * @param address this host's own: not a VIP's, and not every address there is
 * @throws HostError `peer-port` when the port cannot be had there
 */
export const openReceiver = async (
  address: string,
  port: number,
  onDatagram: (bytes: Uint8Array, from: RemoteInfo) => void,
  onError: (cause: Error) => void,
): Promise<Socket> => {
  try {
    const socket = await bind(address, port);
    socket.on('message', onDatagram);
    socket.on('error', onError);
    return socket;
  } catch (cause) {
    throw new HostError('peer-port', `cannot listen for peers on ${address}:${port}: ${messageOf(cause)}`, {
      remedy: 'see who has the port (ss -lunp): another BFD daemon on this host must leave it to the agent',
      cause,
    });
  }
};

/**
 * Opens a socket of one session, on a port of its own that stays the same, as RFC 5881 §4 wants it.
 * @param random 0 to less than 1
 * @throws HostError `peer-source-port` when none of the ports that were tried is free
 */
export const openSender = async (
  address: string,
  to: { readonly address: string; readonly port: number },
  onError: (cause: Error) => void,
  random: () => number = Math.random,
): Promise<Sender> => {
  for (let tries = 1; ; tries++) {
    const port = SOURCE_PORT_MIN + Math.floor(random() * (SOURCE_PORT_MAX - SOURCE_PORT_MIN + 1));
    try {
      const socket = await bind(address, port);
      socket.setTTL(TTL);
      socket.on('error', onError);
      const send = (bytes: Uint8Array): void =>
        socket.send(bytes, to.port, to.address, (error) => {
          if (error !== null) onError(error);
        });
      return { port, send, close: () => socket.close() };
    } catch (cause) {
      if (codeOf(cause) === 'EADDRINUSE' && tries < PORT_TRIES_MAX) continue;
      throw new HostError('peer-source-port', `cannot send to peers from ${address}: ${messageOf(cause)}`, {
        remedy: `the address must be this host's own, and ports ${SOURCE_PORT_MIN} to ${SOURCE_PORT_MAX} not all in use`,
        cause,
      });
    }
  }
};
