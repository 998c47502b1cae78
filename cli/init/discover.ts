/** What EC2 can contribute to a first keepaloft.yaml: instances with a tag, and an address that nobody has. */
import {
  DescribeNetworkInterfacesCommand,
  DescribeSubnetsCommand,
  type EC2Client,
} from '@aws-sdk/client-ec2';
import { firstInterface, type InstanceFacts } from '../cloud/facts.ts';
import { findInstances } from '../cloud/look.ts';

const ALIVE = ['pending', 'running', 'stopping', 'stopped'];

/** @throws whatever the SDK throws */
export const instancesTagged = async (
  client: EC2Client,
  tags: readonly { readonly key: string; readonly value: string }[],
): Promise<InstanceFacts[]> => {
  const found = await findInstances(client, [
    { Name: 'instance-state-name', Values: ALIVE },
    ...tags.map(({ key, value }) => ({ Name: `tag:${key}`, Values: [value] })),
  ]);
  return found.toSorted((a, b) => (a.id < b.id ? -1 : 1));
};

const numberOf = (address: string): number =>
  address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
const addressOf = (number: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');

/** EC2 keeps the first four addresses of a subnet and the last one. */
const KEPT_FIRST = 4;
/** Nobody has so many interfaces at the end of a subnet. */
const TRIES_MAX = 4096;

/** The highest address of a subnet that nobody has: AWS gives new instances low ones as readily. Pure. */
export const freeAddress = (cidr: string, taken: ReadonlySet<string>): string | undefined => {
  const [base = '', bits = '32'] = cidr.split('/');
  const first = numberOf(base) + KEPT_FIRST;
  const last = numberOf(base) + 2 ** (32 - Number(bits)) - 2;
  for (let number = last; number >= first && last - number < TRIES_MAX; number -= 1) {
    const address = addressOf(number);
    if (!taken.has(address)) return address;
  }
  return undefined;
};

/** An address for a VIP beside this instance; undefined when there is none. @throws whatever the SDK throws */
export const addressBeside = async (
  client: EC2Client,
  instance: InstanceFacts,
): Promise<string | undefined> => {
  const subnet = firstInterface(instance)?.subnet;
  if (subnet === undefined) return undefined;
  const Filters = [{ Name: 'subnet-id', Values: [subnet] }];
  const [subnets, interfaces] = await Promise.all([
    client.send(new DescribeSubnetsCommand({ Filters })),
    client.send(new DescribeNetworkInterfacesCommand({ Filters })),
  ]);
  const taken = (interfaces.NetworkInterfaces ?? []).flatMap(({ PrivateIpAddresses = [] }) =>
    PrivateIpAddresses.flatMap(({ PrivateIpAddress }) => PrivateIpAddress ?? []),
  );
  const cidr = subnets.Subnets?.[0]?.CidrBlock;
  return cidr === undefined ? undefined : freeAddress(cidr, new Set(taken));
};
