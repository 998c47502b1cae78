// Proves that the lab's service answers from the address that was asked, with the name of its host.
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const serviceFile = fileURLToPath(new URL('../../../lab/service/main.ts', import.meta.url));
/** Different in every run, below the range that the kernel gives out by itself. */
const udpPort = 12_000 + (process.pid % 8000);
const httpPort = udpPort;
const start = (...words: string[]) =>
  spawn(process.execPath, [serviceFile, ...words], {
    env: { PATH: process.env['PATH'], NODE_NO_WARNINGS: '1' },
  });

let service: ReturnType<typeof start>;
beforeAll(async () => {
  service = start(
    '--host=host7',
    '--vip=127.0.0.71',
    '--vip=127.0.0.72',
    `--udp-port=${udpPort}`,
    `--http-port=${httpPort}`,
  );
  await once(service.stdout, 'data');
});
afterAll(() => {
  service.kill('SIGKILL');
});

const ask = async (address: string): Promise<{ from: string; text: string }> => {
  const socket = createSocket('udp4');
  try {
    socket.send('hello ', udpPort, address);
    const [answer, from] = (await once(socket, 'message')) as [Buffer, { address: string }];
    return { from: from.address, text: answer.toString() };
  } finally {
    socket.close();
  }
};

describe('service', () => {
  it('echoes the request with the name of its host, from the address asked', async () => {
    expect(await ask('127.0.0.71')).toEqual({ from: '127.0.0.71', text: 'hello host7' });
    expect(await ask('127.0.0.72')).toEqual({ from: '127.0.0.72', text: 'hello host7' });
  });

  it('answers /health, and nothing else, over HTTP', async () => {
    const healthy = await fetch(`http://127.0.0.1:${httpPort}/health`);
    expect(healthy.status).toBe(200);
    expect(await healthy.text()).toBe('OK host7\n');
    const other = await fetch(`http://127.0.0.1:${httpPort}/`);
    expect(other.status).toBe(404);
  });

  it('ends on SIGTERM, and refuses to start without a name', async () => {
    const nameless = start('--vip', '127.0.0.73');
    const [code] = (await once(nameless, 'exit')) as [number];
    expect(code).not.toBe(0);
    service.kill('SIGTERM');
    expect(await once(service, 'exit')).toEqual([0, null]);
  });
});
