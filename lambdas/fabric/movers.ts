/** What moves each kind of VIP. */
import type { EC2Client } from '@aws-sdk/client-ec2';
import type { FabricKind } from '../../core/wire/names.ts';
import { createElasticIp } from './elastic-ip/driver.ts';
import type { Mover } from './fabric.ts';
import { createIpv6 } from './ipv6/driver.ts';
import { createL2 } from './l2/driver.ts';
import { createRoute } from './route/driver.ts';
import { createSecondaryIp } from './secondary-ip/driver.ts';

/** @param client one that does not retry by itself: `createEc2Client` */
export const createMovers = (client: EC2Client): ((kind: FabricKind) => Mover) => {
  const movers: Readonly<Record<FabricKind, Mover>> = {
    'secondary-ip': createSecondaryIp(client),
    route: createRoute(client),
    'elastic-ip': createElasticIp(client),
    ipv6: createIpv6(client),
    l2: createL2(),
  };
  return (kind) => movers[kind];
};
