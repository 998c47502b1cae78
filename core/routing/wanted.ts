/** What a group's configuration asks of the host's routing. Pure. */
import type { AgentFile } from '../wire/config.ts';
import type { HostRouting } from '../wire/host-routing.ts';
import { routeOf, ruleOf } from './objects.ts';
import { NOTHING, type Routing } from './plan.ts';

/** A group, and those of its VIPs that serve here. */
export interface Serving extends HostRouting {
  readonly name: string;
  readonly vips: readonly string[];
}

/** A group has its routes as long as one of its VIPs is here; a route from a VIP only as long as that one is. */
export const wantedOf = ({ vips, hostRoutes = [], hostRules = [] }: Serving): Routing =>
  vips.length === 0
    ? NOTHING
    : {
        routes: hostRoutes.map(routeOf).filter(({ src }) => src === undefined || vips.includes(src)),
        rules: hostRules.map(ruleOf),
      };

/** The groups that may change this host: who only observes touches nothing. */
export const servingIn = ({ groups }: AgentFile, bound: (group: string) => readonly string[]): Serving[] =>
  Object.entries(groups).flatMap(([name, { mode, hostRoutes, hostRules }]) =>
    mode === 'observe' ? [] : [{ name, vips: bound(name), hostRoutes, hostRules }],
  );
