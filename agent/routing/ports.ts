/** Puts routes and rules around the binding of addresses: after it, and before unbinding. */
import type { Ports } from '../loop/ports.ts';
import type { HostRoutes } from './host-routes.ts';

/** The same ports, with whatever follows the VIPs. An address that cannot be bound or unbound says so as ever. */
export const withRoutes = (
  { bind, unbind }: Pick<Ports, 'bind' | 'unbind'>,
  routes: Pick<HostRoutes, 'settle' | 'around'>,
): Pick<Ports, 'bind' | 'unbind'> => ({
  bind: async (group, vips, until) => {
    const bound = await bind(group, vips, until);
    await routes.settle();
    return bound;
  },
  unbind: (group, vips) => routes.around(vips, () => unbind(group, vips)),
});
