/** Connects routes and rules to the real host. */
import type { GroupProfile } from '../../core/holder/types.ts';
import { servingIn } from '../../core/routing/wanted.ts';
import type { AgentFile } from '../../core/wire/config.ts';
import { defaultInterface } from '../host/addresses.ts';
import type { Imds } from '../host/imds.ts';
import type { Vips } from '../host/vips.ts';
import type { Log } from '../log.ts';
import { HostRoutes } from './host-routes.ts';
import { runIpJson } from './ip-json.ts';
import { createSubnets } from './subnet.ts';

/** The interface of the default route, or undefined at a moment without one. */
const defaultDevice = (): string | undefined => {
  try {
    return defaultInterface();
  } catch {
    return undefined;
  }
};

export interface RealHost {
  readonly vips: Pick<Vips, 'bound'>;
  readonly imds: Pick<Imds, 'subnetOf'>;
  readonly log: Log;
  /** The configuration of the moment: routes may change with a reload. */
  readonly file: () => AgentFile;
  readonly profiles: readonly GroupProfile[];
  /** Where VIPs are bound. */
  readonly device: string;
}

export const routesOf = ({ vips, imds, log, file, profiles, device }: RealHost): HostRoutes => {
  const bound = (name: string): readonly string[] => {
    const profile = profiles.find((one) => one.name === name);
    return profile === undefined ? [] : vips.bound(profile);
  };
  return new HostRoutes(
    { groups: () => servingIn(file(), bound), device, log },
    { run: runIpJson, defaultDevice, subnetOf: createSubnets({ imds, log }) },
  );
};
