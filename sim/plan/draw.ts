/** From a seed to a plan: what the group is like and which faults happen to it, when and how hard. */
import { CLOCK_RATE_ERROR, KERNEL_EXPIRY, type KernelExpiry, MARGIN_MS } from '../../core/lease.ts';
import { Random } from '../engine/prng.ts';
import type { FaultKind } from '../faults/fault.ts';
import { FAULTS } from '../faults/table.ts';
import { type Fault, HOLDER, type Plan, type Settings, STANDBY } from './settings.ts';

const STREAM_SETTINGS = 101;
const STREAM_FAULTS = 102;
/** Drawn beside all else, so that plans that were drawn before there was this are the same still. */
const STREAM_UNSEEN = 103;
const UNSEEN_SHARE = 0.15;
const STREAM_QUESTIONS = 104;
/** Shares of seeds in which candidates are asked, and of fenced ones in which holders are. */
const PREPARE_SHARE = 0.3;
const RELEASE_SHARE = 0.4;
/** Of those, so many have agents of an older version. */
const OLD_SHARE = 0.3;
/**
 * One that refuses leaves a group to nobody more often; and whoever is said, late, to stop is not chosen for so long
 * (core/election/rules.ts). Where both meet, rest takes that long (seed 12342).
 */
const LEAVING_MS = 900_000;
const STREAM_PEERS = 105;
const PEERS_SHARE = 0.2;
const PEERS_MS: readonly number[] = [50, 50, 50, 20, 200];
/** An hour of heartbeats is a great many packets: there they come no faster than this. */
const PEERS_MS_LONG = 100;
const LONG_HEARTBEAT_MS = 5000;
/** Of plans with one fault, where hosts watch each other, so many meet one between hosts. */
const PEER_FAULT_SHARE = 0.4;
const STREAM_TWO_CALLS = 106;
/** Of those that hosts see. */
const TWO_CALLS_SHARE = 0.15;
/** A seed lasts so many heartbeats and so long at least; faults are over after this part of it. */
const HEARTBEATS = 120;
const END_MS_MIN = 120_000;
const FAULTY_PART = 0.7;
/** Bans last a minute and looks back off to a minute: only then may a group be expected to be at rest. */
const REST_MS = 220_000;
const REST_HEARTBEATS = 15;
/** Share of seeds with one fault and nothing else. */
const SOLO_SHARE = 0.15;
/** Of these, so many meet an outage of the arbiter. */
const BLACKOUT_SHARE = 0.3;
const WORST_CLOCKS_SHARE = 0.4;
/** Share of faults that come close to another one, within so many heartbeats of it. */
const CLUSTER_SHARE = 0.6;
const CLUSTER_HEARTBEATS = 4;

/** Heartbeats in milliseconds, and how often each is drawn. */
const HEARTBEAT_MS: readonly (readonly [ms: number, weight: number])[] = [
  [1000, 52],
  [200, 3],
  [500, 3],
  [2000, 8],
  [3000, 7],
  [5000, 9],
  [10_000, 11],
  [30_000, 7],
];

const weighted = (random: Random, table: readonly (readonly [number, number])[]): number => {
  let left = random.next() * table.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [value, weight] of table) {
    left -= weight;
    if (left < 0) return value;
  }
  return table[0]?.[0] ?? 0;
};

/** As core/wire/config.ts demands of a file: the kernel's lifetime outlasts two heartbeats and a slow answer. */
const ANSWER_MS = 300;
const leastLeaseMs = (exclusive: boolean, heartbeatMs: number, expiry: KernelExpiry): number => {
  if (!exclusive) return Math.max(300, 3 * heartbeatMs);
  const { lateMs, quantumMs } = KERNEL_EXPIRY[expiry];
  const lifetimeMs = Math.ceil((2 * heartbeatMs) / quantumMs) * quantumMs;
  const leastMs = Math.ceil((lifetimeMs + lateMs + MARGIN_MS + ANSWER_MS) / (1 - CLOCK_RATE_ERROR));
  return Math.max(leastMs, 3 * heartbeatMs);
};

const prioritiesOf = (random: Random, members: number): number[] => {
  const equal = random.chance(0.4);
  return Array.from({ length: members }, (_, index) => (equal ? 100 : 200 - 20 * index));
};

