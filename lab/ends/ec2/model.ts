/** What the lab's account consists of, and how a test or a lab says what to begin with. */

export type InstanceState = 'pending' | 'running' | 'shutting-down' | 'terminated' | 'stopping' | 'stopped';
export type Tags = Readonly<Record<string, string>>;

export interface Vpc {
  vpcId: string;
  /** The first is the one that it was made with. */
  cidrBlocks: readonly string[];
  tags: Tags;
}

export interface Subnet {
  subnetId: string;
  vpcId: string;
  cidrBlock: string;
  ipv6CidrBlock?: string;
  availabilityZone: string;
  tags: Tags;
}

export interface Instance {
  instanceId: string;
  state: InstanceState;
  imageId: string;
  instanceType: string;
  launchedAtMs: number;
  tags: Tags;
}

/** An interface; its primary address never moves, its secondary and IPv6 ones are kept by `Cloud.ownerOf`. */
export interface NetworkInterface {
  networkInterfaceId: string;
  subnetId: string;
  vpcId: string;
  availabilityZone: string;
  macAddress: string;
  privateIpAddress: string;
  instanceId: string;
  deviceIndex: number;
  attachmentId: string;
  attachedAtMs: number;
  securityGroups: readonly string[];
  /** What is not from or to one of its own addresses is dropped. */
  sourceDestCheck: boolean;
  tags: Tags;
}

export interface RouteTable {
  routeTableId: string;
  vpcId: string;
  /** Subnets that use it by an association of their own. */
  subnetIds: readonly string[];
  /** Of all other subnets of its VPC. */
  isMain: boolean;
  tags: Tags;
}

/** An Elastic IP. */
export interface Allocation {
  allocationId: string;
  publicIp: string;
  tags: Tags;
}

export interface NewInstance {
  instanceId: string;
  networkInterfaceId: string;
  subnetId: string;
  privateIpAddress: string;
  macAddress: string;
  state?: InstanceState;
  imageId?: string;
  instanceType?: string;
  securityGroups?: readonly string[];
  sourceDestCheck?: boolean;
  tags?: Tags;
}

type WithTags<T extends { tags: Tags }> = Omit<T, 'tags'> & { tags?: Tags };
export type NewVpc = WithTags<Vpc>;
export type NewSubnet = WithTags<Subnet>;
export type NewRouteTable = Pick<RouteTable, 'routeTableId' | 'vpcId'> &
  Partial<Pick<RouteTable, 'subnetIds' | 'isMain' | 'tags'>>;
export type NewAllocation = WithTags<Allocation>;

/** A route as the fabric follows it from now on. */
export interface AppliedRoute {
  routeTableId: string;
  /** A block, such as 10.99.0.1/32. */
  destination: string;
  /** The interface that it leads to; null: to none, so that packets are dropped or another route takes them. */
  networkInterfaceId: string | null;
  appliedAtMs: number;
}

/** An Elastic IP as the internet gateway translates it from now on. */
export interface AppliedAssociation {
  allocationId: string;
  publicIp: string;
  /** The private address that it is translated to; null: to none. Which interface has that, `onApplied` tells. */
  privateIp: string | null;
  appliedAtMs: number;
}
