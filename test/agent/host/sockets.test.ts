// Proves which connections ss is asked to end and how what it says is counted; and, where this user may, that the kernel ends
// those of one address and no others.
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasSs, resetSockets, wordsFor } from '../../../agent/host/sockets.ts';
import { until } from '../until.ts';

describe('ss', () => {
  it('is asked for connections by their local address, never for listening sockets', () => {
    expect(wordsFor(['10.0.0.1'], true)).toEqual([
      '-tnHK',
      'state',
      'connected',
      '(',
      'src',
      '10.0.0.1',
      ')',
    ]);
    expect(wordsFor(['2001:db8::c9'], true)).toContain('[2001:db8::c9]');
    expect(wordsFor(['10.0.0.1', '10.0.0.2'], false).slice(3)).toEqual([
      '(',
      'src',
      '10.0.0.1',
      'or',
      'src',
      '10.0.0.2',
      ')',
    ]);
  });

  it('says a line for each: what was ended, and what is still there', async () => {
    const said = ['ESTAB 0 0 a b\nESTAB 0 0 c d\n', 'ESTAB 0 0 e f\n'];
    const asked: string[] = [];
    const run = async (words: readonly string[]) => {
      asked.push(words[0] ?? '');
      return said.shift() ?? '';
    };
    expect(await resetSockets(['10.0.0.1'], run)).toEqual({ ended: 2, left: 1 });
    expect(asked).toEqual(['-tnHK', '-tnH']);
  });

  it('is found, or not', () => {
    expect(hasSs(['/no/such/ss'])).toBe(false);
  });
});

describe('the kernel', () => {
  let server: Server;
  const opened: Socket[] = [];
  const taken = new Set<Socket>();
  beforeAll(async () => {
    server = createServer((socket) => {
      taken.add(socket.on('error', () => undefined).on('close', () => taken.delete(socket)));
    });
    await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
  });
  afterAll(() => {
    for (const socket of [...opened, ...taken]) socket.destroy();
    server.close();
  });

  /** A client of the server at a loopback address; what became of it. */
  const clientAt = async (host: string): Promise<{ ended: string | undefined }> => {
    const seen: { ended: string | undefined } = { ended: undefined };
    const socket = connect({ host, port: (server.address() as AddressInfo).port });
    opened.push(socket);
    socket.on('error', (error: NodeJS.ErrnoException) => {
      seen.ended = error.code;
    });
    await new Promise<void>((resolve) => socket.once('connect', resolve));
    return seen;
  };

  it('resets the clients of one address', async (context) => {
    if (!hasSs() || process.geteuid?.() !== 0) context.skip('ending connections needs ss and root');
    const [vip, other] = await Promise.all([clientAt('127.0.90.1'), clientAt('127.0.90.2')]);
    await until('both are taken', () => taken.size === 2);
    const { ended, left } = await resetSockets(['127.0.90.1']);
    if (ended === 0 && left > 0) context.skip('this kernel cannot end connections');
    expect(left).toBe(0);
    await until('the client of the one hears of it', () => vip.ended === 'ECONNRESET');
    expect(other.ended).toBeUndefined();
    expect(taken.size).toBe(1);
  });
});