/** The first member, which will most likely hold, may be slow, and all others fast: what a lease has to withstand. */
const ratesOf = (random: Random, members: number): number[] => {
  if (random.chance(WORST_CLOCKS_SHARE))
    return Array.from({ length: members }, (_, index) => 1 + (index === 0 ? -1 : 1) * CLOCK_RATE_ERROR);
  return Array.from({ length: members }, () =>
    random.chance(0.5)
      ? 1 + random.between(-0.0002, 0.0002)
      : 1 + random.pick([-CLOCK_RATE_ERROR, CLOCK_RATE_ERROR]),
  );
};

/** What single faults cost is promised for groups without questions. */
const questionsOf = (
  seed: number,
  { solo, exclusive, members }: Pick<Settings, 'solo' | 'exclusive' | 'members'>,
): Pick<Settings, 'prepareMs' | 'release' | 'unasked'> => {
  const random = new Random(seed, STREAM_QUESTIONS);
  const [prepares, releases] = [random.chance(PREPARE_SHARE), random.chance(RELEASE_SHARE)];
  if (solo) return {};
  return {
    ...(prepares ? { prepareMs: Math.round(random.spread(500, 30_000)) } : {}),
    ...(releases && !exclusive
      ? { release: true, unasked: random.chance(OLD_SHARE) ? random.below(1 << members) : 0 }
      : {}),
  };
};

const peersOf = (seed: number, heartbeatMs: number): Pick<Settings, 'peersMs'> => {
  const random = new Random(seed, STREAM_PEERS);
  if (!random.chance(PEERS_SHARE)) return {};
  const drawn = random.pick(PEERS_MS);
  return { peersMs: heartbeatMs > LONG_HEARTBEAT_MS ? Math.max(drawn, PEERS_MS_LONG) : drawn };
};

/** What kind the VIPs are of: one that no host sees, or one that takes two calls, or neither. */
const kindOf = (seed: number): Pick<Settings, 'unseen' | 'twoCalls'> => {
  if (new Random(seed, STREAM_UNSEEN).chance(UNSEEN_SHARE)) return { unseen: true };
  return new Random(seed, STREAM_TWO_CALLS).chance(TWO_CALLS_SHARE) ? { twoCalls: true } : {};
};

const drawSettings = (seed: number): Settings => {
  const random = new Random(seed, STREAM_SETTINGS);
  const exclusive = random.chance(0.5);
  const kernelExpiry: KernelExpiry = random.chance(0.5) ? 'address' : 'nft';
  const heartbeatMs = weighted(random, HEARTBEAT_MS);
  const members = weighted(random, [
    [2, 45],
    [3, 40],
    [4, 9],
    [5, 6],
  ]);
  const leaseMsMin = leastLeaseMs(exclusive, heartbeatMs, kernelExpiry);
  const heartbeats = random.chance(0.6) ? (exclusive ? 5 : 3) : random.between(3, 8);
  const endMs = Math.max(END_MS_MIN, HEARTBEATS * heartbeatMs);
  const drawn: Settings = {
    seed,
    members,
    vips: random.chance(0.1) ? 2 : 1,
    exclusive,
    kernelExpiry,
    heartbeatMs,
    leaseMs: Math.max(leaseMsMin, Math.round(heartbeats * heartbeatMs)),
    leaseMsMin,
    preempt: random.chance(0.25),
    preemptDelayMs: random.chance(0.5) ? 0 : Math.round(random.between(1, 10) * heartbeatMs),
    holdDownMs: random.pick([0, 5000, 60_000]),
    priorities: prioritiesOf(random, members),
    rates: ratesOf(random, members),
    shared: random.chance(0.2),
    latencyMs: random.spread(0.5, 20),
    jitterMs: random.spread(0.5, 10),
    fabricMs: random.chance(0.7) ? random.spread(5, 300) : random.spread(300, 4000),
    imdsMs: random.spread(1, 1500),
    endMs,
    healMs: Math.round(FAULTY_PART * endMs),
    restMs: REST_MS + REST_HEARTBEATS * heartbeatMs,
    solo: random.chance(SOLO_SHARE),
    ...kindOf(seed),
    ...peersOf(seed, heartbeatMs),
  };
  const questions = questionsOf(seed, drawn);
  const waits = questions.prepareMs === undefined ? 0 : LEAVING_MS;
  return { ...drawn, ...questions, restMs: drawn.restMs + waits };
};

