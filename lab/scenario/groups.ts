/** How the groups of a lab stand, as scenarios ask. Pure. */

import type { LabStatus } from '../control/types.ts';
import type { GroupsRef } from './schema.ts';

const meant = (status: LabStatus, groups: GroupsRef): LabStatus['groups'] =>
  status.groups.filter((one) => groups === 'all' || [groups].flat().includes(one.name));

export const hasStandby = (status: LabStatus, ref: GroupsRef): boolean => {
  const groups = meant(status, ref);
  return (
    groups.length >= [ref].flat().length &&
    groups.every((one) => one.members.some((member) => member.state === 'BACKUP'))
  );
};

/** A holder that has bound the addresses, in a fabric that delivers to it. */
export const isHeld = (status: LabStatus, ref: GroupsRef): boolean => {
  const groups = meant(status, ref);
  return (
    groups.length >= [ref].flat().length &&
    groups.every(
      (one) =>
        one.phase === 'held' &&
        one.vips.every((vip) => vip.owner !== null && vip.owner === one.holderHost) &&
        one.members.some((member) => member.node === one.holder && member.bound === true),
    )
  );
};

/** Held, and by none of these hosts. */
export const isRescued = (status: LabStatus, ref: GroupsRef, hit: readonly string[]): boolean =>
  isHeld(status, ref) && meant(status, ref).every(({ holderHost }) => !hit.includes(holderHost ?? ''));

/** Who holds what is waited for: one host, or each group's. */
export const holders = (status: LabStatus, ref: GroupsRef): string =>
  [...new Set(meant(status, ref).map((one) => one.holderHost ?? 'nobody'))].join(' ');

/** Since when nothing has moved: told by looking again and again. */
export class Stillness {
  #epochs = '';
  #sinceMs = Number.POSITIVE_INFINITY;

  /** @returns since when every group has been held, each under the epoch that it has now; never: Infinity */
  look(status: LabStatus, nowMs: number): number {
    const epochs = status.groups.map(({ name, epoch }) => `${name} ${epoch}`).join(', ');
    if (!isHeld(status, 'all')) this.#sinceMs = Number.POSITIVE_INFINITY;
    else if (epochs !== this.#epochs || this.#sinceMs === Number.POSITIVE_INFINITY) this.#sinceMs = nowMs;
    this.#epochs = epochs;
    return this.#sinceMs;
  }
}
