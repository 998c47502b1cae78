/** Whether a group that was healed has come to rest: one MASTER, bound and reached there, and nobody else. */
import type { World } from '../world.ts';

/** What is still missing; undefined when nothing is. */
export const unrest = (world: World): string | undefined => {
  const { state } = world.store;
  const { hosts, fabric, allVips } = world;
  if (state.phase !== 'held' || state.holder === null) return `the item is ${state.phase}`;
  if (state.asked?.to !== undefined) return `${world.nameOf(state.asked.to)} is still asked to prepare`;
  if (state.dirtyAt !== undefined) return 'the item says that the fabric must be looked at';
  const holder = world.hostOf(state.holder);
  if (holder === undefined) return `the holder is ${state.holder}`;
  if (world.configs.get(state.configHash)?.members[state.holder] === undefined)
    return 'the holder is no member';
  if (holder.agent?.state.role !== 'MASTER')
    return `${holder.name} holds and is ${holder.agent?.state.role ?? 'gone'}`;
  if (holder.agent.state.epoch !== state.epoch)
    return `${holder.name} is at epoch ${holder.agent.state.epoch}`;
  if (holder.kernel.mask !== allVips) return `${holder.name} has not bound the VIP`;
  for (const { index, name, agent, kernel, node } of hosts) {
    if (!fabric.delivered.every((owner) => owner === holder.index)) return 'packets go elsewhere';
    if (fabric.ownerOf(0) !== holder.index) return 'EC2 names another owner';
    if (index === holder.index) continue;
    if (kernel.mask !== 0) return `${name} still has the VIP bound`;
    if (agent === undefined) return `${name} has no agent`;
    if (agent.state.preparing !== undefined)
      return `${name} has prepared, and nobody has told it that it need not`;
    if (agent.state.role === 'MASTER') return `${name} is MASTER, too`;
    const member = state.members[node];
    const enrolled = world.configs.get(state.configHash)?.members[node] !== undefined;
    if (enrolled && member === undefined) return `${name} is not heard`;
  }
  return undefined;
};
