// Proves that the agent's peers speak BFD over real sockets, and never take their own process's pause for a neighbour's.
import { afterEach, describe, expect, it } from 'vitest';
import { HostError } from '../../../agent/errors.ts';
import { Peers } from '../../../agent/peers/peers.ts';
import type { PeerSession, PeersOptions } from '../../../agent/peers/types.ts';
import type { ControlPacket } from '../../../core/bfd/packet.ts';
import { type BootMs, bootMs, durationMs } from '../../../core/time.ts';
import { captureLog } from '../captured-log.ts';
import { freshAddress, Puppet } from './puppet.ts';

const POLL_MS = 5;
const PACE = { intervalMs: durationMs(50), multiplier: 3 };

/** Resolves when the condition holds; the test's own time limit ends the waiting. */
const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) {
    await new Promise((resolve) => {
      setTimeout(resolve, POLL_MS);
    });
  }
};

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface Watched {
  readonly peers: Peers;
  readonly address: string;
  readonly changes: PeerSession[];
}

const peersAt = (over: Partial<PeersOptions> = {}): Watched => {
  const changes: PeerSession[] = [];
  const address = over.address ?? freshAddress();
  const peers = new Peers({
    address,
    log: captureLog().log,
    onChange: (session) => changes.push(session),
    ...over,
  });
  closers.push(() => peers.stop());
  return { peers, address, changes };
};
const stateOf = ({ peers }: Watched): string | undefined => peers.sessions()[0]?.state;

/** A puppet and the agent's side of its session, up. */
const withPuppet = async (over: Partial<PeersOptions> = {}, says: Partial<ControlPacket> = {}) => {
  const puppet = new Puppet(says);
  const ours = peersAt(over);
  await puppet.open(ours.address);
  closers.push(() => puppet.close());
  await ours.peers.start([{ node: 'i-0b', address: puppet.address, ...PACE }]);
  await until(() => stateOf(ours) === 'up');
  return { puppet, ours };
};

describe('two hosts', () => {
  it('come up with each other, and part in order: the one that stays knows that nobody has died', async () => {
    const [a, b] = [peersAt(), peersAt()];
    await a.peers.start([{ node: 'i-0b', address: b.address, ...PACE }]);
    await b.peers.start([{ node: 'i-0a', address: a.address, ...PACE }]);
    await until(() => stateOf(a) === 'up' && stateOf(b) === 'up');
    await a.peers.stop();
    await until(() => stateOf(b) === 'down');
    expect(b.changes.map(({ node, state, diag }) => [node, state, diag])).toContainEqual([
      'i-0a',
      'down',
      'neighbour-signalled-down',
    ]);
    expect(b.changes.find(({ state }) => state === 'down')?.remoteState).toBe('admin-down');
    expect(b.changes.map(({ diag }) => diag)).not.toContain('detection-time-expired');
  });

  it('hear each other call, and stay up', async () => {
    const called: string[] = [];
    const [a, b, c] = [
      peersAt(),
      peersAt({ onCalled: () => called.push('b') }),
      peersAt({ onCalled: () => called.push('c') }),
    ];
    await a.peers.start([
      { node: 'i-0b', address: b.address, ...PACE },
      { node: 'i-0c', address: c.address, ...PACE },
    ]);
    for (const one of [b, c]) await one.peers.start([{ node: 'i-0a', address: a.address, ...PACE }]);
    await until(() => [a, b, c].every((one) => one.peers.sessions().every(({ state }) => state === 'up')));
    const before = b.changes.length;
    a.peers.call(new Set(['i-0b', 'i-0d']));
    // Its begin and its end.
    await until(() => called.length === 2);
    expect(called).toEqual(['b', 'b']);
    expect(b.peers.sessions()).toMatchObject([{ state: 'up', calls: 2 }]);
    expect(b.changes).toHaveLength(before);
  });

  it('come up again with one that has started anew', async () => {
    const [a, b] = [peersAt(), peersAt()];
    await a.peers.start([{ node: 'i-0b', address: b.address, ...PACE }]);
    await b.peers.start([{ node: 'i-0a', address: a.address, ...PACE }]);
    await until(() => stateOf(a) === 'up' && stateOf(b) === 'up');
    await a.peers.stop();
    const again = peersAt({ address: a.address });
    await again.peers.start([{ node: 'i-0b', address: b.address, ...PACE }]);
    await until(() => stateOf(again) === 'up' && stateOf(b) === 'up');
  });
});

