// Proves for tcp, http and process what passes, what fails with which detail, and that an abort ends each.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHttpProbe } from '../../../agent/checks/http.ts';
import { createProcessProbe, parseStat } from '../../../agent/checks/process.ts';
import { createTcpProbe, parseHostPort } from '../../../agent/checks/tcp.ts';
import { scratchDirectory } from '../scratch.ts';

const never = new AbortController().signal;
let tcp: Server;
let web: HttpServer;
const portOf = (server: Server): number => (server.address() as AddressInfo).port;

beforeAll(async () => {
  tcp = createServer((socket) => socket.on('error', () => undefined).resume());
  web = createHttpServer((incoming, response) => {
    const status = Number((incoming.url ?? '').slice(1));
    if (status > 0) response.writeHead(status, { location: '/200' }).end('hello');
  });
  await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve));
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  tcp.close();
  web.closeAllConnections();
  web.close();
});

describe('tcp', () => {
  it('passes when the connection stands, fails when it is refused or cannot be', async () => {
    const good = `127.0.0.1:${portOf(tcp)}`;
    await expect(createTcpProbe({ tcp: good })(never)).resolves.toEqual({
      passed: true,
      detail: `${good} accepts connections`,
    });
    const refused = await createTcpProbe({ tcp: '127.0.0.1:1' })(never);
    expect(refused.passed).toBe(false);
    expect(refused.detail).toContain('ECONNREFUSED');
    expect((await createTcpProbe({ tcp: '127.0.0.1:99999' })(never)).passed).toBe(false);
    expect(parseHostPort('db.local:3306')).toEqual({ host: 'db.local', port: 3306 });
  });

  it('ends at once when aborted', async () => {
    // 192.0.2.0/24 is for documentation: nobody answers there, or the host has no route at all.
    const controller = new AbortController();
    const probing = createTcpProbe({ tcp: '192.0.2.1:9' })(controller.signal);
    controller.abort();
    expect((await probing).passed).toBe(false);
    expect((await createTcpProbe({ tcp: '127.0.0.1:1' })(controller.signal)).passed).toBe(false);
  });
});

describe('http', () => {
  const probe = (path: string, status?: number) =>
    createHttpProbe({ http: `http://127.0.0.1:${portOf(web)}/${path}`, status, timeout: 2000 });

  it.each([
    ['200', undefined, true, 'status 200'],
    ['204', undefined, true, 'status 204'],
    ['302', undefined, false, 'status 302, wanted 2xx'],
    ['503', undefined, false, 'status 503, wanted 2xx'],
    ['503', 503, true, 'status 503'],
    ['200', 204, false, 'status 200, wanted 204'],
  ])('%s wanted %s', async (path, wanted, passed, detail) => {
    expect(await probe(path, wanted)(never)).toEqual({ passed, detail });
  });

  it('fails on silence when aborted, and on a closed port', async () => {
    const controller = new AbortController();
    const probing = probe('silent')(controller.signal);
    controller.abort();
    expect((await probing).detail).toContain('no answer in time');
    const closed = createHttpProbe({ http: 'http://127.0.0.1:1/', timeout: 1000 });
    expect((await closed(never)).detail).toContain('ECONNREFUSED');
  });
});

describe('process', () => {
  it('finds a running process by name, and not one that is dead or the agent itself', async () => {
    const proc = scratchDirectory();
    const add = (pid: string, stat: string): void => {
      mkdirSync(join(proc, pid), { recursive: true });
      writeFileSync(join(proc, pid, 'stat'), stat);
    };
    add('10', '10 (odd) name) S 1 10');
    add('11', '11 (zombie) Z 1 11');
    add(String(process.pid), `${process.pid} (keepaloft) S 1 1`);
    mkdirSync(join(proc, 'sys'));
    const run = (name: string) => createProcessProbe({ process: name }, proc)(never);
    await expect(run('odd) name')).resolves.toEqual({ passed: true, detail: 'odd) name runs as pid 10' });
    await expect(run('zombie')).resolves.toEqual({ passed: false, detail: 'no process is named zombie' });
    await expect(run('keepaloft')).resolves.toMatchObject({ passed: false });
    expect(parseStat('nonsense')).toBeUndefined();
  });

  it('notices the end of the process it found before', async () => {
    const proc = scratchDirectory();
    mkdirSync(join(proc, '10'));
    const file = join(proc, '10', 'stat');
    writeFileSync(file, '10 (mysqld) S 1');
    const probe = createProcessProbe({ process: 'mysqld' }, proc);
    expect((await probe(never)).passed).toBe(true);
    writeFileSync(file, '10 (other) S 1');
    expect((await probe(never)).passed).toBe(false);
  });

  it('reads the real /proc', async () => {
    const parent = parseStat(readFileSync(`/proc/${process.ppid}/stat`, 'latin1'));
    expect((await createProcessProbe({ process: parent?.name ?? '' })(never)).passed).toBe(true);
    expect((await createProcessProbe({ process: 'no-such-process' })(never)).passed).toBe(false);
  });
});
