/** Whether a lab is at rest, seen from everywhere at once: the arbiter, the kernels, the fabric and the client. Pure. */
import type { LabStatus } from '../control/types.ts';
import type { Sight } from '../scenario/watch.ts';

/** What the observer knows. */
export interface KernelView {
  /** Hosts have it in their kernels. */
  hearsBinding(vip: string): boolean;
  /** The fabric's kernel has a route to it. */
  hearsRoute(vip: string): boolean;
  boundOn(vip: string): string[];
  ownerOf(vip: string): string | null;
}

/** The client counts as served when it lost nothing for this long. */
export const SERVED_MS = 1000;

/** What another hand asked of EC2 last has reached the fabric by then. */
export const SETTLED_MS = 500;

type GroupStatus = LabStatus['groups'][number];

/** A holder that could not reach the arbiter may still lose its lease after the healing, before its next heartbeat comes through. */
const isHeardSince = ({ holder, members }: GroupStatus, healedForMs: number): boolean => {
  const { ageMs } = members.find(({ node }) => node === holder) ?? {};
  // Told with a clock that was wrong it may seem to be still to come.
  return typeof ageMs === 'number' && Math.abs(ageMs) <= healedForMs;
};

const flaw = (
  group: GroupStatus,
  kernel: KernelView,
  sights: readonly Sight[],
  { nowMs, healedMs }: Moment,
): string => {
  const { name, phase, holder, holderHost, members, vips } = group;
  if (phase !== 'held' || holder === null) return `${name} is ${phase}`;
  if (!isHeardSince(group, nowMs - healedMs)) return `${holderHost ?? holder} has not been heard of since`;
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
    if (kernel.hearsBinding(address) && bound.join() !== holderHost)
      return `${address} is bound on ${bound.join(' and ') || 'no host'}`;
    const delivered = kernel.hearsRoute(address) ? kernel.ownerOf(address) : owner;
    if (delivered !== holderHost) return `the fabric delivers ${address} to ${delivered ?? 'nobody'}`;
    const sight = sights.find((one) => one.vip === address);
    if (sight?.owner !== holderHost) return `${address} is answered by ${sight?.owner ?? 'nobody'}`;
    if (sight.steadySinceMs === null || nowMs - sight.steadySinceMs < SERVED_MS)
      return `${address} is not answered steadily yet`;
  }
  return '';
};

/** Both by the wall clock of the machine. */
export interface Moment {
  readonly nowMs: number;
  /** When everything was healed. */
  readonly healedMs: number;
}

/** What is still missing for every group to be at rest; empty: nothing is. */
export const missingForRest = (
  status: Pick<LabStatus, 'groups'>,
  kernel: KernelView,
  sights: readonly Sight[],
  moment: Moment,
): string => {
  if (moment.nowMs - moment.healedMs < SETTLED_MS) return 'everything has just been healed';
  for (const group of status.groups) {
    const found = flaw(group, kernel, sights, moment);
    if (found !== '') return found;
  }
  return '';
};
