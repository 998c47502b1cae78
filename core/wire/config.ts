/**
 * keepaloft.yaml, version 1, and the part of it that an agent gets as /etc/keepaloft/agent.yaml. Unknown keys
 * are refused: a misspelt `preemt` must not silently mean its default. Every default stands here and nowhere else.
 */
import * as z from 'zod/mini';
import { CLOCK_RATE_ERROR, KERNEL_EXPIRY, type KernelExpiry, MARGIN_MS } from '../lease.ts';
import { type DurationMs, durationMs } from '../time.ts';
import { isBoundByHosts, needsLease } from '../traits.ts';
import { checkSchema, hostCheckSchema } from './check-config.ts';
import {
  areSourcesIn,
  type HostRouting,
  hostRouting,
  NOTHING_TO_FOLLOW,
  SRC_IS_NO_VIP,
} from './host-routing.ts';
import { elasticIpsMeet, standsOnPrimary } from './meeting.ts';
import { divided, membersSchema } from './members.ts';
import {
  GROUPS_MAX,
  groupNameSchema,
  ipv4Schema,
  MEMBERS_MAX,
  nodeIdSchema,
  prioritySchema,
  VIPS_MAX,
  type Vip,
  vipSchema,
} from './names.ts';
import { argvSchema, duration, interfaceNameSchema } from './values.ts';

export { type CheckConfig, type HostCheck, hostCheckSchema, isAlarmCheck } from './check-config.ts';

const hooksSchema = z.strictObject({
  /** On a candidate, before anything changes; exit status 75 (EX_TEMPFAIL) refuses, and any failure does, too. */
  beforeMaster: z.optional(argvSchema),
  /** On a holder that was asked to let go, before it does. */
  beforeRelease: z.optional(argvSchema),
  onMaster: z.optional(argvSchema),
  onBackup: z.optional(argvSchema),
  onFault: z.optional(argvSchema),
  onStop: z.optional(argvSchema),
  /** Called for every state, after the one for that state. */
  notify: z.optional(argvSchema),
  timeout: z._default(duration(100, 600_000), durationMs(30_000)),
});
export type HooksConfig = z.infer<typeof hooksSchema>;
const HOOKS_DEFAULT: HooksConfig = { timeout: durationMs(30_000) };

/** keepalived's lease is three adverts; so is ours unless the file says otherwise. */
const LEASE_HEARTBEATS = 3;
/** Where the lease is the fence, a holder that hears nothing stops serving: it gets two heartbeats more. */
const EXCLUSIVE_LEASE_HEARTBEATS = 5;
const timingSchema = z
  .strictObject({
    heartbeat: z._default(duration(100, 60_000), durationMs(1000)),
    lease: z.optional(duration(300, 600_000)),
  })
  .check(
    z.refine(
      ({ heartbeat, lease }) => lease === undefined || lease >= LEASE_HEARTBEATS * heartbeat,
      'lease must be at least 3 heartbeats, or one lost heartbeat moves the VIP',
    ),
  );
const TIMING_DEFAULT = { heartbeat: durationMs(1000) };

/** Whether two hosts are kept apart by the lease rather than by the network, and who lets go if the agent cannot. */
const fencing = {
  exclusive: z._default(z.boolean(), false),
  kernelExpiry: z._default(z.enum(['address', 'nft']), 'address'),
};

interface Fenced {
  readonly timing: { readonly heartbeat: DurationMs; readonly lease?: DurationMs | undefined };
  readonly exclusive: boolean;
  readonly kernelExpiry: KernelExpiry;
}

/** What decides whether the lease may be, or must be, what keeps hosts apart. */
interface Leased {
  readonly vips: readonly Vip[];
  readonly exclusive: boolean;
  readonly kernelExpiry: KernelExpiry;
  readonly mode: 'enforce' | 'observe';
}

/** An answer may take this long on its way without costing the address its kernel lifetime. */
const ANSWER_MS = 300;
/** The kernel's lifetime must outlast two heartbeats, or one lost heartbeat takes a healthy holder's address away. */
const leastLeaseMs = ({ timing, kernelExpiry }: Fenced): number => {
  const { lateMs, quantumMs } = KERNEL_EXPIRY[kernelExpiry];
  const lifetimeMs = Math.ceil((2 * timing.heartbeat) / quantumMs) * quantumMs;
  return Math.ceil((lifetimeMs + lateMs + MARGIN_MS + ANSWER_MS) / (1 - CLOCK_RATE_ERROR));
};

