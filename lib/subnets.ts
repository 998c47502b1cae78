/** What can be said at synthesis about where members and VIPs are. What only EC2 knows is for the deployment to refuse. */
import { Stack, Token } from 'aws-cdk-lib';
import { CfnSubnet, CfnVPC, type ISubnet } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { staysInSubnet } from '../core/traits.ts';
import { isInIpv6Block } from '../core/wire/ipv6.ts';
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

/** The IPv6 block of a subnet that the same app makes, if it is written there: most are only known when deployed. */
const ipv6CidrOf = (subnet: ISubnet): string | undefined => {
  const made = subnet.node.defaultChild;
  const cidr = made instanceof CfnSubnet ? made.ipv6CidrBlock : undefined;
  return cidr === undefined || Token.isUnresolved(cidr) ? undefined : cidr;
};

/** The block of its subnet in which an address lies not, as far as both are known. */
const missedBlock = ({ address, subnet, fabric }: Vip): string | undefined => {
  if (subnet === undefined || Token.isUnresolved(address)) return undefined;
  const isOther = fabric === 'ipv6';
  const cidr = isOther ? ipv6CidrOf(subnet) : cidrOf(subnet);
  const fits = cidr === undefined || (isOther ? isInIpv6Block(cidr, address) : isInside(cidr, address));
  return fits ? undefined : cidr;
};

/** Two tokens that name the same resource are different texts, and resolve to the same. */
const resolved = (scope: Construct, text: string): string =>
  Token.isUnresolved(text) ? JSON.stringify(Stack.of(scope).resolve(text)) : text;

/** The IPv4 blocks of the VPCs that the same app makes, as far as they are known now. */
const cidrsAround = (scope: Construct): string[] =>
  Stack.of(scope)
    .node.findAll()
    .flatMap((construct) =>
      construct instanceof CfnVPC && construct.cidrBlock !== undefined ? [construct.cidrBlock] : [],
    )
    .filter((cidr) => !Token.isUnresolved(cidr));

/**
 * A route to a single address of the VPC is refused by EC2. Which VPC is meant no table tells: where the same stack makes the
 * table, and just one VPC, it is that.
 */
const checkRoutes = (scope: Construct, group: string, vips: readonly Vip[]): void => {
  const [cidr, another] = cidrsAround(scope);
  if (cidr === undefined || another !== undefined) return;
  const isMade = ({ tables }: Vip): boolean => tables.some((id) => Token.isUnresolved(id));
  const inside = vips.find((vip) => isMade(vip) && isInside(cidr, vip.address));
  if (inside === undefined) return;
  throw new DeploymentError(
    `group ${group}: ${inside.address} lies inside the VPC ${cidr}, where EC2 takes no route to a single address: ` +
      'choose an address outside the VPC, or use a secondary IP (Vip.secondaryIp)',
  );
};

/** @throws DeploymentError for a VIP outside its subnet, or a route inside the VPC */
export const checkVips = (scope: Construct, group: string, vips: readonly Vip[]): void => {
  checkRoutes(scope, group, vips);
  for (const vip of vips) {
    const cidr = missedBlock(vip);
    if (cidr !== undefined) {
      throw new DeploymentError(
        `group ${group}: ${vip.address} lies outside its subnet ${cidr}: choose an address of that subnet, or name another subnet`,
      );
    }
  }
};

/** Only what the same app makes tells it; of others preflight and the deployment say so. @throws DeploymentError */
export const checkRouted = (group: string, vips: readonly Vip[], members: readonly Member[]): void => {
  if (!vips.some(({ fabric }) => fabric === 'route')) return;
  const checked = members.find(({ sourceDestCheck }) => sourceDestCheck === true);
  if (checked === undefined) return;
  throw new DeploymentError(
    `group ${group}: the source/destination check of ${checked.made?.node.id ?? 'a member'} is on, so EC2 would drop what a route brings: ` +
      'give the instance sourceDestCheck: false',
  );
};

/** An Elastic IP is pinned to the subnet of the address on which it stands. */
const checkStanding = (group: string, vips: readonly Vip[]): void => {
  const loose = vips.find((vip) => vip.fabric === 'elastic-ip' && vip.private === undefined);
  if (loose === undefined) return;
  throw new DeploymentError(
    `group ${group}: members by tag or Auto Scaling group have interfaces that nobody knows yet, and the right to give them ` +
      `${loose.allocation} could not be pinned: let the Elastic IP stand on a secondary IP of the group (private), or name the members`,
  );
};

/**
 * The subnets in which members by tag or Auto Scaling group may be: those of the secondary IPs and IPv6 addresses. The right to move is pinned to
 * them, since nobody knows the interfaces yet; routes need none. @throws DeploymentError where there is nothing to pin it to
 */
export const subnetsOfSelected = (group: string, vips: readonly Vip[]): string[] => {
  checkStanding(group, vips);
  return vips.filter(staysInSubnet).map(({ address, subnet, fabric }) => {
    if (subnet !== undefined) return subnet.subnetId;
    throw new DeploymentError(
      `group ${group}: members by tag or Auto Scaling group need the subnet of ${address}, to which the right to move is pinned: ` +
        `Vip.${fabric === 'ipv6' ? 'ipv6' : 'secondaryIp'}('${address}', subnet), with a file \`subnet\` (the app: -c subnet=subnet-…)`,
    );
  });
};

/** @throws DeploymentError when a secondary IP or an IPv6 address would have to leave its subnet */
export const checkSubnets = (
  scope: Construct,
  group: string,
  vips: readonly Vip[],
  members: readonly Member[],
): void => {
  // Routes and Elastic IPs cross subnets, and what stands on a secondary IP is bound by that one.
  const bound = vips.find(staysInSubnet);
  if (bound === undefined) return;
  const known = [
    ...vips.map(({ subnet }) => subnet?.subnetId),
    ...members.flatMap(({ subnetIds }) => subnetIds),
  ].flatMap((subnetId) => (subnetId === undefined ? [] : [resolved(scope, subnetId)]));
  const [first] = known;
  const other = known.find((subnetId) => subnetId !== first);
  if (first === undefined || other === undefined) return;
  throw new DeploymentError(
    `group ${group}: VIPs and members are in different subnets (${first}, ${other}): ` +
      `${bound.fabric === 'ipv6' ? 'an IPv6 address' : 'a secondary IP'} cannot leave its subnet. ` +
      'Start the members in one subnet, or use a route, which crosses availability zones (Vip.route, fabric: route)',
  );
};
