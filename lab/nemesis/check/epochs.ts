/** One owner for each epoch, epochs only rise, and nobody believes in an epoch of somebody else's. Pure. */
import type { EventOf } from '../history.ts';
import { type Facts, type Finding, ofKind, transfersOf } from './facts.ts';

const nobody = (host: string | null): string => host ?? 'nobody';

/** Every transfer is a new epoch, above all that were there before. */
export const epochsRise = (facts: Facts): Finding[] =>
  facts.start.groups.flatMap((group) => {
    let newest = group.epoch;
    return transfersOf(facts, group.name).flatMap(({ at, epoch, to }) => {
      if (epoch > newest) {
        newest = epoch;
        return [];
      }
      const what = `${group.name} goes to ${nobody(to)} at epoch ${epoch}, after epoch ${newest}`;
      return [{ at, what }];
    });
  });

/** Whatever is decided at an epoch names the same owner. */
export const oneOwner = (facts: Facts): Finding[] =>
  facts.start.groups.flatMap((group) => {
    const owners = new Map<number, string | null>([[group.epoch, group.holder]]);
    const naming = facts.decisions.filter(
      (one) => one.group === group.name && (one.what === 'transfer' || one.what === 'committed'),
    );
    return naming.flatMap(({ at, epoch, to, type }): Finding[] => {
      const known = owners.get(epoch);
      if (known === undefined) {
        owners.set(epoch, to);
        return [];
      }
      if (known === to) return [];
      const what = `${group.name} epoch ${epoch} belongs to ${nobody(known)}, but ${type} names ${nobody(to)}`;
      return [{ at, what }];
    });
  });

const isMaster = ({ message }: EventOf<'agent'>): boolean => /-> MASTER at epoch \d+/u.test(message);

/** An agent is MASTER only at an epoch that the arbiter gave to its host, and never at an older one than before. */
export const agentsBelieve = (facts: Facts): Finding[] => {
  const { start, events } = facts;
  const said = ofKind(events, 'agent').filter(isMaster);
  return start.groups.flatMap((group) => {
    const owners = new Map<number, string | null>([[group.epoch, group.holder]]);
    for (const { epoch, to } of transfersOf(facts, group.name)) owners.set(epoch, to);
    const newest = new Map<string, number>();
    return said
      .filter((one) => one.group === group.name)
      .flatMap(({ at, host, epoch }): Finding[] => {
        const at0 = newest.get(host) ?? 0;
        newest.set(host, Math.max(at0, epoch ?? 0));
        // Epochs from before the run began are not in the history.
        if (epoch === null || epoch < group.epoch) {
          return at0 > (epoch ?? 0)
            ? [
                {
                  at,
                  what: `${host} is MASTER of ${group.name} at epoch ${epoch}, after ${at0}`,
                },
              ]
            : [];
        }
        const owner = owners.get(epoch);
        if (owner === host && epoch >= at0) return [];
        const what =
          owner === host
            ? `${host} is MASTER of ${group.name} at epoch ${epoch} again, after epoch ${at0}`
            : `${host} is MASTER of ${group.name} at epoch ${epoch}, which belongs to ${nobody(owner ?? null)}`;
        return [{ at, what }];
      });
  });
};