const allowed = (kind: FaultKind, settings: Settings): boolean =>
  !(kind.fencedOnly === true && settings.exclusive) &&
  !(kind.ofPeers === true && settings.peersMs === undefined);

/** Whoever holds the group when it happens is the most worthwhile victim, and after it whoever would succeed it. */
const victimOf = (random: Random, kind: FaultKind, members: number): number => {
  if (kind.victim !== undefined) return kind.victim === 'holder' ? HOLDER : STANDBY;
  const drawn = random.next();
  return drawn < 0.4 ? HOLDER : drawn < 0.65 ? STANDBY : random.below(members);
};

const drawFault = (random: Random, kind: FaultKind, settings: Settings, fromMs: number): Fault => {
  const { heartbeatMs, healMs, members } = settings;
  const at = random.between(fromMs, healMs * 0.97);
  const [least, most] = kind.lasts;
  const lasts = most === 0 ? 0 : heartbeatMs * random.spread(least, most);
  return {
    kind: kind.name,
    at: Math.round(at),
    until: Math.round(Math.min(at + lasts, healMs)),
    host: victimOf(random, kind, members),
    x: random.next(),
    y: random.next(),
  };
};

/** From then on a group without faults is at rest. */
export const settledMs = ({ leaseMs, heartbeatMs, fabricMs }: Settings): number =>
  1.5 * leaseMs + 6 * heartbeatMs + fabricMs + 3000;

const drawSolo = (random: Random, settings: Settings, kinds: readonly FaultKind[]): Fault[] => {
  const promising = kinds.filter(
    ({ alone }) => (settings.exclusive ? alone?.exclusive : alone?.fenced) !== undefined,
  );
  if (promising.length === 0 || random.chance(0.05)) return [];
  // The arbiter's absence is the one fault that meets every group of a region at once.
  const blackout = promising.find(({ name }) => name === 'arbiter-blackout');
  const ofPeers = promising.filter((one) => one.ofPeers === true);
  const kind =
    blackout !== undefined && random.chance(BLACKOUT_SHARE)
      ? blackout
      : random.pick(ofPeers.length > 0 && random.chance(PEER_FAULT_SHARE) ? ofPeers : promising);
  return [drawFault(random, kind, settings, settledMs(settings))];
};

/** The same fault, moved close to another one: what goes wrong alone is easy, what goes wrong together is not. */
const beside = (random: Random, fault: Fault, faults: readonly Fault[], settings: Settings): Fault => {
  const other = random.pick(faults);
  const shiftMs = CLUSTER_HEARTBEATS * settings.heartbeatMs * random.between(-1, 1);
  const at = Math.round(Math.max(0, Math.min(other.at + shiftMs, settings.healMs)));
  const until = Math.min(at + fault.until - fault.at, settings.healMs);
  return { ...fault, at, until };
};

const drawSwarm = (random: Random, settings: Settings, kinds: readonly FaultKind[]): Fault[] => {
  const wanted = Math.min(kinds.length, Math.round(random.spread(1, 12)));
  const enabled = new Set<FaultKind>();
  for (let tries = 0; enabled.size < wanted && tries < 100; tries += 1) {
    const kind = random.pick(kinds);
    if (kind.rare !== true || random.chance(0.3)) enabled.add(kind);
  }
  const fromMs = random.chance(0.2) ? 0 : settledMs(settings);
  const faults = [...enabled].flatMap((kind) =>
    Array.from({ length: 1 + Math.floor(random.next() ** 2 * 5) }, () =>
      drawFault(random, kind, settings, fromMs),
    ),
  );
  return faults.map((fault) =>
    random.chance(CLUSTER_SHARE) ? beside(random, fault, faults, settings) : fault,
  );
};

/** @param only kinds to draw from; none: all */
export const drawPlan = (seed: number, only: ReadonlySet<string> = new Set()): Plan => {
  const settings = drawSettings(seed);
  const random = new Random(seed, STREAM_FAULTS);
  const kinds = FAULTS.filter((kind) => allowed(kind, settings) && (only.size === 0 || only.has(kind.name)));
  const faults = kinds.length === 0 ? [] : (settings.solo ? drawSolo : drawSwarm)(random, settings, kinds);
  return { settings, faults: faults.toSorted((a, b) => a.at - b.at) };
};
