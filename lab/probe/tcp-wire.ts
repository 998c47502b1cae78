/** Asks a real service in its own protocol: for each question a new connection, which ends with the answer. */

import { connect, type Socket } from 'node:net';
import { lostAfterMs } from './flight.ts';
import type { Question } from './question.ts';
import type { Wire, WireEvents } from './target.ts';

/** Of an answer only its beginning matters. */
const answerLengthMax = 4096;

export const createTcpWire = (question: Question, events: WireEvents): Wire => {
  const { vip, port, send, answer } = question;
  const pattern = new RegExp(answer, 'u');
  const open = new Set<Socket>();
  const ask = (sequence: number): void => {
    const socket = connect({ host: vip, port });
    open.add(socket);
    // After that the question is lost, whatever comes.
    const limit = setTimeout(() => socket.destroy(), lostAfterMs);
    let heard = '';
    socket.once('connect', () => {
      if (send !== '') {
        socket.write(send);
      }
    });
    socket.on('data', (bytes) => {
      heard = (heard + bytes.toString('latin1')).slice(0, answerLengthMax);
      const host = pattern.exec(heard)?.groups?.['host'];
      if (host !== undefined) {
        events.answered(sequence, host);
        socket.destroy();
      }
    });
    // Refused, reset or unreachable: nobody has answered, and the report says so.
    socket.on('error', () => undefined);
    socket.once('close', () => {
      clearTimeout(limit);
      open.delete(socket);
    });
  };
  return {
    open: () => Promise.resolve(),
    ask,
    close: () => {
      for (const socket of open) {
        socket.destroy();
      }
    },
  };
};
