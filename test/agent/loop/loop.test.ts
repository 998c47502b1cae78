// Proves what the loop adds to the reducer: order of effects, numbering, retries, and how it ends. Host and arbiter are
// doubles here, because a lost reply or a rival agent cannot be had on command from real ones; test/e2e has the real ones.
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { Loop } from '../../../agent/loop/loop.ts';
import type { Memory, Ports, Reply } from '../../../agent/loop/ports.ts';
import type { GroupProfile } from '../../../core/holder/types.ts';
import { bootMs, durationMs } from '../../../core/time.ts';
import type { GroupAnswer, GroupResult, HeartbeatRequest } from '../../../core/wire/heartbeat.ts';

const NODE = 'i-0000000000000000a';
const VIP = '172.31.0.201';
const FRESH: Memory = { epoch: 0, relEpoch: 0, master: false };
const profile: GroupProfile = {
  name: 'mysql',
  vips: [VIP],
  configHash: '',
  heartbeatMs: durationMs(100),
  leaseMs: durationMs(300),
  preemptDelayMs: durationMs(0),
};
const answerOf = (over: Partial<GroupAnswer> = {}): GroupAnswer => ({
  rev: 1,
  role: 'BACKUP',
  epoch: 1,
  holder: null,
  heartbeatMs: 100,
  reason: 'test',
  ...over,
});

type Answering = (request: HeartbeatRequest) => GroupResult | 'silence' | 'failure';

/** A host in memory: what is bound, what the witness lists, and everything that happened, in order. */
const hostWith = (answering: Answering, given: { bound?: string[]; listed?: string[] } = {}) => {
  const bound = new Set(given.bound ?? []);
  const listed = new Set(given.listed ?? []);
  const events: string[] = [];
  const requests: HeartbeatRequest[] = [];
  const now = (): ReturnType<typeof bootMs> => bootMs(performance.now());
  const post: Ports['post'] = async (request) => {
    requests.push(structuredClone(request));
    const sentAt = now();
    await delay(2);
    const said = answering(request);
    const times = { sentAt, receivedAt: now() };
    if (said === 'silence') return { kind: 'network', cause: new Error('cut'), ...times } satisfies Reply;
    if (said === 'failure') return { kind: 'server', status: 503, ...times } satisfies Reply;
    return { kind: 'answer', response: { v: 1, groups: { mysql: said } }, ...times } satisfies Reply;
  };
  const ports: Ports = {
    node: NODE,
    version: 'test',
    now,
    post,
    listLocal: () => new Set(bound),
    bind: async (vips) => {
      await delay(5);
      for (const vip of vips) bound.add(vip);
      events.push('bind');
    },
    unbind: async (vips) => {
      await delay(5);
      for (const vip of vips) bound.delete(vip);
      events.push('unbind');
    },
    witness: () => Promise.resolve([...listed]),
    remember: () => undefined,
    raiseBoot: (boot) => boot + 1,
    hook: ({ state }) => void events.push(`hook ${state}`),
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
  };
  return { ports, bound, listed, events, requests };
};

let loops: Loop[] = [];
const start = (ports: Ports, memory: Memory = FRESH, boot = 10): Loop => {
  const loop = new Loop([profile], { mysql: memory }, boot, ports);
  loops.push(loop);
  void loop.start();
  return loop;
};
afterEach(async () => {
  for (const loop of loops) loop.terminate();
  await Promise.all(loops.map((loop) => loop.ended));
  loops = [];
});
const until = async (holds: () => boolean): Promise<void> => {
  await expect.poll(holds, { timeout: 10_000, interval: 5 }).toBe(true);
};

/** The arbiter's word, rising with each request as a real one's does. */
const always = (over: Partial<GroupAnswer>): Answering => {
  let rev = 0;
  return ({ groups }) => {
    const leaving = groups[0]?.resign === true;
    rev += 1;
    return answerOf({ ...over, rev, ...(leaving ? { role: 'BACKUP', epoch: 99 } : {}) });
  };
};

