/** What can be said at synthesis about where members and VIPs are. What only EC2 knows is for the deployment to refuse. */
import { Stack, Token } from 'aws-cdk-lib';
import type { ISubnet } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { DeploymentError } from './errors.ts';
import type { Member } from './member.ts';
import type { Vip } from './vip.ts';

const numberOf = (address: string): number =>
  address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);

/** The IPv4 block of a subnet, unless it is imported without one or will only be known when deployed. */
const cidrOf = (subnet: ISubnet): string | undefined => {
  try {
    return Token.isUnresolved(subnet.ipv4CidrBlock) ? undefined : subnet.ipv4CidrBlock;
  } catch {
    // An imported subnet has no block to tell, and says so by throwing.
    return undefined;
  }
};

const isInside = (cidr: string, address: string): boolean => {
  const [base = '', bits = '32'] = cidr.split('/');
  const offset = numberOf(address) - numberOf(base);
  return offset >= 0 && offset < 2 ** (32 - Number(bits));
};

/** Two tokens that name the same resource are different texts, and resolve to the same. */
const resolved = (scope: Construct, text: string): string =>
  Token.isUnresolved(text) ? JSON.stringify(Stack.of(scope).resolve(text)) : text;

/** @throws DeploymentError for a VIP outside its subnet */
export const checkVips = (group: string, vips: readonly Vip[]): void => {
  for (const { address, subnet } of vips) {
    const cidr = subnet === undefined ? undefined : cidrOf(subnet);
    if (cidr !== undefined && !isInside(cidr, address)) {
      throw new DeploymentError(
        `group ${group}: ${address} lies outside its subnet ${cidr}: choose an address of that subnet, or name another subnet`,
      );
    }
  }
};

/**
 * The subnets in which members by tag or Auto Scaling group may be: those of the VIPs. The right to move is pinned to them,
 * since nobody knows the interfaces yet. @throws DeploymentError for a VIP whose subnet is not known
 */
export const subnetsOfSelected = (group: string, vips: readonly Vip[]): string[] =>
  vips.map(({ address, subnet }) => {
    if (subnet !== undefined) return subnet.subnetId;
    throw new DeploymentError(
      `group ${group}: members by tag or Auto Scaling group need the subnet of ${address}, to which the right to move is pinned: ` +
        `Vip.secondaryIp('${address}', subnet), with a file \`subnet\` (the app: -c subnet=subnet-…)`,
    );
  });

/** @throws DeploymentError when a secondary IP would have to leave its subnet */
export const checkSubnets = (
  scope: Construct,
  group: string,
  vips: readonly Vip[],
  members: readonly Member[],
): void => {
  const known = [
    ...vips.map(({ subnet }) => subnet?.subnetId),
    ...members.flatMap(({ subnetIds }) => subnetIds),
  ].flatMap((subnetId) => (subnetId === undefined ? [] : [resolved(scope, subnetId)]));
  const [first] = known;
  const other = known.find((subnetId) => subnetId !== first);
  if (first === undefined || other === undefined) return;
  throw new DeploymentError(
    `group ${group}: VIPs and members are in different subnets (${first}, ${other}): ` +
      'a secondary IP cannot leave its subnet. Start the members in one subnet; a fabric that crosses zones (route) is not built yet',
  );
};
