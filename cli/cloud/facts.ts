/** What EC2 says of the instances and addresses of a keepaloft.yaml, reduced to what can be wrong with it. */
import type { Vip } from '../../core/wire/names.ts';

/** One network interface of an instance. */
export interface InterfaceFacts {
  readonly id: string;
  readonly deviceIndex: number;
  readonly subnet: string;
  readonly vpc: string;
  readonly primary: string;
  /** The public address that the primary one goes by, if it has one. */
  readonly publicIp: string | undefined;
  /** All of them, the primary included. */
  readonly addresses: readonly string[];
  readonly securityGroups: readonly string[];
  /** EC2 drops what is not from or to its own addresses. */
  readonly isChecked: boolean;
}

export interface InstanceFacts {
  readonly id: string;
  readonly state: string;
  readonly type: string;
  readonly name: string | undefined;
  readonly interfaces: readonly InterfaceFacts[];
}

/** Which interface has an address now. `instance` is undefined for one of a load balancer, a NAT gateway, … */
export interface Owner {
  readonly address: string;
  readonly eni: string;
  readonly vpc: string;
  readonly isPrimary: boolean;
  readonly instance: string | undefined;
}

export interface SubnetFacts {
  readonly id: string;
  readonly cidr: string;
  /** Its IPv6 blocks; usually one, or none. */
  readonly ipv6Cidrs: readonly string[];
  /** The IPv4 blocks reserved in it by hand, or why that could not be asked. */
  readonly reservations: readonly string[] | { readonly unknown: string };
}

/** Where a route table sends a single address now. */
export interface WayFacts {
  /** What it leads to, as EC2 names it. */
  readonly to: string;
  readonly isBlackhole: boolean;
}

export interface TableFacts {
  readonly id: string;
  readonly vpc: string;
  /** By destination, such as 10.99.0.1/32. */
  readonly ways: ReadonlyMap<string, WayFacts>;
}

/** An Elastic IP. `eni` is undefined while it stands nowhere. */
export interface AllocationFacts {
  readonly id: string;
  readonly publicIp: string;
  readonly eni: string | undefined;
}

export interface CloudFacts {
  /** By instance id; what EC2 does not show is absent. */
  readonly instances: ReadonlyMap<string, InstanceFacts>;
  readonly subnets: ReadonlyMap<string, SubnetFacts>;
  readonly owners: readonly Owner[];
  /** IPv4 blocks of the members' VPCs; asked only for routes. */
  readonly vpcs: ReadonlyMap<string, readonly string[]>;
  readonly tables: ReadonlyMap<string, TableFacts>;
  readonly allocations: ReadonlyMap<string, AllocationFacts>;
  /** Private IPv4 addresses that one interface may have, by instance type; or why that could not be asked. */
  readonly limits: ReadonlyMap<string, number> | { readonly unknown: string };
}

/** What the checks need of a group of the file. */
export interface PlannedGroup {
  readonly vips: readonly Vip[];
  readonly members: readonly { readonly instance: string; readonly priority: number }[];
  /** What other instances must be to be let in. They are looked at when they ask, not here. @default none */
  readonly select?: readonly unknown[];
  /** The lease is the fence: nobody is taken for the holder because of what the cloud shows. */
  readonly exclusive: boolean;
}

/** The interface at which a member answers: its first. Others may come and go while the instance runs. */
export const firstInterface = (instance: InstanceFacts): InterfaceFacts | undefined =>
  instance.interfaces.find(({ deviceIndex }) => deviceIndex === 0);

/** The instance whose first interface it is. */
export const instanceWith = (eni: string | undefined, { instances }: CloudFacts): string | undefined =>
  [...instances.values()].find((instance) => eni !== undefined && firstInterface(instance)?.id === eni)?.id;
