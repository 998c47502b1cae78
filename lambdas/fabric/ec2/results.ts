/** What is alike in the answers of all drivers. */
import type { VipResult } from '../../../core/election/types.ts';
import type { Vip } from '../../../core/wire/names.ts';
import { FabricError, type Finding, type Roster } from '../fabric.ts';
import type { Eni } from './describe.ts';
import type { Sent } from './send.ts';

export const resultOf = (address: string, sent: Sent): VipResult =>
  sent.ok ? { address, ok: true } : { address, ok: false, error: sent.error };

/** The order's VIPs of one kind: a driver is handed its own only. @throws FabricError for a defect of the caller */
export const ofKind = <K extends Vip['fabric']>(
  kind: K,
  vips: readonly Vip[],
): Extract<Vip, { fabric: K }>[] => {
  const own = vips.filter((vip): vip is Extract<Vip, { fabric: K }> => vip.fabric === kind);
  if (own.length === vips.length) return own;
  throw new FabricError('WrongFabric', `the ${kind} fabric was handed a VIP of another kind`);
};

/** A member whose interface is gone, said of each VIP. */
export const absent = (vips: readonly Vip[], member: string, { eni, address }: Roster[string]): Finding[] =>
  vips.map((vip) => ({
    address: vip.address,
    member,
    message: `${eni} of ${member} does not exist with ${address}`,
  }));

/** Each member with its interface, if it has that. */
export const seats = (roster: Roster, enis: readonly Eni[]): [string, Roster[string], Eni | undefined][] =>
  Object.entries(roster).map(([member, entry]) => [
    member,
    entry,
    enis.find((candidate) => candidate.id === entry.eni),
  ]);
