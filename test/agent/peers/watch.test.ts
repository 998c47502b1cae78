// Proves which peers a configuration asks for, and what each group is told of their sessions.
import { afterEach, describe, expect, it } from 'vitest';
import { createWatch, peersOf } from '../../../agent/peers/watch.ts';
import { discriminatorOf } from '../../../core/suspicion.ts';
import { type AgentFile, agentFileSchema } from '../../../core/wire/config.ts';
import { captureLog } from '../captured-log.ts';
import { freshAddress } from './puppet.ts';

const [A, B, C] = ['i-0000000000000000a', 'i-0000000000000000b', 'i-0000000000000000c'];
const POLL_MS = 5;
const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) {
    await new Promise((resolve) => {
      setTimeout(resolve, POLL_MS);
    });
  }
};

const group = (address: string, over: object = {}) => ({
  vips: [{ address, fabric: 'secondary-ip' }],
  ...over,
});
const fileOf = (groups: Record<string, object>): AgentFile =>
  agentFileSchema.parse({
    version: 1,
    endpoint: 'https://abc.execute-api.us-east-1.amazonaws.com',
    region: 'us-east-1',
    groups,
  });
const pace = (interval: string, multiplier: number) => ({ peerDetection: { interval, multiplier } });

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

describe('watch: the peers', () => {
  it('are the other members of groups that ask for it', () => {
    const peers = [{ node: B, address: '10.0.0.2' }];
    expect(peersOf(fileOf({ mysql: group('10.0.0.9') }))).toEqual([]);
    expect(peersOf(fileOf({ mysql: group('10.0.0.9', { peers }) }))).toEqual([]);
    expect(peersOf(fileOf({ mysql: group('10.0.0.9', { peers, peerDetection: {} }) }))).toEqual([
      { node: B, address: '10.0.0.2', intervalMs: 50, multiplier: 3 },
    ]);
  });

  it('have one session each, as quick as the quickest group wants it', () => {
    const file = fileOf({
      one: group('10.0.0.7', { peers: [{ node: B, address: '10.0.0.2' }], ...pace('50ms', 10) }),
      two: group('10.0.0.8', {
        peers: [
          { node: B, address: '10.0.0.2' },
          { node: C, address: '10.0.0.3' },
        ],
        ...pace('60ms', 3),
      }),
      three: group('10.0.0.9', { peers: [{ node: C, address: '10.0.0.3' }], ...pace('200ms', 3) }),
    });
    expect(peersOf(file)).toEqual([
      { node: B, address: '10.0.0.2', intervalMs: 60, multiplier: 3 },
      { node: C, address: '10.0.0.3', intervalMs: 60, multiplier: 3 },
    ]);
  });
});

describe('watch: running', () => {
  const pair = () => {
    const addresses = [freshAddress(), freshAddress()] as const;
    const watching = (mine: 0 | 1) => {
      const [node, peer] = mine === 0 ? [A, B] : [B, A];
      let file = fileOf({
        mysql: group('10.0.0.8', {
          peers: [{ node: peer, address: addresses[1 - mine] }],
          peerDetection: {},
        }),
        redis: group('10.0.0.9'),
      });
      const log = captureLog();
      const watch = createWatch({ node, address: addresses[mine], boot: 7, file: () => file, log: log.log });
      closers.push(() => watch.stop());
      return {
        watch,
        log,
        become: (next: AgentFile) => {
          file = next;
          watch.follow();
        },
      };
    };
    return [watching(0), watching(1)] as const;
  };

  it('tells a group that watches of its peers, by the name of the very run that they are', async () => {
    const [a, b] = pair();
    let changes = 0;
    await a.watch.start(() => {
      changes += 1;
    });
    await b.watch.start(() => undefined);
    await until(() => a.watch.of('mysql')?.[B]?.state === 'up');
    expect(changes).toBeGreaterThan(0);
    expect(a.watch.of('mysql')).toEqual({
      [B]: { state: 'up', loss: 0, silent: false, calledBy: discriminatorOf(B, 7, A), calls: 0 },
    });
    expect(a.watch.of('redis')).toBeUndefined();
    await b.watch.stop();
    await until(() => a.watch.of('mysql')?.[B]?.state === 'down');
    expect(a.watch.of('mysql')?.[B]).toMatchObject({ loss: 0, silent: false });
    a.become(fileOf({ mysql: group('10.0.0.8', { peers: [], peerDetection: {} }) }));
    expect(a.watch.of('mysql')).toEqual({});
  });

  it('calls the members of a group that watches, and of no other', async () => {
    const [a, b] = pair();
    let changes = 0;
    await a.watch.start(() => undefined);
    await b.watch.start(() => {
      changes += 1;
    });
    await until(() => a.watch.of('mysql')?.[B]?.state === 'up' && b.watch.of('mysql')?.[A]?.state === 'up');
    a.watch.call('redis');
    const before = changes;
    a.watch.call('mysql');
    await until(() => b.watch.of('mysql')?.[A]?.calls === 2);
    expect(changes).toBe(before + 2);
  });

  it('opens nothing where no group asks for it, and goes without where it cannot', async () => {
    const file = fileOf({ mysql: group('10.0.0.8') });
    const plain = createWatch({
      node: A,
      address: '192.0.2.1',
      boot: 7,
      file: () => file,
      log: captureLog().log,
    });
    await plain.start(() => undefined);
    expect(plain.of('mysql')).toBeUndefined();
    const { log, messages } = captureLog();
    const wanted = fileOf({ mysql: group('10.0.0.8', { peerDetection: {} }) });
    const barred = createWatch({ node: A, address: '192.0.2.1', boot: 7, file: () => wanted, log });
    await barred.start(() => undefined);
    expect(barred.of('mysql')).toEqual({});
    expect(messages().join()).toContain('cannot be watched');
    await barred.stop();
  });
});
