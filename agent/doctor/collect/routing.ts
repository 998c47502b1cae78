/** Looks at the routes and rules that follow the VIPs which are bound here. */

import { changesBetween, merged } from '../../../core/routing/plan.ts';
import { servingIn, wantedOf } from '../../../core/routing/wanted.ts';
import { undecided } from '../../../core/routing/way-back.ts';
import type { AgentFile } from '../../../core/wire/config.ts';
import { messageOf } from '../../errors.ts';
import { type RunIpJson, runIpJson } from '../../routing/ip-json.ts';
import { lookIn, showLines } from '../../routing/look.ts';
import type { NetworkFacts, RoutingFacts } from '../facts.ts';

const TIMEOUT_MS = 2000;

/** @returns undefined when nothing is to follow a VIP here */
export const lookAtRouting = async (
  file: AgentFile,
  { addresses, device, defaultDevice }: NetworkFacts,
  run: RunIpJson = runIpJson,
): Promise<RoutingFacts | undefined> => {
  const here = new Set(addresses.map(({ address }) => address));
  const vipsOf = (name: string): string[] =>
    (file.groups[name]?.vips ?? []).map(({ address }) => address).filter((vip) => here.has(vip));
  const groups = servingIn(file, vipsOf);
  const isAway = device !== undefined && defaultDevice !== undefined && device !== defaultDevice;
  const isAsked = groups.some(({ hostRoutes, hostRules }) => (hostRoutes ?? hostRules) !== undefined);
  if (device === undefined || (!isAway && !isAsked)) return undefined;
  try {
    const { own, others } = lookIn(await run(showLines(device), TIMEOUT_MS));
    const changes = changesBetween(merged(groups.map(wantedOf)), own);
    const vips = isAway ? groups.flatMap((group) => group.vips) : [];
    const lost = undecided(vips, [...own.rules, ...others]);
    return {
      missing: changes.filter(({ what }) => what === 'add').map(({ about }) => about),
      undecided: lost,
      decided: vips.filter((vip) => !lost.includes(vip)),
    };
  } catch (cause) {
    return { failed: messageOf(cause) };
  }
};
