/**
 * Runs inside the fabric's namespace for a moment: opens listening sockets there and hands them to its parent, which
 * lives outside. A socket stays in the namespace it was opened in, so the parent then answers inside the VPC.
 * Plain and dependency-free, because it only has to start fast. It ends when the parent, having all it wants, disconnects.
 *
 * Arguments: host, port, host, port … in the order in which the parent wants them.
 */

import { createServer, type Server } from 'node:net';

/** Connections waiting to be accepted; a whole fleet may return at the same moment. */
const backlogMax = 511;

const open = (host: string, port: number): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host, port, backlog: backlogMax }, () => resolve(server));
  });

const handOver = async (index: number, host: string, port: number): Promise<void> => {
  try {
    const server = await open(host, port);
    process.send?.({ index }, server);
  } catch (error) {
    process.send?.({ index, error: error instanceof Error ? error.message : String(error) });
  }
};

// Leaving closes this process's copies of the sockets: two processes accepting would share the connections.
process.once('disconnect', () => process.exit(0));
const words = process.argv.slice(2);
const wanted = words
  .filter((_, at) => at % 2 === 0)
  .map((host, at) => ({ host, port: Number(words[at * 2 + 1]) }));
await Promise.all(wanted.map(({ host, port }, index) => handOver(index, host, port)));
