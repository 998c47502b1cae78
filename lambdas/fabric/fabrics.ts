/** All drivers by kind: the one place that knows which there are. */
import type { EC2Client } from '@aws-sdk/client-ec2';
import type { FabricKind } from '../../core/wire/names.ts';
import { createElasticIp } from './elastic-ip/driver.ts';
import type { Fabric } from './fabric.ts';
import { createRoute } from './route/driver.ts';
import { createSecondaryIp } from './secondary-ip/driver.ts';

/** @param client one that does not retry what is moved by itself: `createEc2Client` */
export const createFabrics = (client: EC2Client): ((kind: FabricKind) => Fabric) => {
  const fabrics: Readonly<Record<FabricKind, Fabric>> = {
    'secondary-ip': createSecondaryIp(client),
    route: createRoute(client),
    'elastic-ip': createElasticIp(client),
  };
  return (kind) => fabrics[kind];
};
