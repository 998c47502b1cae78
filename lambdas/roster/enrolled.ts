/** Which instances are in a group by a selector, and what the group is with them in it. Nothing here asks anybody. */
import type { GroupFile } from '../../core/wire/config.ts';
import { selectorFor } from '../../core/wire/members.ts';
import type { NodeId } from '../../core/wire/names.ts';
import type { Enrolled } from '../store/documents.ts';
import type { Sights } from './instances.ts';

/** The group with everybody in it: what is compiled, hashed, and given to agents. */
export const withEnrolled = (declared: GroupFile, enrolled: Enrolled): GroupFile => ({
  ...declared,
  members: [
    ...declared.members,
    ...Object.entries(enrolled)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([instance, { priority }]) => ({ instance, priority, enrolled: true as const })),
  ],
});

export const isNamed = ({ members }: GroupFile, node: NodeId): boolean =>
  members.some(({ instance }) => instance === node);

/**
 * Who of those that were let in before, or that knock now, belongs to the group. An instance goes for something that EC2
 * says of it: it is terminated, or no selector lets it in any more. One that EC2 does not show may be too new or too old
 * to be shown: it stays, unless nobody has heard of it for long. A member's entry must not go by a mistake, since a
 * holder without one is replaced.
 *
 * @param isForgotten nobody has heard of it for long
 */
export const admitted = (
  declared: GroupFile,
  before: Enrolled,
  sights: Sights,
  isForgotten: (node: NodeId) => boolean,
): Enrolled =>
  Object.fromEntries(
    [...new Set([...Object.keys(before), ...Object.keys(sights)])].flatMap((node) => {
      if (isNamed(declared, node)) return [];
      const sight = sights[node];
      if (sight === undefined) {
        const known = before[node];
        return known === undefined || isForgotten(node) ? [] : [[node, known] as const];
      }
      const selector = sight.gone ? undefined : selectorFor(declared.select, sight.tags);
      return selector === undefined ? [] : [[node, { priority: selector.priority }] as const];
    }),
  );

export const isSame = (one: Enrolled, other: Enrolled): boolean =>
  Object.keys(one).length === Object.keys(other).length &&
  Object.entries(one).every(([node, { priority }]) => other[node]?.priority === priority);
