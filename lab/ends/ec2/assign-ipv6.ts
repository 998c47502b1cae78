/** AssignIpv6Addresses and UnassignIpv6Addresses, of single addresses. Neither knows DryRun. */
import type { Cloud } from './cloud.ts';
import { Ec2Error } from './errors.ts';
import type { QueryParams } from './params.ts';
import { escapeXml, type Field, list } from './xml.ts';

const read = (params: QueryParams): { networkInterfaceId: string; addresses: string[] } => {
  const networkInterfaceId = params.required('NetworkInterfaceId');
  const addresses = params.list('Ipv6Addresses');
  params.finish();
  if (addresses.length === 0)
    throw new Ec2Error('MissingParameter', 'The request must contain the parameter Ipv6Addresses');
  return { networkInterfaceId, addresses };
};

const texts = (addresses: readonly string[]): Field =>
  list(addresses.map((address) => ({ markup: escapeXml(address) })));

export function assignIpv6Addresses(cloud: Cloud, params: QueryParams): Record<string, Field> {
  const { networkInterfaceId, addresses } = read(params);
  const assigned = cloud.ipv6s.assign(networkInterfaceId, addresses);
  return { networkInterfaceId, assignedIpv6Addresses: texts(assigned) };
}

export function unassignIpv6Addresses(cloud: Cloud, params: QueryParams): Record<string, Field> {
  const { networkInterfaceId, addresses } = read(params);
  const taken = cloud.ipv6s.unassign(networkInterfaceId, addresses);
  return { networkInterfaceId, unassignedIpv6AddressSet: texts(taken) };
}
