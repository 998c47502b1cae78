/**
 * Whether a member says something of itself that it has not said before. The state keeps only a fingerprint of it: every
 * Lambda sees by the item itself that something has changed, whoever took the heartbeat before.
 */
import type { Beat } from '../beat.ts';
import { detailOf } from '../wire/detail.ts';
import { fnv1a } from '../wire/fingerprint.ts';
import type { GroupReport } from '../wire/heartbeat.ts';
import type { GroupState } from '../wire/item.ts';
import type { NodeId } from '../wire/names.ts';
import type { Effect, StepContext } from './types.ts';

const peersOf = ({ peers = {} }: GroupReport) =>
  Object.entries(peers).toSorted(([a], [b]) => (a < b ? -1 : 1));

/**
 * Written out by hand: every heartbeat of every member comes here. Of a new boot it is another one: the agent may be
 * another. The text of a fault is not in it, see `wire/detail.ts`.
 */
export const fingerprintOf = (boot: number, report: GroupReport, ctx: StepContext): string => {
  const down = report.down === undefined ? '' : report.down.toSorted().join();
  let text = `${boot} ${report.health} ${report.configHash} ${down}`;
  for (const { address } of ctx.config.vips) {
    const vip = report.vips[address];
    text += ` ${vip?.bound === true ? 1 : 0}${vip?.inFabric === true ? 1 : 0}`;
  }
  for (const [node, { state, loss = 0 }] of peersOf(report)) text += ` ${node} ${state} ${loss}`;
  return fnv1a(text);
};

/** Orders what the member says to be kept, if it is something new. */
export const detailNotes = (
  before: GroupState,
  after: GroupState,
  { node, beat, report }: { readonly node: NodeId; readonly beat: Beat; readonly report: GroupReport },
  ctx: StepContext,
): Effect[] => {
  if (before.members[node]?.said === after.members[node]?.said) return [];
  return [{ kind: 'detail', node, detail: { ...beat, at: ctx.now, ...detailOf(report, ctx.config) } }];
};