describe('loop: order', () => {
  it('binds before hooks are told MASTER', async () => {
    const host = hostWith(always({ role: 'MASTER' }));
    start(host.ports);
    await until(() => host.events.includes('hook MASTER'));
    expect(host.events.slice(0, 2)).toEqual(['bind', 'hook MASTER']);
  });

  it('unbinds what an earlier run left before hooks are told BACKUP', async () => {
    const host = hostWith(always({}), { bound: [VIP] });
    start(host.ports, { epoch: 1, relEpoch: 0, master: true });
    await until(() => host.events.includes('hook BACKUP'));
    expect(host.events.slice(0, 2)).toEqual(['unbind', 'hook BACKUP']);
  });

  it('binds again what somebody has removed', async () => {
    const host = hostWith(always({ role: 'MASTER' }));
    start(host.ports);
    await until(() => host.bound.has(VIP));
    host.bound.clear();
    await until(() => host.bound.has(VIP));
    expect(host.events.filter((event) => event === 'hook MASTER')).toHaveLength(1);
  });

  it('hands over in order when it is told to stop: unbinds, then the stop hook, then it ends', async () => {
    const host = hostWith(always({ role: 'MASTER' }));
    const loop = start(host.ports);
    await until(() => host.bound.has(VIP));
    loop.terminate();
    expect(await loop.ended).toBe('left');
    expect(host.events.slice(-2)).toEqual(['unbind', 'hook STOP']);
    expect(host.requests.at(-1)?.groups[0]?.resign).toBe(true);
  });
});

describe('loop: heartbeats', () => {
  it('are numbered without a gap and never twice', async () => {
    const host = hostWith(always({}));
    start(host.ports);
    await until(() => host.requests.length >= 5);
    const seqs = host.requests.map((request) => request.seq);
    expect(seqs).toEqual(seqs.map((_, index) => index + 1));
  });

  it('go on while nobody answers, and a holder keeps what the fabric still delivers to it', async () => {
    let cut = false;
    const word = always({ role: 'MASTER' });
    const host = hostWith((request) => (cut ? 'silence' : word(request)), { listed: [VIP] });
    start(host.ports);
    await until(() => host.bound.has(VIP));
    cut = true;
    const before = host.requests.length;
    await until(() => host.requests.length >= before + 8);
    expect(host.bound.has(VIP)).toBe(true);
    cut = false;
    host.listed.clear();
  });

  it('carry a FAULT at once, and again soon when the arbiter failed to take it', async () => {
    let fails = 0;
    const word = always({ role: 'MASTER' });
    const host = hostWith((request) => {
      if (request.groups[0]?.health === 'fault' && fails < 2) {
        fails += 1;
        return 'failure';
      }
      return word(request);
    });
    const loop = start(host.ports);
    await until(() => host.bound.has(VIP));
    loop.assessed('mysql', {
      health: 'fault',
      fault: 'dead',
      priority: 100,
      wavering: false,
      degradedBy: [],
    });
    await until(() => fails === 2 && host.requests.at(-1)?.groups[0]?.health === 'fault');
    expect(fails).toBe(2);
  });
});

describe('loop: identity', () => {
  const stale = (boot: number): GroupResult => ({
    error: { code: 'StaleBeat', message: 'stale', stored: { boot, seq: 5 } },
  });

  it('goes above a stored boot once, before its first acknowledgement', async () => {
    const word = always({});
    const host = hostWith((request) => (request.boot <= 50 ? stale(50) : word(request)));
    start(host.ports);
    await until(() => host.events.includes('hook BACKUP'));
    expect(host.requests.at(-1)?.boot).toBe(51);
  });

  it('stops without touching the VIP when another agent speaks for this host', async () => {
    let rival = false;
    const word = always({ role: 'MASTER' });
    const host = hostWith((request) => (rival ? stale(1000) : word(request)));
    const loop = start(host.ports);
    await until(() => host.bound.has(VIP));
    rival = true;
    expect(await loop.ended).toBe('superseded');
    expect(host.bound.has(VIP)).toBe(true);
    expect(host.events).not.toContain('hook STOP');
  });
});
