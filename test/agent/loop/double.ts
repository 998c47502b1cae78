/** A host and an arbiter in memory, for tests of the loop: what is bound, what is answered, and all that happened. */
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import { HostError } from '../../../agent/errors.ts';
import { Loop } from '../../../agent/loop/loop.ts';
import type { Leftovers, Memory, Ports, Reply } from '../../../agent/loop/ports.ts';
import type { GroupProfile, PrepareOutcome } from '../../../core/holder/types.ts';
import { bootMs, durationMs } from '../../../core/time.ts';
import type { GroupAnswer, GroupResult, HeartbeatRequest } from '../../../core/wire/heartbeat.ts';

export const NODE = 'i-0000000000000000a';
export const VIP = '172.31.0.201';
const FRESH: Memory = { epoch: 0, relEpoch: 0, master: false };
export const FENCED: GroupProfile = {
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

export type Answering = (request: HeartbeatRequest) => GroupResult | 'silence' | 'failure';

/** The arbiter's word, rising with each request as a real one's does. */
export const always = (over: Partial<GroupAnswer>): Answering => {
  let rev = 0;
  return ({ groups }) => {
    const leaving = groups[0]?.resign === true;
    rev += 1;
    return answerOf({ ...over, rev, ...(leaving ? { role: 'BACKUP', epoch: 99 } : {}) });
  };
};

/** What the host is at the start, and how it behaves. All of it may be changed while the loop runs. */
export interface Given {
  bound?: string[];
  listed?: string[];
  leftovers?: Leftovers;
  spent?: string[];
}

/** A host in memory: what is bound, what the witness lists, and everything that happened, in order. */
export const hostWith = (answering: Answering, given: Given = {}) => {
  const bound = new Set(given.bound ?? []);
  const listed = new Set(given.listed ?? []);
  const spent = new Set(given.spent ?? []);
  const events: string[] = [];
  const requests: HeartbeatRequest[] = [];
  const untils: (number | undefined)[] = [];
  /** How long changes take, whether one is under way, whether they are said to fail, whether looks see nothing. */
  const behaviour = {
    bindMs: 5,
    unbindMs: 5,
    releaseMs: 0,
    prepareMs: 0,
    outcome: 'prepared' as PrepareOutcome,
    binding: false,
    bindFails: false,
    unbindFails: false,
    blind: false,
  };
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
    bound: () => (behaviour.blind ? [] : [...bound]),
    spent: () => [...spent],
    bind: async (_, vips, until) => {
      behaviour.binding = true;
      await delay(behaviour.bindMs);
      behaviour.binding = false;
      for (const vip of vips) bound.add(vip);
      untils.push(until);
      events.push('bind');
      // As an ip that is killed a moment after it has done its work.
      if (behaviour.bindFails) throw new HostError('ip-timeout', 'test', { remedy: 'none' });
      return [...bound];
    },
    unbind: async (_, vips) => {
      await delay(behaviour.unbindMs);
      if (behaviour.unbindFails) throw new HostError('unbind-failed', 'test', { remedy: 'none' });
      for (const vip of vips) {
        bound.delete(vip);
        spent.delete(vip);
      }
      events.push('unbind');
      return [...bound];
    },
    leftovers: () => Promise.resolve(given.leftovers ?? { bound: [...bound] }),
    witness: () => Promise.resolve([...listed]),
    remember: () => undefined,
    raiseBoot: (boot) => boot + 1,
    hook: ({ state }) => void events.push(`hook ${state}`),
    beforeRelease: async () => {
      await delay(behaviour.releaseMs);
      events.push('release');
    },
    beforeMaster: async ({ epoch }) => {
      await delay(behaviour.prepareMs);
      events.push(`prepare ${epoch}`);
      return { outcome: behaviour.outcome, ms: behaviour.prepareMs };
    },
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
  };
  return { ports, bound, listed, spent, events, requests, untils, behaviour };
};

/** Starts loops and ends them all when a test is over. */
export const createLoops = (profile: GroupProfile = FENCED) => {
  let loops: Loop[] = [];
  const start = (ports: Ports, memory: Memory = FRESH, boot = 10): Loop => {
    const loop = new Loop([profile], { mysql: memory }, boot, ports);
    loops.push(loop);
    void loop.start();
    return loop;
  };
  const endAll = async (): Promise<void> => {
    for (const loop of loops) loop.leaveQuietly();
    await Promise.all(loops.map((loop) => loop.ended));
    loops = [];
  };
  return { start, endAll };
};

export const until = async (holds: () => boolean): Promise<void> => {
  await expect.poll(holds, { timeout: 8000, interval: 5 }).toBe(true);
};
