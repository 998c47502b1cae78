/** What one member is told about its group. */
import { formatBeat } from '../beat.ts';
import { since } from '../time.ts';
import type { GroupAnswer } from '../wire/heartbeat.ts';
import type { GroupState } from '../wire/item.ts';
import type { NodeId } from '../wire/names.ts';
import { isAlerted } from './alert.ts';
import { standbys } from './eligibility.ts';
import { isRestoring } from './restored.ts';
import { ALERT_HEARTBEAT_MS } from './rules.ts';
import type { StepContext } from './types.ts';

const holderView = (state: GroupState, ctx: StepContext): GroupAnswer['holder'] => {
  const member = state.holder === null ? undefined : state.members[state.holder];
  if (state.holder === null || member === undefined) return null;
  return {
    node: state.holder,
    beat: formatBeat(member),
    ageMs: since(member.at, ctx.now),
    holdMs: member.holdMs,
    priority: member.priority,
  };
};

/**
 * The answer to `node`'s heartbeat.
 * @param work fabric work is due that needs a request for this group alone
 */
export const answerFor = (state: GroupState, node: NodeId, ctx: StepContext, work = false): GroupAnswer => {
  const rank = standbys(state, ctx).findIndex((candidate) => candidate.node === node);
  const holds = state.holder === node;
  const { asked } = state;
  const successor = asked?.to !== undefined && asked.to !== node;
  const exclusive = ctx.config.exclusive === true;
  // A deaf host has declared void whatever it is told now; it is told again when it hears. And what a restored item
  // says about the holder may be long out of date.
  const unheard = exclusive && (state.members[node]?.deafSince !== undefined || isRestoring(state, ctx));
  return {
    rev: state.rev,
    role: holds && !unheard ? 'MASTER' : 'BACKUP',
    epoch: state.epoch,
    holder: holderView(state, ctx),
    heartbeatMs: isAlerted(state, node, ctx) ? ALERT_HEARTBEAT_MS : ctx.config.heartbeatMs,
    ...(rank >= 0 ? { rank } : {}),
    ...(work ? { work: true } : {}),
    ...(holds && state.phase === 'releasing' ? { release: true } : {}),
    ...(asked?.to === node ? { prepare: { epoch: asked.epoch } } : {}),
    ...(holds && successor && state.members[node]?.resignedAt !== undefined ? { preparing: true } : {}),
    reason: state.reason,
  };
};
