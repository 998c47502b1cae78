/** Whether a lab is at rest, seen from everywhere at once: the arbiter, the kernels, the fabric and the client. Pure. */
import type { LabStatus } from '../control/types.ts';
import type { Sight } from '../scenario/watch.ts';

/** What the observer knows. */
export interface KernelView {
  /** Hosts have it in their kernels, and the fabric's kernel routes to it. */
  knows(vip: string): boolean;
  boundOn(vip: string): string[];
  ownerOf(vip: string): string | null;
}

/** The client counts as served when it lost nothing for this long. */
export const SERVED_MS = 1000;

type GroupStatus = LabStatus['groups'][number];

const flaw = (group: GroupStatus, kernel: KernelView, sights: readonly Sight[], nowMs: number): string => {
  const { name, phase, holder, holderHost, members, vips } = group;
  if (phase !== 'held' || holder === null) return `${name} is ${phase}`;
  const masters = members.filter((member) => member.state === 'MASTER');
  if (masters.length !== 1) return `${name} has ${masters.length} MASTERs`;
  const unwell = members.find(
    ({ state, health }) => health !== 'ok' || (state !== 'MASTER' && state !== 'BACKUP'),
  );
  if (unwell !== undefined) return `${unwell.host} is ${unwell.state}, health ${unwell.health} in ${name}`;
  const misled = members.find((member) => member.bound !== (member.node === holder));
  if (misled !== undefined)
    return `${misled.host} reports ${name} ${misled.bound === true ? 'bound' : 'not bound'}`;
  for (const { address, owner } of vips) {
    const bound = kernel.boundOn(address);
    if (kernel.knows(address) && bound.join() !== holderHost)
      return `${address} is bound on ${bound.join(' and ') || 'no host'}`;
    const delivered = kernel.knows(address) ? kernel.ownerOf(address) : owner;
    if (delivered !== holderHost) return `the fabric delivers ${address} to ${delivered ?? 'nobody'}`;
    const sight = sights.find((one) => one.vip === address);
    if (sight?.owner !== holderHost) return `${address} is answered by ${sight?.owner ?? 'nobody'}`;
    if (sight.steadySinceMs === null || nowMs - sight.steadySinceMs < SERVED_MS)
      return `${address} is not answered steadily yet`;
  }
  return '';
};

/** What is still missing for every group to be at rest; empty: nothing is. */
export const missingForRest = (
  status: Pick<LabStatus, 'groups'>,
  kernel: KernelView,
  sights: readonly Sight[],
  nowMs: number,
): string => {
  for (const group of status.groups) {
    const found = flaw(group, kernel, sights, nowMs);
    if (found !== '') return found;
  }
  return '';
};
