/** AssignPrivateIpAddresses and UnassignPrivateIpAddresses. Neither knows DryRun, so that parameter is unknown here too. */
import type { Cloud } from './cloud.ts';
import { Ec2Error } from './errors.ts';
import type { QueryParams } from './params.ts';
import { type Field, list, record } from './xml.ts';

const ADDRESSES_PER_CALL_MAX = 256;

export function assignPrivateIpAddresses(cloud: Cloud, params: QueryParams): Record<string, Field> {
  const networkInterfaceId = params.required('NetworkInterfaceId');
  const addresses = params.list('PrivateIpAddress');
  const count = params.integer('SecondaryPrivateIpAddressCount', 1, ADDRESSES_PER_CALL_MAX);
  const allowReassignment = params.flag('AllowReassignment');
  params.finish();
  if (addresses.length > 0 && count !== undefined)
    throw new Ec2Error(
      'InvalidParameterCombination',
      'The parameters PrivateIpAddresses and SecondaryPrivateIpAddressCount cannot be used together',
    );
  if (addresses.length === 0 && count === undefined)
    throw new Ec2Error(
      'MissingParameter',
      'Either PrivateIpAddresses or SecondaryPrivateIpAddressCount must be specified',
    );
  const assigned =
    count === undefined
      ? cloud.assign(networkInterfaceId, addresses, allowReassignment)
      : cloud.assignCount(networkInterfaceId, count);
  return {
    networkInterfaceId,
    assignedPrivateIpAddressesSet: list(assigned.map((privateIpAddress) => record({ privateIpAddress }))),
    return: true,
  };
}

export function unassignPrivateIpAddresses(cloud: Cloud, params: QueryParams): Record<string, Field> {
  const networkInterfaceId = params.required('NetworkInterfaceId');
  const addresses = params.list('PrivateIpAddress');
  params.finish();
  if (addresses.length === 0)
    throw new Ec2Error('MissingParameter', 'The request must contain the parameter PrivateIpAddresses');
  cloud.unassign(networkInterfaceId, addresses);
  return { return: true };
}
