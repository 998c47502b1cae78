/** From the agent's file to what its reducer knows of a group. */
import type { GroupProfile } from '../core/holder/types.ts';
import { isBoundByHosts, isSeenByHosts } from '../core/traits.ts';
import { type Announcement, announcementOf } from '../core/wire/announce.ts';
import type { AgentFile } from '../core/wire/config.ts';
import type { Vip } from '../core/wire/names.ts';

/** What is bound here, and, where that is something else, what can be seen here. */
const whereabouts = (vips: readonly Vip[]): Pick<GroupProfile, 'vips' | 'seen'> => {
  const bound = vips.filter(isBoundByHosts).map(({ address }) => address);
  const seen = vips.filter(isSeenByHosts).map(({ address }) => address);
  return bound.join() === seen.join() ? { vips: bound } : { vips: bound, seen };
};

/** The groups of a file, in its order. */
export const profilesOf = (file: AgentFile): GroupProfile[] =>
  Object.entries(file.groups).map(([name, group]) => ({
    name,
    ...whereabouts(group.vips),
    configHash: group.configHash,
    heartbeatMs: group.timing.heartbeat,
    leaseMs: group.timing.lease,
    ...(group.exclusive ? { kernelExpiry: group.kernelExpiry } : {}),
    preemptDelayMs: group.preemptDelay,
    ...(group.peerDetection === undefined
      ? {}
      : {
          peerDetection: {
            intervalMs: group.peerDetection.interval,
            multiplier: group.peerDetection.multiplier,
          },
        }),
    ...(group.mode === 'observe' ? { observes: true } : {}),
  }));

/** The VIPs that are announced to neighbours on a switch, and how often; where the host only observes, none. */
export const announcedOf = ({ groups }: AgentFile): ReadonlyMap<string, Announcement> =>
  new Map(
    Object.values(groups)
      .filter(({ mode }) => mode === 'enforce')
      .flatMap(({ vips }) => vips)
      .flatMap((vip) => (vip.fabric === 'l2' ? [[vip.address, announcementOf(vip.announce)] as const] : [])),
  );

/**
 * Why a changed file cannot be taken over without a restart; undefined when it can. A reload must never move a VIP,
 * so whatever says which VIPs there are, or who decides, is left for a restart.
 */
export const restartReason = (before: AgentFile, after: AgentFile): string | undefined => {
  const identity = (file: AgentFile): string =>
    JSON.stringify([
      file.endpoint,
      file.region,
      file.caFile,
      file.interface,
      profilesOf(file).map(({ configHash: _, ...profile }) => profile),
      [...announcedOf(file)],
    ]);
  return identity(before) === identity(after)
    ? undefined
    : 'endpoint, interface, groups, VIPs, timing or fencing changed';
};
