/** Reads what `ip -json -N route show` and `rule show` print. Pure. */
import * as z from 'zod/mini';
import { blockIn, holdsBlock, OWN_PROTOCOL, TABLE_MAIN } from '../wire/host-routing.ts';
import { ANY, blockOf, type Route, type Rule } from './objects.ts';

const shownRouteSchema = z.object({
  type: z.optional(z.string()),
  dst: z.string(),
  gateway: z.optional(z.string()),
  dev: z.optional(z.string()),
  table: z.optional(z.string()),
  protocol: z.optional(z.string()),
  prefsrc: z.optional(z.string()),
  metric: z.optional(z.int()),
});

const shownRuleSchema = z.looseObject({
  priority: z.int(),
  src: z.string(),
  srclen: z.optional(z.int()),
  dst: z.optional(z.string()),
  dstlen: z.optional(z.int()),
  table: z.optional(z.string()),
  protocol: z.optional(z.string()),
});

/** A route with the number of whoever has put it there; undefined where only one's routes were asked for. */
export interface ShownRoute extends Route {
  readonly protocol: number | undefined;
}
export interface ShownRule extends Rule {
  readonly isOwn: boolean;
}

/** Unicast routes of IPv4; others (blackhole, several next hops) are nobody's that the agent could have added. */
export const routesIn = (shown: unknown): ShownRoute[] =>
  z
    .array(shownRouteSchema)
    .parse(shown ?? [])
    .flatMap((one) => {
      const { type, dst, gateway, dev, table, protocol, prefsrc, metric = 0 } = one;
      if ((type !== undefined && type !== '1' && type !== 'unicast') || blockIn(dst) === undefined) return [];
      return [
        {
          to: blockOf(dst),
          table: table === undefined ? TABLE_MAIN : Number(table),
          metric,
          via: gateway,
          dev,
          src: prefsrc,
          protocol: protocol === undefined ? undefined : Number(protocol),
        },
      ];
    });

const KNOWN = new Set(['priority', 'src', 'srclen', 'dst', 'dstlen', 'table', 'protocol']);
/** `all` and an address without its length. */
const blockWith = (address: string | undefined, bits: number | undefined): string =>
  address === undefined || address === 'all' ? ANY : `${address}/${bits ?? 32}`;

/** Rules that look at addresses alone and lead to a table: what a rule does that asks for more is not said by these. */
export const rulesIn = (shown: unknown): ShownRule[] =>
  z
    .array(shownRuleSchema)
    .parse(shown ?? [])
    .flatMap((one) => {
      const { src, srclen, dst, dstlen, table, priority, protocol } = one;
      if (table === undefined || Object.keys(one).some((key) => !KNOWN.has(key))) return [];
      return [
        {
          from: blockWith(src, srclen),
          to: blockWith(dst, dstlen),
          table: Number(table),
          priority,
          isOwn: protocol === String(OWN_PROTOCOL),
        },
      ];
    });

/** Whether the rule decides by which way a VIP answers: it names its address, or a block around it, and nothing else. */
export const isFromVip = ({ from, to }: Rule, vip: string): boolean => {
  const [block, address] = [blockIn(from), blockIn(vip)];
  if (block === undefined || address === undefined) return false;
  return from !== ANY && to === ANY && holdsBlock(block, address);
};
