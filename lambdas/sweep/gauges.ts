/** What a group is like, in numbers that alarms watch. Pure. */
import { standbys } from '../../core/election/eligibility.ts';
import { leaseMarginMs } from '../../core/election/slowest.ts';
import type { EpochMs } from '../../core/time.ts';
import type { MemberDetail } from '../../core/wire/detail.ts';
import type { GroupConfig, GroupState } from '../../core/wire/item.ts';
import type { NodeId } from '../../core/wire/names.ts';
import { groupStatus } from '../admin/status.ts';
import type { GaugeName } from '../arbiter/metrics.ts';

const PERCENT = 100;

/** Members of the group, heard of, whose agent was given another configuration. */
const skewed = (state: GroupState, config: GroupConfig, details: ReadonlyMap<NodeId, MemberDetail>): number =>
  Object.keys(config.members).filter((node) => {
    const told = state.members[node] === undefined ? undefined : details.get(node)?.configHash;
    return told !== undefined && told !== '' && told !== state.configHash;
  }).length;

/** @param now the arbiter's wall clock */
export const gaugesOf = (
  state: GroupState,
  config: GroupConfig,
  details: ReadonlyMap<NodeId, MemberDetail>,
  now: EpochMs,
): Partial<Record<GaugeName, number>> => {
  const ctx = { now, config, mayMove: false };
  const { health, members, phase, phaseMs } = groupStatus(state, config, now);
  const marginMs = phase === 'held' ? leaseMarginMs(state, ctx) : undefined;
  return {
    Held: health === 'down' ? 0 : 1,
    EligibleStandbys: standbys(state, ctx).filter(({ member }) => member.health === 'ok').length,
    Silent: members.filter((member) => member.state === 'SILENT').length,
    MovingAgeMs: phase === 'moving' ? phaseMs : 0,
    ConfigSkew: skewed(state, config, details),
    ...(marginMs === undefined ? {} : { LeaseMargin: (PERCENT * marginMs) / config.leaseMs }),
  };
};