describe('a session', () => {
  it('sends from one port of its own above 49151, whatever it sends', async () => {
    const { puppet } = await withPuppet();
    await until(() => puppet.heard.length > 3);
    const ports = new Set(puppet.heard.map(({ port }) => port));
    expect(ports.size).toBe(1);
    expect(Math.min(...ports)).toBeGreaterThanOrEqual(49_152);
  });

  it('is not moved by what is no packet, nor by a stranger, nor by a packet for another session', async () => {
    const { puppet, ours } = await withPuppet();
    puppet.sayEvery(20);
    const stranger = new Puppet();
    await stranger.open(ours.address);
    closers.push(() => stranger.close());
    const yourDiscriminator = puppet.last?.myDiscriminator ?? 0;
    const { length } = ours.changes;
    puppet.throw(Buffer.from('what is this'));
    puppet.say({ state: 'down', yourDiscriminator: (yourDiscriminator + 1) % 2 ** 32 });
    stranger.say({ state: 'down', yourDiscriminator });
    stranger.say({ state: 'down', yourDiscriminator: 0 });
    const { length: heard } = puppet.heard;
    await until(() => puppet.heard.length > heard + 3);
    expect(ours.changes.slice(length)).toEqual([]);
    expect(stateOf(ours)).toBe('up');
  });

  it('is down when its neighbour has become silent, which is told with the reason', async () => {
    const { puppet, ours } = await withPuppet();
    puppet.sayEvery(20);
    await until(() => puppet.last?.poll === false);
    puppet.mute();
    await until(() => stateOf(ours) === 'down');
    expect(ours.changes.at(-1)).toMatchObject({ node: 'i-0b', diag: 'detection-time-expired' });
  });
});

/** Lets this process stand still, and what is late then run before the sockets are looked at: after an immediate. */
const standStill = (ms: number, before: () => void): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(() => {
      before();
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
      resolve();
    });
  });
/** Some turns of the loop: what is there is read, and whatever follows from it has happened. */
const someTurns = (): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, POLL_MS);
  });

describe('a pause of this process', () => {
  it('of any length ends no session, also when nothing could be received in it', async () => {
    let aheadMs = 0;
    const { puppet, ours } = await withPuppet({ now: () => bootMs(100_000 + performance.now() + aheadMs) });
    const { length } = ours.changes;
    for (const pauseMs of [300, 10_000, 86_400_000]) {
      puppet.say();
      await someTurns();
      const { length: heard } = puppet.heard;
      // The agent's timers come so late; a machine that was suspended has nothing to read.
      aheadMs += pauseMs;
      await until(() => puppet.heard.length > heard);
      await someTurns();
      expect(ours.changes.slice(length)).toEqual([]);
    }
    await until(() => stateOf(ours) === 'down');
  });

  it('is counted once, whatever wakes this process first', async () => {
    let aheadMs = 0;
    const { puppet, ours } = await withPuppet({ now: () => bootMs(100_000 + performance.now() + aheadMs) });
    puppet.say();
    aheadMs += 86_400_000;
    await someTurns();
    puppet.mute();
    // Put off by a day once more, it would not be down before the test has run out of time.
    await until(() => stateOf(ours) === 'down');
  });

  it('leaves packets unread: they count before silence does', async () => {
    let now: BootMs = bootMs(100_000);
    // A neighbour that wants no packets: the only timer is then the one that ends its session.
    const { puppet, ours } = await withPuppet({ now: () => now }, { requiredMinRxUs: 0 });
    await until(() => puppet.last?.state === 'up');
    await someTurns();
    const { length } = ours.changes;
    await standStill(200, () => {
      puppet.say();
      // The session's time is up, by less than what counts as a pause.
      now = bootMs(now + 155);
    });
    await someTurns();
    expect(ours.changes.slice(length)).toEqual([]);
    expect(stateOf(ours)).toBe('up');
    puppet.mute();
    now = bootMs(now + 145);
    await until(() => (now = bootMs(now + 1)) > 0 && stateOf(ours) === 'down');
  });
});

