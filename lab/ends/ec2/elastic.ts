/** AllocateAddress, AssociateAddress, DisassociateAddress; and ModifyNetworkInterfaceAttribute of the source/destination check. */
import { LAB_REGION } from '../credentials.ts';
import { type Cloud, instanceNotFound } from './cloud.ts';
import { Ec2Error } from './errors.ts';
import { endDryRun, type QueryParams } from './params.ts';
import type { Field } from './xml.ts';

export function allocateAddress(cloud: Cloud, params: QueryParams): Record<string, Field> {
  const dryRun = params.flag('DryRun');
  params.optional('Domain');
  params.finish();
  endDryRun(dryRun);
  const { allocationId, publicIp } = cloud.elasticIps.allocate();
  return { publicIp, domain: 'vpc', allocationId, publicIpv4Pool: 'amazon', networkBorderGroup: LAB_REGION };
}

/** The only interface of an instance. @throws {Ec2Error} when it has none or more than one */
function onlyInterface(cloud: Cloud, instanceId: string): string {
  if (cloud.instance(instanceId) === undefined) throw instanceNotFound(instanceId);
  const [first, second] = cloud.interfacesOf(instanceId);
  if (first !== undefined && second === undefined) return first.networkInterfaceId;
  throw new Ec2Error('InvalidInstanceID', `The instance '${instanceId}' must have exactly one interface`);
}

export function associateAddress(cloud: Cloud, params: QueryParams): Record<string, Field> {
  const dryRun = params.flag('DryRun');
  const allocationId = params.required('AllocationId');
  const networkInterfaceId = params.optional('NetworkInterfaceId');
  const instanceId = params.optional('InstanceId');
  const privateIp = params.optional('PrivateIpAddress');
  const mayTake = params.flag('AllowReassociation');
  const isSaid = params.optional('AllowReassociation') !== undefined;
  params.finish();
  if (networkInterfaceId !== undefined && instanceId !== undefined)
    throw new Ec2Error(
      'InvalidParameterCombination',
      'Specify the instance or the network interface, but not both',
    );
  if (networkInterfaceId === undefined && instanceId === undefined)
    throw new Ec2Error('MissingParameter', 'Either instance ID or network interface ID must be specified');
  endDryRun(dryRun);
  const associationId = cloud.elasticIps.associate({
    allocationId,
    networkInterfaceId: networkInterfaceId ?? onlyInterface(cloud, instanceId ?? ''),
    ...(privateIp === undefined ? {} : { privateIp }),
    ...(isSaid ? { allowReassociation: mayTake } : {}),
  });
  return { return: true, associationId };
}

export function disassociateAddress(cloud: Cloud, params: QueryParams): Record<string, Field> {
  const dryRun = params.flag('DryRun');
  const associationId = params.required('AssociationId');
  params.finish();
  endDryRun(dryRun);
  cloud.elasticIps.disassociate(associationId);
  return { return: true };
}

/** Other attributes are unknown here, and refused as such. */
export function modifyNetworkInterfaceAttribute(cloud: Cloud, params: QueryParams): Record<string, Field> {
  const dryRun = params.flag('DryRun');
  const networkInterfaceId = params.required('NetworkInterfaceId');
  params.required('SourceDestCheck.Value');
  const on = params.flag('SourceDestCheck.Value');
  params.finish();
  endDryRun(dryRun);
  cloud.setSourceDestCheck(networkInterfaceId, on);
  return { return: true };
}
