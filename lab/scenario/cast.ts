/** Who is who at this moment: turns `holder`, `standby`, `original` and placeholders into hosts and their addresses. Pure. */

import type { LabInfo, LabStatus } from '../control/types.ts';
import { LabError } from '../errors.ts';

export type CastHost = Pick<LabInfo['hosts'][number], 'name' | 'instanceId' | 'eni' | 'address' | 'netns'>;

/** What is known when a name is looked up. */
export interface Cast {
  info: LabInfo;
  status: LabStatus;
  /** Name of the host that held when the scenario began; null before anybody held. */
  original: string | null;
}

const placeholder = /\{([a-z0-9][a-zA-Z0-9.-]*)\}/gu;
const fields = ['name', 'instanceId', 'eni', 'address', 'netns'] as const;
type Field = (typeof fields)[number];
const isField = (name: string): name is Field => (fields as readonly string[]).includes(name);

/** A group by its name; the lab's first without one. */
const groupIn = ({ status }: Cast, name?: string): LabStatus['groups'][number] | undefined =>
  name === undefined ? status.groups[0] : status.groups.find((group) => group.name === name);

/** Whether a name stands for whoever has a role in the group that it names, as `redis.holder` does. */
export const isOfGroup = (reference: string): boolean =>
  /^[a-z][a-z0-9-]*\.(?:holder|standby)$/u.test(reference);

const holderOf = (cast: Cast, group?: string): string | null => groupIn(cast, group)?.holderHost ?? null;

/** The healthy member with the highest priority that does not hold. */
const standbyOf = (cast: Cast, group?: string): string | null => {
  const waiting = (groupIn(cast, group)?.members ?? []).filter((member) => member.state === 'BACKUP');
  return waiting.toSorted((a, b) => (b.priority ?? 0) - (a.priority ?? 0))[0]?.host ?? null;
};

const named = (cast: Cast, reference: string): string | null => {
  if (isOfGroup(reference)) {
    const [group, role] = reference.split('.');
    return role === 'holder' ? holderOf(cast, group) : standbyOf(cast, group);
  }
  const parts: Record<string, string | null> = {
    holder: holderOf(cast),
    standby: standbyOf(cast),
    original: cast.original,
  };
  return reference in parts ? (parts[reference] ?? null) : reference;
};

/** @throws LabError `unknown-host` when nobody has that name or that part now */
export const hostIn = (cast: Cast, reference: string): CastHost => {
  const name = named(cast, reference);
  const host = cast.info.hosts.find((one) => one.name === name);
  if (host === undefined) {
    throw new LabError('unknown-host', `the lab has no ${reference} now`, {
      remedy: `name one of: ${cast.info.hosts.map((one) => one.name).join(', ')}, or wait until there is a ${reference}`,
    });
  }
  return host;
};

const vipOf = (cast: Cast, group: string | undefined): string | undefined =>
  group === undefined ? cast.info.vips[0] : groupIn(cast, group)?.vips[0]?.address;

/**
 * Replaces `{vip}`, `{GROUP.vip}`, `{HOST.FIELD}` and `{GROUP.holder.FIELD}` in one argument.
 * @throws LabError `unknown-placeholder`, `unknown-host`
 */
export const fillIn = (cast: Cast, argument: string): string =>
  argument.replaceAll(placeholder, (whole: string, path: string) => {
    const words = path.split('.');
    const field = words.pop() ?? '';
    const who = words.join('.');
    const value =
      field === 'vip' && words.length <= 1
        ? vipOf(cast, words[0])
        : isField(field) && who !== ''
          ? hostIn(cast, who)[field]
          : undefined;
    if (value === undefined) {
      throw new LabError('unknown-placeholder', `nothing is known as ${whole}`, {
        remedy: `write {vip}, {GROUP.vip}, or {HOST.FIELD} with one of: ${fields.join(', ')}`,
      });
    }
    return value;
  });
