/** One look at what the kernel has of routes and rules. */

import { ANY } from '../../core/routing/objects.ts';
import type { Routing } from '../../core/routing/plan.ts';
import { routesIn, rulesIn, type ShownRule } from '../../core/routing/shown.ts';
import { exitsIn } from '../../core/routing/way-back.ts';
import { OWN_PROTOCOL } from '../../core/wire/host-routing.ts';
import { HostError } from '../errors.ts';
import type { LineResult } from './ip-json.ts';

export interface Look {
  /** The agent's own. */
  readonly own: Routing;
  /** Everybody else's. */
  readonly others: readonly ShownRule[];
  /** What leads out of the VIPs' interface. */
  readonly exits: ReturnType<typeof exitsIn>;
}

/** @param device whose exits are asked for */
export const showLines = (device: string): string[] => [
  `route show table all proto ${OWN_PROTOCOL}`,
  'rule show',
  `route show table all exact ${ANY} dev ${device}`,
  `route show table main scope link dev ${device}`,
];

/**
 * @param results of {@link showLines}
 * @throws HostError `routing-unreadable`
 */
export const lookIn = ([routes, rules, defaults, links]: readonly LineResult[]): Look => {
  if (routes?.shown === undefined || rules?.shown === undefined) {
    const complaint = routes?.complaint ?? rules?.complaint ?? 'ip printed nothing';
    throw new HostError('routing-unreadable', `routes and rules cannot be read: ${complaint}`, {
      remedy: 'iproute2 must know the options -N and -json: 5.3 or newer',
    });
  }
  const all = rulesIn(rules.shown);
  return {
    own: { routes: routesIn(routes.shown), rules: all.filter(({ isOwn }) => isOwn) },
    others: all.filter(({ isOwn }) => !isOwn),
    // An interface that is not there has no routes.
    exits: exitsIn([...routesIn(defaults?.shown), ...routesIn(links?.shown)]),
  };
};
