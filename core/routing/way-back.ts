/**
 * The way back of a VIP that is bound on another interface than the default route's. Its answers would leave by the
 * default route, with an address that the cloud does not know there, and be dropped: a rule `from VIP` leads them to a
 * table of the interface's own routes.
 */
import { OWN_PROTOCOL, OWN_TABLE, RULE_PRIORITY_DEFAULT, TABLE_MAIN } from '../wire/host-routing.ts';
import { ANY, type Route, type Rule } from './objects.ts';
import { NOTHING, type Routing } from './plan.ts';
import { isFromVip, type ShownRoute } from './shown.ts';

/** Of routes that the kernel itself has added, for an interface's addresses. */
const KERNEL = 2;

/** What leads out of one interface. */
export interface Exits {
  readonly gateway: string;
  /** Blocks on the link. */
  readonly onLink: readonly string[];
}

/** From the routes of the interface; the gateway of somebody else's default route by it, in any table. */
export const exitsIn = (
  routes: readonly ShownRoute[],
): { readonly gateway: string | undefined; readonly onLink: string[] } => ({
  gateway: routes
    .filter(({ to, via, protocol }) => to === ANY && via !== undefined && protocol !== OWN_PROTOCOL)
    .toSorted((one, other) => one.metric - other.metric)[0]?.via,
  onLink: routes
    .filter(({ table, protocol, via }) => table === TABLE_MAIN && protocol === KERNEL && via === undefined)
    .map(({ to }) => to),
});

/** The gateway of an EC2 subnet is the address behind its first. undefined: no block. */
export const gatewayOf = (cidr: string): string | undefined => {
  const [, front = '', last = ''] = /^(\d+\.\d+\.\d+\.)(\d+)\/\d+$/u.exec(cidr) ?? [];
  return front === '' ? undefined : `${front}${Number(last) + 1}`;
};

/** The VIPs whose way back no rule of somebody else's decides. */
export const undecided = (vips: readonly string[], others: readonly Rule[]): string[] =>
  vips.filter((vip) => !others.some((rule) => isFromVip(rule, vip)));

/** @param vips bound on the interface `dev`, and undecided */
export const wayBack = (vips: readonly string[], dev: string, { gateway, onLink }: Exits): Routing => {
  if (vips.length === 0) return NOTHING;
  const own = { table: OWN_TABLE, metric: 0, dev };
  const near = [...new Set(onLink)].filter((to) => to !== ANY).map((to): Route => ({ ...own, to }));
  return {
    routes: [...near, { ...own, to: ANY, via: gateway, onlink: true }],
    rules: vips.map((vip) => ({
      from: `${vip}/32`,
      to: ANY,
      table: OWN_TABLE,
      priority: RULE_PRIORITY_DEFAULT,
    })),
  };
};