describe('who the peers are', () => {
  it('may change: sessions with those that stay go on, the others end in order', async () => {
    const [a, b, c] = [peersAt(), peersAt(), peersAt()];
    const to = (node: string, { address }: Watched) => ({ node, address, ...PACE });
    await a.peers.start([to('i-0b', b)]);
    await b.peers.start([to('i-0a', a)]);
    await c.peers.start([to('i-0a', a)]);
    await until(() => stateOf(a) === 'up');
    await a.peers.update([to('i-0b', b), to('i-0c', c)]);
    await until(() => a.peers.sessions().every(({ state }) => state === 'up'));
    await a.peers.update([to('i-0c', c)]);
    await until(() => stateOf(b) === 'down');
    expect(a.peers.sessions().map(({ node, state }) => [node, state])).toEqual([['i-0c', 'up']]);
    expect(b.peers.sessions()[0]).toMatchObject({ loss: 0, lostAt: undefined, silent: false });
    expect(a.changes.filter(({ node, state }) => node === 'i-0c' && state === 'down')).toEqual([]);
    await a.peers.update([to('i-0b', b), to('i-0c', c)]);
    await until(() => a.peers.sessions().every(({ state }) => state === 'up'));
  });

  it('and at what pace, without an end of the session', async () => {
    const [a, b] = [peersAt(), peersAt()];
    await a.peers.start([{ node: 'i-0b', address: b.address, ...PACE }]);
    await b.peers.start([{ node: 'i-0a', address: a.address, ...PACE }]);
    await until(() => stateOf(a) === 'up' && stateOf(b) === 'up');
    const { length } = b.changes;
    await a.peers.update([{ node: 'i-0b', address: b.address, intervalMs: durationMs(200), multiplier: 5 }]);
    await new Promise((resolve) => {
      setTimeout(resolve, 400);
    });
    expect(b.changes.slice(length)).toEqual([]);
    expect(stateOf(a)).toBe('up');
  });
});

describe('a loss', () => {
  it('is counted and named until the peer is up again; what the peer says meanwhile shows that it lives', async () => {
    const { puppet, ours } = await withPuppet();
    puppet.sayEvery(20);
    await until(() => puppet.last?.poll === false);
    const calledBy = ours.peers.sessions()[0]?.calledBy;
    expect(ours.peers.sessions()[0]).toMatchObject({ loss: 0, lostAt: undefined, silent: false });
    puppet.mute();
    await until(() => stateOf(ours) === 'down');
    expect(ours.peers.sessions()[0]).toMatchObject({ loss: 1, silent: true, calledBy });
    expect(ours.peers.sessions()[0]?.lostAt).toBeDefined();
    puppet.say({ state: 'up' });
    await until(() => ours.peers.sessions()[0]?.silent === false);
    expect(ours.peers.sessions()[0]).toMatchObject({ loss: 1, state: 'down' });
  });
});

describe('the port', () => {
  it('that another daemon has is named, with the remedy', async () => {
    const one = peersAt();
    await one.peers.start([]);
    const other = peersAt({ address: one.address });
    const refusal: unknown = await other.peers.start([]).catch((thrown: unknown) => thrown);
    expect(refusal).toBeInstanceOf(HostError);
    expect(refusal).toMatchObject({ code: 'peer-port' });
    expect(refusal instanceof HostError ? refusal.remedy : '').toContain('ss -lunp');
  });

  it('of an address that is not this host’s is refused as well', async () => {
    await expect(peersAt({ address: '192.0.2.1' }).peers.start([])).rejects.toMatchObject({
      code: 'peer-port',
    });
  });
});
