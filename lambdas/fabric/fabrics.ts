/** Each kind of fabric with its checks. */
import type { EC2Client } from '@aws-sdk/client-ec2';
import type { FabricKind } from '../../core/wire/names.ts';
import { ofKind } from './ec2/results.ts';
import { validate as validateElasticIp } from './elastic-ip/validate.ts';
import type { Fabric } from './fabric.ts';
import { validate as validateIpv6 } from './ipv6/validate.ts';
import { validate as validateL2 } from './l2/validate.ts';
import { createMovers } from './movers.ts';
import { validate as validateRoute } from './route/validate.ts';
import { validate as validateSecondaryIp } from './secondary-ip/validate.ts';

/** @param client one that does not retry what it moves: `createEc2Client` */
export const createFabrics = (client: EC2Client): ((kind: FabricKind) => Fabric) => {
  const moverOf = createMovers(client);
  const validators: Readonly<Record<FabricKind, Fabric['validate']>> = {
    'secondary-ip': (vips, roster, scope) => validateSecondaryIp(client, vips, roster, scope),
    route: (vips, roster, scope) => validateRoute(client, ofKind('route', vips), roster, scope),
    'elastic-ip': (vips, roster, scope) =>
      validateElasticIp(client, ofKind('elastic-ip', vips), roster, scope),
    ipv6: (vips, roster, scope) => validateIpv6(client, vips, roster, scope),
    l2: (vips) => validateL2(ofKind('l2', vips)),
  };
  return (kind) => ({ ...moverOf(kind), validate: validators[kind] });
};
