// Proves that each of preflight's findings about IPv6 addresses can be produced, against the lab's EC2 end.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lookAtCloud } from '../../../cli/cloud/look.ts';
import { preflightFindings } from '../../../cli/cloud/preflight.ts';
import { readConfigFile } from '../../../cli/validate.ts';
import {
  type CloudWorld,
  eni,
  node,
  OTHER_SUBNET,
  openCloudWorld,
  SUBNET,
  VPC,
  writeConfig,
} from './world.ts';

const VIP = '2001:db8:0:1::c9';

let world: CloudWorld;
beforeEach(async () => {
  world = await openCloudWorld();
  const at = { vpcId: VPC, availabilityZone: 'us-east-1a' };
  world.cloud.addSubnet({
    ...at,
    subnetId: SUBNET,
    cidrBlock: '172.31.0.0/24',
    ipv6CidrBlock: '2001:db8:0:1::/64',
  });
  world.add(1);
  world.add(2);
  world.add(3);
});
afterEach(() => world.close());

const told = async (address = VIP) => {
  const { groups } = await readConfigFile(writeConfig({ edge: { vips: [{ address, fabric: 'ipv6' }] } }));
  const findings = preflightFindings(groups, await lookAtCloud(world.client, groups));
  return findings.map(({ verdict, code, about }) => `${verdict} ${code} ${about ?? ''}`);
};

describe('preflight of IPv6 addresses', () => {
  it('says that nobody has it, or that a member has', async () => {
    expect(await told()).toContain(`ok vip-free ${VIP}`);
    world.cloud.ipv6s.assign(eni(2), [VIP]);
    expect(await told()).toEqual(
      expect.arrayContaining([`ok vip-held-by-member ${VIP}`, 'ok holder-now edge']),
    );
  });

  it.each([
    ['outside the subnet', '2001:db8:0:2::c9', 'bad vip-outside-subnet 2001:db8:0:2::c9'],
    ['kept by EC2', '2001:db8:0:1::3', 'bad vip-kept-by-aws 2001:db8:0:1::3'],
  ])('finds one %s', async (_, address, finding) => {
    expect(await told(address)).toContain(finding);
  });

  it('finds one that another instance has', async () => {
    world.cloud.ipv6s.assign(eni(3), [VIP]);
    expect(await told()).toContain(`bad vip-held-by-stranger ${VIP}`);
  });

  it('finds members in a subnet without IPv6, and in several', async () => {
    world.add(2, { instanceId: node(2), subnetId: OTHER_SUBNET, privateIpAddress: '172.31.1.12' });
    expect(await told()).toEqual(
      expect.arrayContaining([`bad subnet-without-ipv6 ${VIP}`, 'bad several-subnets edge']),
    );
  });
});
