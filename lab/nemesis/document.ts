/** The keepaloft.yaml that the nemesis runs: groups with different favourites on the same hosts. Pure. */
import type { Mode } from './catalogue.ts';
import { FABRICS, type FabricName } from './fabrics.ts';

export const HOSTS = 3;
export const GROUPS_MAX = 3;
const NAMES = ['mysql', 'redis', 'nginx'] as const;
const PRIORITIES = [200, 150, 100] as const;
const CHECK = { tcp: '127.0.0.1:8080', interval: '1s', fall: 2, rise: 2 };

const instanceOf = (index: number): string => `i-${(index + 1).toString(16).padStart(17, '0')}`;

/** Each group prefers another host, so that several hosts hold something. Timing is the product's default. */
export const documentOf = (fabric: FabricName, mode: Mode, groups: number): object => ({
  version: 1,
  groups: Object.fromEntries(
    NAMES.slice(0, Math.min(groups, GROUPS_MAX)).map((name, group) => [
      name,
      {
        vips: FABRICS[fabric].vips(group, mode),
        members: PRIORITIES.map((priority, place) => ({
          instance: instanceOf((place + group) % HOSTS),
          priority,
        })),
        checks: { service: CHECK },
        ...(mode === 'exclusive' ? { exclusive: true } : {}),
      },
    ]),
  ),
});