const defaultLeaseMs = (group: Fenced): DurationMs =>
  durationMs(
    group.exclusive
      ? Math.max(EXCLUSIVE_LEASE_HEARTBEATS * group.timing.heartbeat, leastLeaseMs(group))
      : LEASE_HEARTBEATS * group.timing.heartbeat,
  );

const outlivesHeartbeats = (group: Fenced): boolean =>
  !group.exclusive || group.timing.lease === undefined || group.timing.lease >= leastLeaseMs(group);
const TOO_SHORT =
  'too short for an exclusive group: the kernel would drop the address of a healthy holder. Make the lease longer, or use kernelExpiry: nft';

/** The group with its lease: a default that depends on how the group is fenced. */
const withLease = <T extends Fenced>(group: T) => ({
  ...group,
  timing: { heartbeat: group.timing.heartbeat, lease: group.timing.lease ?? defaultLeaseMs(group) },
});

const electionSchema = z.strictObject({
  /** A member with a higher priority takes over from a healthy holder. */
  preempt: z._default(z.boolean(), false),
  preemptDelay: z._default(duration(0, 86_400_000), durationMs(0)),
  /** How long after a transfer no other *voluntary* one may follow; doubles with each transfer in an hour. */
  holdDown: z._default(duration(0, 86_400_000), durationMs(60_000)),
});
const ELECTION_DEFAULT = { preempt: false, preemptDelay: durationMs(0), holdDown: durationMs(60_000) };

/** Longer than this a host may be dead before its neighbours know: a short heartbeat tells as much. */
const DETECTION_MS_MAX = 3000;
/** Members watch each other by BFD, and a standby that loses the holder asks at once. Absent: heartbeats alone tell. */
const peerDetectionSchema = z
  .strictObject({
    /** Between two packets, each way. */
    interval: z._default(duration(20, 1000), durationMs(50)),
    /** So many packets missed: the peer is lost. */
    multiplier: z._default(z.int().check(z.minimum(2), z.maximum(50)), 3),
  })
  .check(
    z.refine(
      ({ interval, multiplier }) => interval * multiplier <= DETECTION_MS_MAX,
      `interval times multiplier is at most ${DETECTION_MS_MAX} ms`,
    ),
  );
const NEEDS_FABRIC =
  'peerDetection is for groups that the fabric fences: where the lease is the fence, a lost session does not prove that the holder has let go';
/** A peer of a host: another member, and the address of its own by which it is watched. */
const peerSchema = z.strictObject({ node: nodeIdSchema, address: ipv4Schema });

/** How far the group goes. */
const conduct = {
  /** `observe`: decides and tells, and changes nothing, neither in the cloud nor on a host. */
  mode: z._default(z.enum(['enforce', 'observe']), 'enforce'),
  /** The member that has the VIPs when the group begins is its first holder; else the best one is. */
  adopt: z._default(z.boolean(), true),
  /** Another hand has moved a VIP: move it back, make the member that has it the holder, or only say so. */
  drift: z._default(z.enum(['repair', 'adopt', 'alarm']), 'repair'),
};
const ADOPT_NEEDS_FENCE =
  'adopt is for groups that the fabric fences: in an exclusive group the old holder would still be serving. Use repair or alarm';

/** An Elastic IP may stand on a private address that moves along only if this group moves that. */
const standsOnOwn = (vips: readonly Vip[]): boolean => {
  const secondary = new Set(vips.flatMap((vip) => (vip.fabric === 'secondary-ip' ? [vip.address] : [])));
  return vips.every(
    (vip) => vip.fabric !== 'elastic-ip' || vip.private === undefined || secondary.has(vip.private),
  );
};
/** An address goes by one Elastic IP: a second one pushes the first one off, and the next look would push it back. */
const standsAlone = ({ vips }: { readonly vips: readonly Vip[] }): boolean => {
  const places = vips.flatMap((vip) => (vip.fabric === 'elastic-ip' ? [vip.private ?? 'primary'] : []));
  return new Set(places).size === places.length;
};
const STANDS_TWICE =
  'two Elastic IPs stand on one address, which carries one only: give each a secondary IP of the group of its own (private)';
/** Between two of its calls a set of tables leads to two hosts: only the lease keeps them apart then. */
const isInOneTable = ({ vips }: { readonly vips: readonly Vip[] }): boolean =>
  vips.every((vip) => vip.fabric !== 'route' || vip.tables.length === 1);
