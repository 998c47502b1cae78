// Proves that a real client asks real TCP services in their own words, tells who answered, and counts what nobody did.
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type ProbeEvent, startProbes } from '../../../lab/probe/probe.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

const serve = async (onSocket: (socket: Socket) => void): Promise<{ server: Server; port: number }> => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    onSocket(socket);
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
};
const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) {
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  }
};

describe('a client with questions', () => {
  it('takes a greeting, or an answer that comes in parts, and tells who it is from', async () => {
    const greeting = await serve((socket) => socket.write('5.5.5-10.11-host1\0'));
    const answering = await serve((socket) =>
      socket.once('data', (asked) => {
        socket.write(`+${asked.toString().trim()}`, () => socket.write('\r\nhost2\r\n'));
      }),
    );
    const events: ProbeEvent[] = [];
    const probes = startProbes({
      enter: [],
      labId: 'fe12',
      vips: [],
      questions: [
        { name: 'mysql', vip: '127.0.0.1', port: greeting.port, send: '', answer: '-(?<host>host\\d)' },
        {
          name: 'redis',
          vip: '127.0.0.1',
          port: answering.port,
          send: 'PING\r\n',
          answer: '^\\+PING\r\n(?<host>host\\d)\r\n',
        },
      ],
      intervalMs: 5,
      onEvent: (event) => events.push(event),
    });
    await probes.ready;
    await until(() => events.filter((event) => event.kind === 'progress' && event.answered > 20).length > 1);
    const reports = await probes.stop();
    expect(reports.map(({ lost, owners }) => [lost, owners.map((owner) => owner.host)])).toEqual([
      [0, ['host1']],
      [0, ['host2']],
    ]);
  });

  it('counts as lost what is refused, and what is answered with something else', async () => {
    const refusing = await serve(() => undefined);
    refusing.server.close();
    const wrong = await serve((socket) => socket.end('-LOADING host1\r\n'));
    const events: ProbeEvent[] = [];
    const answer = '^\\+(?<host>host\\d)';
    const probes = startProbes({
      enter: [],
      labId: 'fe12',
      vips: [],
      questions: [refusing.port, wrong.port].map((port) => ({
        name: 'x',
        vip: '127.0.0.1',
        port,
        send: '',
        answer,
      })),
      intervalMs: 20,
      onEvent: (event) => events.push(event),
    });
    await probes.ready;
    await until(() => events.filter((event) => event.kind === 'progress' && event.lost > 2).length > 1);
    for (const { answered, lost, owners, outageMs } of await probes.stop()) {
      expect({ answered, owners }).toEqual({ answered: 0, owners: [] });
      expect(lost).toBeGreaterThan(2);
      expect(outageMs).toBeGreaterThan(0);
    }
  });
});
