/** What is done to a pair, and what the client should see of it. */
import * as z from 'zod/mini';
import { type Pair, peerOf } from './pair.ts';
import type { Api, System } from './systems.ts';
import type { Window } from './timetable.ts';

export const FAULT_IDS = [
  'kill',
  'cut-host',
  'service',
  'stop',
  'cut-peers',
  'throttle',
  'loss',
  'arbiter-away',
  'arbiter-loss',
  'nothing',
] as const;
export const faultIdSchema = z.enum(FAULT_IDS);
export type FaultId = z.infer<typeof faultIdSchema>;

export interface FaultCase {
  readonly id: FaultId;
  readonly name: string;
  readonly what: string;
  /** `lethal`: another host must serve. `passing`: it ends by itself, and best nothing moves. */
  readonly kind: 'lethal' | 'passing';
  /** How long the disturbance lasts; of a lethal fault, what lasts besides the death. */
  readonly lastsMs: number;
  /** Whom it is tried with: whoever holds the VIP, or both hosts of a pair in turn. */
  readonly holder: 'any' | 'in turn';
  readonly strike: (pair: Pair, holder: string) => Promise<void>;
  /** Once the address has moved, the machine is quiet again. */
  readonly endsWithMove: boolean;
  /** When the machine is disturbed by what follows; null when by nothing. */
  readonly window: (system: System, api: Api) => Window | null;
  /** Not every system knows the thing that fails. */
  readonly appliesTo: (system: System) => boolean;
}

const PASSING_MS = 10_000;
const THROTTLE_MS = 8000;
const LOSS_PERCENT = 50;
const CHECK_MS = 1000;
const CHECK_FALL = 2;
/** Heartbeat or advert: three are missed before a host is taken for dead, and the last one was up to one ago. */
const beatMs = ({ advertMs }: System): number => advertMs ?? 1000;
/** A process that starts on a cold cache; a Lambda; a command. */
const MOVER_MS_MAX = { cli: 1500, arbiter: 300, route: 150 } as const;
const SLACK_MS = 500;

const moveMsMax = (system: System, api: Api): number =>
  MOVER_MS_MAX[system.mover] + api.ackMs + api.propagationMs + SLACK_MS;

/** After a death: silence is noticed two to four beats later. */
const afterSilence = (system: System, api: Api): Window => {
  const leadMs = Math.max(0, 2 * beatMs(system) - SLACK_MS / 5);
  return { leadMs, activeMsMax: 4 * beatMs(system) - leadMs + moveMsMax(system, api) };
};

/** A failing check is noticed one to two intervals later, and the peer then waits for less than a beat. */
const afterCheck = (system: System, api: Api): Window => {
  const leadMs = (CHECK_FALL - 1) * CHECK_MS - SLACK_MS / 5;
  return { leadMs, activeMsMax: CHECK_FALL * CHECK_MS - leadMs + beatMs(system) + moveMsMax(system, api) };
};

const everywhere = (): boolean => true;
const hasPeers = ({ mover }: System): boolean => mover !== 'arbiter';
const hasArbiter = ({ mover }: System): boolean => mover === 'arbiter';

