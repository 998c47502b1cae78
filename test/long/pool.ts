/**
 * A pool of TCP connections that wait for an answer, as a database's clients do: run inside the client's namespace of a lab.
 * Each connects again when its connection has ended. Prints "open" when all stand, and at last one JSON document.
 *
 * Arguments: ADDRESS PORT CONNECTIONS SECONDS
 */
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const [host = '', port = '', connections = '', seconds = ''] = process.argv.slice(2);
/** A client that gets no answer to its first packet tries again this soon, rather than after the kernel's whole second. */
const PATIENCE_MS = 100;

interface Fate {
  ended?: { at: number; why: string };
  againAt?: number;
}

/** Resolves with the end of a connection, when it stands; undefined: it does not. */
const open = (): Promise<{ gone: Promise<string> } | undefined> =>
  new Promise((resolve) => {
    const socket = connect({ host, port: Number(port) });
    const timer = setTimeout(() => socket.destroy(), PATIENCE_MS);
    let why = 'end';
    const gone = new Promise<string>((close) => socket.once('close', () => close(why)));
    void gone.then(() => resolve(undefined));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      why = error.code ?? error.message;
    });
    socket.resume().once('connect', () => {
      clearTimeout(timer);
      resolve({ gone });
    });
  });

const opened = async (): Promise<{ gone: Promise<string> }> => {
  for (;;) {
    const connection = await open();
    if (connection !== undefined) return connection;
    await delay(1);
  }
};

const follow = async (connection: { gone: Promise<string> }, fate: Fate): Promise<void> => {
  const why = await connection.gone;
  fate.ended = { at: performance.now(), why };
  await opened();
  fate.againAt = performance.now();
};

const fates: Fate[] = [];
const pool = await Promise.all(Array.from({ length: Number(connections) }, opened));
process.stdout.write('open\n');
const followed = pool.map((connection) => {
  const fate: Fate = {};
  fates.push(fate);
  return follow(connection, fate);
});
await Promise.race([Promise.all(followed), delay(Number(seconds) * 1000)]);
const waits = fates.flatMap(({ ended, againAt }) =>
  ended === undefined || againAt === undefined ? [] : [againAt - ended.at],
);
const document = {
  hung: fates.filter(({ ended }) => ended === undefined).length,
  again: waits.length,
  againMsMax: Math.round(Math.max(0, ...waits)),
  why: [...new Set(fates.flatMap(({ ended }) => ended?.why ?? []))],
};
process.stdout.write(`${JSON.stringify(document)}\n`);
process.exit(0);
