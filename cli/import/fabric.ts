/** How a group's VIPs move: as its scripts moved them, as far as they say so; else as secondary private addresses. */
import { isIpv6 } from '../../core/wire/ipv6.ts';
import type { Context } from './context.ts';
import type { Draft, DraftVip } from './draft.ts';
import type { Move } from './moves.ts';
import type { Fields } from './words.ts';

export interface Fabric {
  readonly vips: readonly Fields[];
  /** The lease keeps hosts apart where the fabric does not. */
  readonly exclusive: boolean;
  /** For comments in the file. */
  readonly remarks: readonly string[];
}

type Moved = Draft['moves'][number];

const onInterface = ({ address }: DraftVip): Fields => ({
  address,
  fabric: isIpv6(address) ? 'ipv6' : 'secondary-ip',
});

const NO_ROUTE = 'written as secondary-ip, for this version moves no routes yet';
const NO_TABLES =
  "written as secondary-ip, which is right for an address of the members' subnet; for one outside of the VPC say fabric: route and tables: [rtb-…]";
const ELSEWHERE = 'it moves an address in a way that this version has no fabric for';

const routed = (
  vips: readonly DraftVip[],
  tables: readonly string[],
  { words }: Context,
): Fields[] | string => {
  if (!words.route) return NO_ROUTE;
  if (tables.length === 0) return NO_TABLES;
  // A route of the scripts is one to an IPv4 address; beside it an IPv6 one is what it is.
  const routes = vips.map((vip) =>
    isIpv6(vip.address) ? onInterface(vip) : { address: vip.address, fabric: 'route', tables },
  );
  return routes.every((vip) => words.takesVip(vip)) ? routes : NO_TABLES;
};

/** A public address, which no host has bound. A string: what a human must do. */
const elastic = ({ allocation, publicAddress }: Move, { words }: Context): Fields | string => {
  const vip = { address: publicAddress, fabric: 'elastic-ip', allocation };
  if (!words.elasticIp) return 'its Elastic IP does not move with the group in this version yet';
  if (words.takesVip(vip)) return vip;
  const id = allocation ?? 'eipalloc-…';
  return `add the Elastic IP to the vips: { address: ITS-PUBLIC-ADDRESS, fabric: elastic-ip, allocation: ${id} }`;
};

/** Takes an address for a group. @returns why it cannot be had, or undefined */
export type Claim = (address: unknown) => string | undefined;

const SEVERAL_TABLES =
  'between the calls for several tables two hosts could be reached, so exclusive: true is written: see docs/safety.md';

export const fabricOf = (draft: Draft, vips: readonly DraftVip[], claim: Claim, context: Context): Fabric => {
  const remarks = new Set<string>();
  const human = (moved: readonly Moved[], why: string): void => {
    remarks.add(why);
    for (const { statement } of moved) context.ledger.mark(statement.places, 'human', why);
  };
  const of = (kind: Move['kind']): Moved[] => draft.moves.filter(({ move }) => move.kind === kind);
  if (of('elsewhere').length > 0) human(of('elsewhere'), ELSEWHERE);
  const routes = of('route');
  const tables = [...new Set(routes.flatMap(({ move }) => move.tables))];
  const routedVips = routes.length === 0 ? undefined : routed(vips, tables, context);
  if (typeof routedVips === 'string') human(routes, routedVips);
  const exclusive = typeof routedVips === 'object' && tables.length > 1;
  if (exclusive) human(routes, SEVERAL_TABLES);
  const publicVips = new Map<unknown, Fields>();
  for (const moved of of('elastic-ip')) {
    const vip = elastic(moved.move, context);
    const address = typeof vip === 'string' ? undefined : vip['address'];
    if (address !== undefined && publicVips.has(address)) continue;
    const why = typeof vip === 'string' ? vip : claim(address);
    if (typeof vip === 'string' || why !== undefined) human([moved], why ?? '');
    else publicVips.set(address, vip);
  }
  return {
    vips: [...(typeof routedVips === 'object' ? routedVips : vips.map(onInterface)), ...publicVips.values()],
    exclusive,
    remarks: [...remarks],
  };
};
