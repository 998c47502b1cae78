/** Asks the demonstration service by UDP; its answer carries the name of the host. */

import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { decodeAnswer, encodeProbe } from './flight.ts';
import type { Wire, WireEvents } from './target.ts';

export interface UdpOptions {
  vip: string;
  port: number;
  /** Tells this run's answers from those of another. */
  runNumber: number;
}

/**
 * A host that was frozen answers everything at once that its own socket has kept, 208 KiB by default, and a fabric of routes lets that
 * through. The kernel doubles what is asked for here, so that there is room for it and for the answers of now.
 */
const RECEIVE_BYTES = 212_992;

export const createUdpWire = ({ vip, port, runNumber }: UdpOptions, events: WireEvents): Wire => {
  // Not connected, and without a resolver: a connected socket would report "refused" instead of sending the next probe.
  const family = isIPv6(vip) ? 6 : 4;
  const socket = createSocket({
    type: `udp${family}`,
    recvBufferSize: RECEIVE_BYTES,
    lookup: (name, _options, callback) => callback(null, name, family),
  });
  socket.on('message', (bytes, from) => {
    const answer = decodeAnswer(runNumber, bytes);
    if (answer === null || from.address !== vip) {
      events.stray();
    } else {
      events.answered(answer.sequence, answer.host);
    }
  });
  socket.on('error', () => undefined);
  return {
    open: () =>
      new Promise((resolve) => {
        socket.bind(0, () => resolve());
      }),
    ask: (sequence) => {
      // A refusal by the kernel (no route) is a lost probe like any other.
      socket.send(encodeProbe(runNumber, sequence), port, vip, () => undefined);
    },
    close: () => socket.close(),
  };
};
