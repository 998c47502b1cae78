/**
 * The service that a lab's virtual IP stands for. On each address: UDP echo, answering from that address with the request
 * followed by the host's name, so that a client sees who owns the address. On all addresses: HTTP GET /health.
 *
 * Arguments: --host NAME --vip ADDRESS … [--udp-port 7007] [--http-port 8080]. Prints one JSON line when ready.
 */

import { createSocket, type Socket } from 'node:dgram';
import { createServer, type Server } from 'node:http';
import { isIPv6 } from 'node:net';
import { parseArgs } from 'node:util';

const udpPortDefault = '7007';
const httpPortDefault = '8080';
const portMax = 65_535;
/** A request longer than this is not a probe; answering it would only help somebody amplify. */
const requestBytesMax = 512;
/** Longest wait for HTTP requests in progress when the service is told to stop. */
const stopMsMax = 500;

const portOf = (text: string): number => {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > portMax) {
    throw new Error(`'${text}' is not a port`);
  }
  return port;
};

/** Bound to the address itself, so that answers come from it; the kernel switch ip_nonlocal_bind allows that at any time. */
const echo = (address: string, port: number, host: string): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const family = isIPv6(address) ? 6 : 4;
    const socket = createSocket({
      type: `udp${family}`,
      // Answers go to literal addresses: asking the resolver would only cost time.
      lookup: (hostname, _options, callback) => callback(null, hostname, family),
    });
    const name = Buffer.from(host);
    socket.on('message', (request, from) => {
      if (request.length <= requestBytesMax) {
        // The address may have just left this host: then the kernel refuses, and the client sees a loss.
        socket.send(Buffer.concat([request, name]), from.port, from.address, () => undefined);
      }
    });
    socket.once('error', reject);
    socket.bind({ address, port }, () => resolve(socket));
  });

const health = (port: number, host: string, isDual: boolean): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer((request, response) => {
      const found = request.url === '/health';
      response.writeHead(found ? 200 : 404, { 'content-type': 'text/plain' });
      response.end(found ? `OK ${host}\n` : 'not found\n');
    });
    server.once('error', reject);
    server.listen({ host: isDual ? '::' : '0.0.0.0', port }, () => resolve(server));
  });

const { values } = parseArgs({
  options: {
    host: { type: 'string' },
    vip: { type: 'string', multiple: true, default: [] },
    'udp-port': { type: 'string', default: udpPortDefault },
    'http-port': { type: 'string', default: httpPortDefault },
  },
});
const host = values.host ?? '';
if (host === '') {
  throw new Error('--host NAME is missing');
}
const udpPort = portOf(values['udp-port']);
const sockets = await Promise.all(values.vip.map((address) => echo(address, udpPort, host)));
const server = await health(
  portOf(values['http-port']),
  host,
  values.vip.some((address) => isIPv6(address)),
);

process.once('SIGTERM', () => {
  for (const socket of sockets) {
    socket.close();
  }
  server.close();
  server.closeAllConnections();
  setTimeout(() => process.exit(0), stopMsMax).unref();
});
process.stdout.write(`${JSON.stringify({ ready: true, host, vips: values.vip })}\n`);