/** What no host binds no lease can take away from it. */
const hasWhatALeaseEnds = ({ vips }: { readonly vips: readonly Vip[] }): boolean => vips.some(isBoundByHosts);
const NOTHING_TO_BIND =
  'exclusive needs an address that hosts bind: an Elastic IP alone is never with two hosts at once';
const TABLES_NEED_LEASE =
  'more than one route table needs exclusive: true, for while they are changed one by one they lead to two hosts';
/** Nobody but the agents decides who is reached there, so they must be kept apart; who only observes binds nothing. */
const hasItsLease = ({ vips, exclusive, mode }: Leased): boolean =>
  exclusive || mode === 'observe' || !vips.some(needsLease);
const L2_NEEDS_LEASE =
  'l2 needs exclusive: true, for a switch delivers to whoever announces the address: only the lease keeps two hosts from doing so';
/** Its packets would be stopped, and the neighbours would still be told to send them there. */
const endsWithItsAddress = ({ vips, kernelExpiry }: Leased): boolean =>
  kernelExpiry === 'address' || !vips.some(needsLease);
const L2_NEEDS_ADDRESS =
  'l2 needs kernelExpiry: address, for nft leaves the address bound, and a host whose agent was killed would go on answering ARP for it';
const leaseChecks = <T extends Leased>() =>
  [
    z.refine<T>(hasItsLease, { error: L2_NEEDS_LEASE, path: ['exclusive'] }),
    z.refine<T>(endsWithItsAddress, { error: L2_NEEDS_ADDRESS, path: ['kernelExpiry'] }),
  ] as const;

type Routed = HostRouting & { readonly vips: readonly Vip[] };
const hasWhatRoutesFollow = (group: Routed): boolean =>
  (group.hostRoutes === undefined && group.hostRules === undefined) || hasWhatALeaseEnds(group);
const hasSources = (group: Routed): boolean =>
  areSourcesIn(
    group.vips.filter(isBoundByHosts).map(({ address }) => address),
    group,
  );

const handoverSchema = z.enum(['fabric-first', 'reset-first']);
const vipsSchema = z.array(vipSchema).check(
  z.minLength(1),
  z.maxLength(VIPS_MAX),
  z.refine((vips) => new Set(vips.map((vip) => vip.address)).size === vips.length, 'a VIP is listed twice'),
  z.refine(standsOnOwn, 'private must be the address of a secondary-ip VIP of the same group'),
);
const checksOf = <T extends z.ZodMiniType>(check: T) =>
  z._default(
    z
      .record(z.string().check(z.regex(/^[a-zA-Z][\w-]{0,31}$/)), check)
      .check(z.refine((checks) => Object.keys(checks).length <= 16, 'at most 16 checks in a group')),
    {},
  );
const groupSchema = z.pipe(
  z
    .strictObject({
      vips: vipsSchema,
      members: membersSchema,
      timing: z._default(timingSchema, TIMING_DEFAULT),
      peerDetection: z.optional(peerDetectionSchema),
      ...fencing,
      ...conduct,
      election: z._default(electionSchema, ELECTION_DEFAULT),
      /**
       * How a planned move goes. `fabric-first`: the old holder serves until the fabric moves, or, exclusive, until it is asked
       * to let go. `reset-first`: asked to let go, it ends the connections of the VIPs before it unbinds them.
       */
      handover: z._default(handoverSchema, 'fabric-first'),
      checks: checksOf(checkSchema),
      hooks: z._default(hooksSchema, HOOKS_DEFAULT),
      /** Routes and rules of a host, while it has the VIPs bound. */
      ...hostRouting,
    })
    .check(
      z.refine(hasWhatRoutesFollow, { error: NOTHING_TO_FOLLOW }),
      z.refine(hasSources, { error: SRC_IS_NO_VIP, path: ['hostRoutes'] }),
      z.refine(outlivesHeartbeats, { error: TOO_SHORT, path: ['timing', 'lease'] }),
      z.refine(({ exclusive, drift }) => !exclusive || drift !== 'adopt', {
        error: ADOPT_NEEDS_FENCE,
        path: ['drift'],
      }),
      z.refine((group) => !group.exclusive || hasWhatALeaseEnds(group), {
        error: NOTHING_TO_BIND,
        path: ['exclusive'],
      }),
      z.refine(standsAlone, { error: STANDS_TWICE, path: ['vips'] }),
      z.refine(({ exclusive, peerDetection }) => !exclusive || peerDetection === undefined, {
        error: NEEDS_FABRIC,
        path: ['peerDetection'],
      }),
      z.refine((group) => group.exclusive || isInOneTable(group), {
        error: TABLES_NEED_LEASE,
        path: ['exclusive'],
      }),
      ...leaseChecks(),
    ),
  z.transform(({ members, ...group }) => ({ ...withLease(group), ...divided(members) })),
);
export type GroupFile = z.infer<typeof groupSchema>;

