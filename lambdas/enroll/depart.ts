/** An instance that is gone leaves every roster that a selector had put it on. For whoever hears of it from EC2. */
import type { NodeId } from '../../core/wire/names.ts';
import { lookAt } from '../roster/instances.ts';
import { type SeatDeps, seatIn } from './seat.ts';

/** Of the list of groups, at a time. */
const PAGE_GROUPS = 32;

/**
 * Takes an instance off the rosters of the groups that it was let into, if EC2 says that it is shutting down or
 * terminated: an event may be late, repeated or forged. Named members stay, they are the deployment's. A holder without
 * an entry is replaced by the rules. Safe to repeat.
 * @returns the groups that it left @throws Contended; and as `lookAt` and `Store.load`
 */
export const depart = async (node: NodeId, signal: AbortSignal, deps: SeatDeps): Promise<string[]> => {
  const sight = (await lookAt([node], signal, deps.ec2))[node];
  if (sight?.gone !== true) return [];
  const left: string[] = [];
  for (let after: string | undefined; ; ) {
    const names = await deps.store.groups(after, PAGE_GROUPS);
    for (const group of names) {
      const { configHash } = await deps.store.load(group);
      const document = await deps.documents.load(group, configHash);
      if (document?.enrolled[node] === undefined) continue;
      await seatIn(group, { node, sight }, deps, signal);
      left.push(group);
    }
    after = names.at(-1);
    if (names.length < PAGE_GROUPS) return left;
  }
};
