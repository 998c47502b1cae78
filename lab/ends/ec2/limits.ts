/** What bounds the addresses of an interface and of a subnet: DescribeInstanceTypes and GetSubnetCidrReservations. */
import type { Cloud } from './cloud.ts';
import { Ec2Error } from './errors.ts';
import { applyFilters, type FilterTable } from './filters.ts';
import type { QueryParams } from './params.ts';
import { type Field, list, record } from './xml.ts';

interface InstanceType {
  name: string;
  tags: Readonly<Record<string, string>>;
}

const TYPE_FILTERS: FilterTable<InstanceType> = { 'instance-type': ({ name }) => [name] };

/** The types of the lab's instances; every one of them has the lab's limit. */
export function describeInstanceTypes(cloud: Cloud, params: QueryParams): Record<string, Field> {
  const ids = params.list('InstanceType');
  const filters = params.filters();
  params.finish();
  const names = [...new Set(cloud.instances().map(({ instanceType }) => instanceType))];
  const absent = ids.find((id) => !names.includes(id));
  if (absent !== undefined)
    throw new Ec2Error(
      'InvalidInstanceType',
      `The following supplied instance types do not exist: [${absent}]`,
    );
  const types = names
    .filter((name) => ids.length === 0 || ids.includes(name))
    .map((name): InstanceType => ({ name, tags: {} }));
  const ipv4AddressesPerInterface = cloud.addressesPerInterfaceMax;
  return {
    instanceTypeSet: list(
      applyFilters(types, filters, TYPE_FILTERS).map(({ name }) =>
        record({ instanceType: name, networkInfo: record({ ipv4AddressesPerInterface }) }),
      ),
    ),
  };
}

/** The blocks of one subnet that were reserved by hand. */
export function getSubnetCidrReservations(cloud: Cloud, params: QueryParams): Record<string, Field> {
  const subnetId = params.required('SubnetId');
  params.finish();
  const reservations = cloud.reservations(subnetId).map((cidr, index) =>
    record({
      subnetCidrReservationId: `scr-${String(index).padStart(17, '0')}`,
      subnetId,
      cidr,
      reservationType: 'explicit',
      ownerId: cloud.accountId,
      description: '',
    }),
  );
  return { subnetIpv4CidrReservationSet: list(reservations), subnetIpv6CidrReservationSet: list([]) };
}