export const FAULTS: readonly FaultCase[] = [
  {
    id: 'kill',
    name: 'kill -9',
    what: 'SIGKILL to all processes of the program and to the service of the MASTER',
    kind: 'lethal',
    lastsMs: 0,
    holder: 'any',
    strike: (pair, holder) => pair.kill(holder),
    endsWithMove: true,
    window: afterSilence,
    appliesTo: everywhere,
  },
  {
    id: 'cut-host',
    name: 'host cut off',
    what: 'no packet into or out of the MASTER, except to the metadata service',
    kind: 'lethal',
    lastsMs: 0,
    holder: 'any',
    strike: (pair, holder) => pair.afflictions.add({ kind: 'cut-host', target: holder }),
    endsWithMove: true,
    window: afterSilence,
    appliesTo: everywhere,
  },
  {
    id: 'service',
    name: 'service dead',
    what: 'SIGKILL to the service; a check every 1 s, fall 2',
    kind: 'lethal',
    lastsMs: 0,
    holder: 'any',
    strike: (pair, holder) => pair.afflictions.add({ kind: 'service', target: holder }),
    endsWithMove: true,
    window: afterCheck,
    appliesTo: everywhere,
  },
  {
    id: 'stop',
    name: 'clean stop',
    what: 'SIGTERM to the program of the MASTER; its service lives on',
    kind: 'lethal',
    lastsMs: 0,
    holder: 'any',
    strike: (pair, holder) => pair.stop(holder),
    endsWithMove: true,
    window: (system, api) => ({ leadMs: 0, activeMsMax: beatMs(system) + moveMsMax(system, api) }),
    appliesTo: everywhere,
  },
  {
    id: 'cut-peers',
    name: `peers cut for ${PASSING_MS / 1000} s`,
    what: 'the two hosts do not reach each other, and reach everything else',
    kind: 'passing',
    lastsMs: PASSING_MS,
    holder: 'in turn',
    strike: (pair, holder) => pair.afflictions.add({ kind: 'cut-peers', target: holder }),
    endsWithMove: true,
    window: (system, api) => (hasPeers(system) ? afterSilence(system, api) : null),
    appliesTo: everywhere,
  },
  {
    id: 'throttle',
    name: `kill -9, EC2 throttled for ${THROTTLE_MS / 1000} s`,
    what: 'EC2 answers RequestLimitExceeded to every call for this VIP, from the kill on',
    kind: 'lethal',
    lastsMs: THROTTLE_MS,
    holder: 'any',
    strike: async (pair, holder) => {
      await pair.afflictions.add({ kind: 'ec2-throttle', target: pair.vip, forMs: THROTTLE_MS });
      await pair.kill(holder);
    },
    endsWithMove: false,
    window: (system, api) => (hasPeers(system) ? afterSilence(system, api) : null),
    appliesTo: ({ mover }) => mover !== 'route',
  },
  {
    id: 'loss',
    name: `${LOSS_PERCENT} % loss between peers for ${PASSING_MS / 1000} s`,
    what: 'every second packet between the two hosts is lost, each way',
    kind: 'passing',
    lastsMs: PASSING_MS,
    holder: 'in turn',
    strike: (pair, holder) =>
      pair.afflictions.add({
        kind: 'loss',
        target: `${holder}/${peerOf(pair, holder)}`,
        percent: LOSS_PERCENT,
      }),
    endsWithMove: false,
    // Each flap starts the CLI again, which keeps a core busy; what the others do costs next to nothing.
    window: ({ mover }) =>
      mover === 'cli' ? { leadMs: 0, activeMsMax: PASSING_MS + MOVER_MS_MAX.cli } : null,
    appliesTo: everywhere,
  },
  {
    id: 'arbiter-away',
    name: `kill -9, arbiter away for ${THROTTLE_MS / 1000} s`,
    what: 'no packet between the two hosts and the arbiter, from the kill on; keepalived has none to miss',
    kind: 'lethal',
    lastsMs: THROTTLE_MS,
    holder: 'any',
    strike: async (pair, holder) => {
      await Promise.all(
        pair.hosts.map((target) => pair.afflictions.add({ kind: 'cut-arbiter', target, forMs: THROTTLE_MS })),
      );
      await pair.kill(holder);
    },
    endsWithMove: false,
    window: () => null,
    appliesTo: hasArbiter,
  },
  {
    id: 'arbiter-loss',
    name: `${LOSS_PERCENT} % loss to the arbiter for ${PASSING_MS / 1000} s`,
    what: 'every second packet between the MASTER and the arbiter is lost, each way',
    kind: 'passing',
    lastsMs: PASSING_MS,
    holder: 'in turn',
    strike: (pair, holder) =>
      pair.afflictions.add({ kind: 'loss', target: `${holder}/arbiter`, percent: LOSS_PERCENT }),
    endsWithMove: false,
    window: () => null,
    appliesTo: hasArbiter,
  },
  {
    id: 'nothing',
    name: `left alone for ${PASSING_MS / 1000} s`,
    what: 'nothing is done to this pair while others fail over beside it: a control of the measurement itself',
    kind: 'passing',
    lastsMs: PASSING_MS,
    holder: 'any',
    strike: () => Promise.resolve(),
    endsWithMove: false,
    window: () => null,
    appliesTo: everywhere,
  },
];
