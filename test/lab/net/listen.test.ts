// Proves that sockets opened by a child process serve connections in this one (here without a namespace around it).
import { createServer } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { openListeners, serveOn } from '../../../lab/net/listen.ts';

const open: Server[] = [];
afterEach(() => {
  for (const server of open.splice(0)) {
    server.close();
  }
});
const listeners = async (...addresses: { host: string; port: number }[]): Promise<Server[]> => {
  const servers = await openListeners({ enter: [], labId: 'fe12', listeners: addresses });
  open.push(...servers);
  return servers;
};

describe('openListeners', () => {
  it('hands over sockets in the order asked for, and an HTTP server answers on them', async () => {
    const servers = await listeners(
      { host: '127.0.0.81', port: 0 },
      { host: '127.0.0.82', port: 0 },
      { host: '127.0.0.83', port: 0 },
    );
    const addresses = servers.map((server) => server.address() as AddressInfo);
    expect(addresses.map(({ address }) => address)).toEqual(['127.0.0.81', '127.0.0.82', '127.0.0.83']);
    const web = createServer((request, response) => response.end(`asked ${request.socket.localAddress}`));
    for (const [at, { address, port }] of addresses.entries()) {
      const server = servers[at];
      if (server !== undefined) {
        serveOn(server, web);
      }
      const answer = await fetch(`http://${address}:${port}/`);
      expect(await answer.text()).toBe(`asked ${address}`);
    }
    web.closeAllConnections();
  });

  it('fails with the address when one cannot be opened, and then leaves none open', async () => {
    const [taken] = await listeners({ host: '127.0.0.84', port: 0 });
    const port = (taken?.address() as AddressInfo | undefined)?.port ?? 0;
    await expect(listeners({ host: '127.0.0.85', port }, { host: '127.0.0.84', port })).rejects.toThrow(
      new RegExp(`127\\.0\\.0\\.84:${port}.*EADDRINUSE`, 'u'),
    );
    // The other one is free again.
    await listeners({ host: '127.0.0.85', port });
  });

  it('refuses no sockets and too many', async () => {
    await expect(listeners()).rejects.toThrow(/1 to 16/u);
  });
});