const groupsOf = <T extends z.ZodMiniType>(group: T) =>
  z
    .record(groupNameSchema, group)
    .check(
      z.refine(
        (groups) => Object.keys(groups).length >= 1 && Object.keys(groups).length <= GROUPS_MAX,
        `1 to ${GROUPS_MAX} groups`,
      ),
    );

const distinctVips = (groups: Record<string, { vips: readonly { address: string }[] }>): boolean => {
  const all = Object.values(groups).flatMap((group) => group.vips.map((vip) => vip.address));
  return new Set(all).size === all.length;
};

const meeting = (groups: Readonly<Record<string, GroupFile>>): string | undefined =>
  elasticIpsMeet(
    Object.entries(groups).map(([name, { vips, members, mode }]) => ({
      name,
      members: members.map(({ instance }) => instance),
      takesPrimary: mode === 'enforce' && vips.some(standsOnPrimary),
    })),
  );

export const keepaloftFileSchema = z.strictObject({
  version: z.literal(1),
  groups: groupsOf(groupSchema).check(
    z.refine(distinctVips, 'a VIP belongs to one group only'),
    z.refine((groups) => meeting(groups) === undefined, {
      error: ({ input }) => meeting(input as Readonly<Record<string, GroupFile>>) ?? '',
    }),
  ),
});
export type KeepaloftFile = z.infer<typeof keepaloftFileSchema>;

const agentGroupSchema = z.pipe(
  z
    .strictObject({
      vips: vipsSchema,
      /** This host's base priority. */
      priority: z._default(prioritySchema, 100),
      configHash: z._default(z.string().check(z.maxLength(64)), ''),
      mode: conduct.mode,
      timing: z._default(timingSchema, TIMING_DEFAULT),
      peerDetection: z.optional(peerDetectionSchema),
      /** The other members, with `peerDetection`. */
      peers: z.optional(z.array(peerSchema).check(z.maxLength(MEMBERS_MAX))),
      ...fencing,
      preemptDelay: z._default(duration(0, 86_400_000), durationMs(0)),
      /** Absent: fabric-first. An agent that does not know the word yet takes the file all the same. */
      handover: z.optional(handoverSchema),
      checks: checksOf(hostCheckSchema),
      hooks: z._default(hooksSchema, HOOKS_DEFAULT),
      /** Absent as handover may be, and for the same reason. */
      ...hostRouting,
    })
    .check(
      z.refine(outlivesHeartbeats, { error: TOO_SHORT, path: ['timing', 'lease'] }),
      z.refine(hasSources, { error: SRC_IS_NO_VIP, path: ['hostRoutes'] }),
      ...leaseChecks(),
    ),
  z.transform(withLease),
);
export type AgentGroupFile = z.infer<typeof agentGroupSchema>;

export const agentFileSchema = z.strictObject({
  version: z.literal(1),
  /** The arbiter's address, for example https://abc123.execute-api.us-east-1.amazonaws.com */
  endpoint: z.url({ protocol: /^https$/, error: 'an https URL' }),
  region: z.string().check(z.regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'a region such as us-east-1')),
  /** A PEM file with the only certificate authority to trust. @default Node's own list */
  caFile: z.optional(z.string().check(z.startsWith('/'))),
  /** Where the VIPs are bound. @default the interface of the default route */
  interface: z.optional(interfaceNameSchema),
  /**
   * `keepaloft-agent enroll` has written the file, and the running agent fetches and writes it anew whenever the arbiter
   * has another one. Whoever edits it sets this to false, or takes it out.
   */
  enrolled: z._default(z.boolean(), false),
  /** Who runs script checks. */
  scriptUser: z._default(z.string().check(z.regex(/^[a-z_][a-z0-9_-]{0,31}$/)), 'nobody'),
  logLevel: z._default(z.enum(['debug', 'info', 'warn', 'error']), 'info'),
  groups: groupsOf(agentGroupSchema).check(z.refine(distinctVips, 'a VIP belongs to one group only')),
});
export type AgentFile = z.infer<typeof agentFileSchema>;
