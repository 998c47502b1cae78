/** What keeping an address costs while nothing happens: memory, CPU and packets on both hosts of each pair. */
import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod/mini';
import { run } from '../../lab/net/exec.ts';
import { cpuTimeOf, memoryOf, TICKS_PER_SECOND } from '../agent/process.ts';
import { hostIn, type Pair } from './pair.ts';
import { apiIdSchema, systemIdSchema } from './systems.ts';

const hostSchema = z.object({
  system: systemIdSchema,
  api: apiIdSchema,
  role: z.enum(['MASTER', 'standby']),
  processes: z.int(),
  /** Of all its processes together, in kilobytes (1,024 bytes). */
  rssKb: z.int(),
  anonKb: z.int(),
  /** Share of one core, 0 to 1, with the checks and commands that it runs. */
  cpuShare: z.number(),
  packetsInPerSecond: z.number(),
  packetsOutPerSecond: z.number(),
});
export type HostAtRest = z.infer<typeof hostSchema>;
export const restSchema = z.object({
  windowMs: z.int(),
  hosts: z.array(hostSchema),
  /** Pairs that are not among the hosts because their address moved, though nothing was done to them. */
  restless: z.array(z.object({ system: systemIdSchema, api: apiIdSchema })),
});
export type Rest = z.infer<typeof restSchema>;

/** A machine that stands still for 100 ms makes keepalived fail over at adverts of 30 ms: then it is watched again. */
const TRIES_MAX = 2;

const linkSchema = z.tuple([
  z.object({ stats64: z.object({ rx: z.object({ packets: z.int() }), tx: z.object({ packets: z.int() }) }) }),
]);

export interface Packets {
  readonly received: number;
  readonly sent: number;
}

/** @param text what `ip -j -s link show dev eth0` printed */
export const packetsIn = (text: string): Packets => {
  const [{ stats64 }] = linkSchema.parse(JSON.parse(text));
  return { received: stats64.rx.packets, sent: stats64.tx.packets };
};

interface Sample {
  readonly ticks: number;
  readonly rssKb: number;
  readonly anonKb: number;
  readonly packets: Packets;
}

interface Watched {
  readonly pair: Pair;
  readonly host: string;
  readonly role: HostAtRest['role'];
  readonly pids: readonly number[];
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Null when a process of the pair has ended meanwhile. */
const sample = async ({ pair, host, pids }: Watched): Promise<Sample | null> => {
  const { info, programs } = pair.stage;
  const enter = info.enter[hostIn(info, host).netns] ?? [];
  const text = await run([...enter, programs.ip, '-j', '-s', 'link', 'show', 'dev', 'eth0']);
  if (!pids.every((pid) => existsSync(`/proc/${pid}`))) return null;
  const [times, memories] = [pids.map(cpuTimeOf), pids.map(memoryOf)];
  return {
    ticks: sum(times.map(({ own, children }) => own + children)),
    rssKb: sum(memories.map(({ rssKb }) => rssKb)),
    anonKb: sum(memories.map(({ anonKb }) => anonKb)),
    packets: packetsIn(text),
  };
};

const watchedIn = async (pair: Pair): Promise<Watched[]> => {
  const holder = await pair.settle(null);
  const hosts = pair.hosts.map(async (host): Promise<Watched> => {
    const role = host === holder ? 'MASTER' : 'standby';
    return { pair, host, role, pids: await pair.processes(host) };
  });
  return Promise.all(hosts);
};

const atRest = (watched: Watched, before: Sample, after: Sample, windowMs: number): HostAtRest => {
  const { pair, role, pids } = watched;
  const perSecond = (count: number): number => (count * 1000) / windowMs;
  return {
    system: pair.system.id,
    api: pair.stage.api.id,
    role,
    processes: pids.length,
    rssKb: after.rssKb,
    anonKb: after.anonKb,
    cpuShare: perSecond(after.ticks - before.ticks) / TICKS_PER_SECOND,
    packetsInPerSecond: perSecond(after.packets.received - before.packets.received),
    packetsOutPerSecond: perSecond(after.packets.sent - before.packets.sent),
  };
};

export interface RestTimes {
  /** Between the last change and the window: starts and compilations are over then. */
  readonly settleMs: number;
  readonly windowMs: number;
}

const watchOnce = async (
  pairs: readonly Pair[],
  { settleMs, windowMs }: RestTimes,
  signal: AbortSignal,
): Promise<Rest> => {
  const watched: Watched[] = [];
  // One after the other: that many elections at once would starve each other.
  for (const pair of pairs) {
    signal.throwIfAborted();
    // Of a pair that does not come to rest there is nothing to watch; it is named among the restless.
    watched.push(...(await watchedIn(pair).catch(() => [])));
  }
  await delay(settleMs, undefined, { signal });
  const movesOf = ({ stage, vip }: Pair): number => stage.fabric.moves(vip);
  const movesBefore = new Map(pairs.map((pair) => [pair, movesOf(pair)]));
  const startMs = performance.now();
  const before = await Promise.all(watched.map(sample));
  await delay(windowMs, undefined, { signal });
  const after = await Promise.all(watched.map(sample));
  const tookMs = performance.now() - startMs;
  const hosts = watched.flatMap((one, index) => {
    const [first, last] = [before[index] ?? null, after[index] ?? null];
    const hasMoved = movesOf(one.pair) !== movesBefore.get(one.pair);
    return first === null || last === null || hasMoved ? [] : [atRest(one, first, last, tookMs)];
  });
  const restless = pairs
    .map(({ system, stage }) => ({ system: system.id, api: stage.api.id }))
    .filter(({ system, api }) => !hosts.some((host) => host.system === system && host.api === api));
  return { windowMs: Math.round(tookMs), hosts, restless };
};

/** Watches again while some do not rest; the last watch counts. */
export const measureRest = async (
  pairs: readonly Pair[],
  times: RestTimes,
  signal: AbortSignal,
): Promise<Rest> => {
  let rest = await watchOnce(pairs, times, signal);
  for (let tries = 1; tries < TRIES_MAX && rest.restless.length > 0; tries += 1) {
    rest = await watchOnce(pairs, times, signal);
  }
  return rest;
};
