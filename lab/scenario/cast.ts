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

const placeholder = /\{([a-z0-9]+)(?:\.([a-zA-Z]+))?\}/gu;
const fields = ['name', 'instanceId', 'eni', 'address', 'netns'] as const;
type Field = (typeof fields)[number];
const isField = (name: string): name is Field => (fields as readonly string[]).includes(name);

const holderOf = ({ status }: Cast): string | null => status.groups[0]?.holderHost ?? null;

/** The healthy member with the highest priority that does not hold. */
const standbyOf = ({ status }: Cast): string | null => {
  const waiting = (status.groups[0]?.members ?? []).filter((member) => member.state === 'BACKUP');
  return waiting.toSorted((a, b) => (b.priority ?? 0) - (a.priority ?? 0))[0]?.host ?? null;
};

/** @throws LabError `unknown-host` when nobody has that name or that part now */
export const hostIn = (cast: Cast, reference: string): CastHost => {
  const parts: Record<string, string | null> = {
    holder: holderOf(cast),
    standby: standbyOf(cast),
    original: cast.original,
  };
  const name = reference in parts ? parts[reference] : reference;
  const host = cast.info.hosts.find((one) => one.name === name);
  if (host === undefined) {
    throw new LabError('unknown-host', `the lab has no ${reference} now`, {
      remedy: `name one of: ${cast.info.hosts.map((one) => one.name).join(', ')}, or wait until there is a ${reference}`,
    });
  }
  return host;
};

/** Replaces `{vip}` and `{HOST.FIELD}` in one argument. @throws LabError `unknown-placeholder`, `unknown-host` */
export const fillIn = (cast: Cast, argument: string): string =>
  argument.replaceAll(placeholder, (whole: string, who: string, field: string | undefined) => {
    if (who === 'vip' && field === undefined) {
      return cast.info.vips[0] ?? '';
    }
    if (field === undefined || !isField(field)) {
      throw new LabError('unknown-placeholder', `nothing is known as ${whole}`, {
        remedy: `write {vip}, or {HOST.FIELD} with one of: ${fields.join(', ')}`,
      });
    }
    return hostIn(cast, who)[field];
  });
