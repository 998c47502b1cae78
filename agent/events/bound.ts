/** What of the loop's ports is told: which VIPs serve here. */
import type { AgentFile } from '../../core/wire/config.ts';
import type { Ports } from '../loop/ports.ts';
import type { EventHub, HubGroup } from './hub.ts';

/** The groups of a file. Which there are changes only with a restart. */
export const hubGroupsIn = ({ groups }: AgentFile): HubGroup[] =>
  Object.entries(groups).map(([name, { priority, vips }]) => ({
    name,
    priority,
    vips: vips.map(({ address }) => address),
  }));

type Binding = Pick<Ports, 'bound' | 'bind' | 'unbind'>;

/** The same ports; whatever a look or a change shows is told if it is new. */
export const tellingBound = (hub: Pick<EventHub, 'bound'>, ports: Binding): Binding => ({
  bound: (group) => {
    const bound = ports.bound(group);
    hub.bound(group.name, bound);
    return bound;
  },
  bind: async (group, vips, until) => {
    const bound = await ports.bind(group, vips, until);
    hub.bound(group.name, bound);
    return bound;
  },
  unbind: async (group, vips) => {
    const left = await ports.unbind(group, vips);
    hub.bound(group.name, left);
    return left;
  },
});
