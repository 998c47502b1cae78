/**
 * The state of the lab's VPCs as EC2 knows it: instances, interfaces, subnets, who owns which secondary address, and beside
 * it the route tables and the Elastic IPs.
 * A change is accepted at once in the control plane, acknowledged after `ackMs`, and only later visible to Describe
 * and to the fabric (routes and IMDS). No HTTP here: the actions and the ends read and write this.
 */
import { isIPv4 } from 'node:net';
import type { Clock } from '../clock.ts';
import { LAB_ACCOUNT_ID } from '../credentials.ts';
import { AddressBook, type AppliedChange, type Delays, type View } from './address-book.ts';
import { ElasticIps } from './elastic-ips.ts';
import { Ec2Error } from './errors.ts';
import { Ipv6s } from './ipv6s.ts';
import type {
  AppliedAssociation,
  AppliedRoute,
  Instance,
  InstanceState,
  NetworkInterface,
  NewAllocation,
  NewInstance,
  NewRouteTable,
  NewSubnet,
  NewVpc,
  Subnet,
  Vpc,
} from './model.ts';
import type { Network } from './network.ts';
import { RouteTables } from './routes.ts';
import { checkInSubnet, checkTakeable, freeAddresses } from './secondary.ts';

export interface CloudOptions {
  clock: Clock;
  delays?: Partial<Delays>;
  /** Addresses one interface may hold, its primary included. */
  addressesPerInterfaceMax?: number;
  /** Routes one table may hold, those of the VPC itself included. */
  routesPerTableMax?: number;
  /** What there is from the beginning. A VPC that only its subnets name is as large as they are. */
  vpcs?: readonly NewVpc[];
  subnets?: readonly NewSubnet[];
  routeTables?: readonly NewRouteTable[];
  allocations?: readonly NewAllocation[];
  /** Called when the fabric view changes: the owner of the network makes it so. */
  onApplied?: (change: AppliedChange) => void;
  onRoute?: (route: AppliedRoute) => void;
  onAssociation?: (association: AppliedAssociation) => void;
}

const ADDRESSES_PER_INTERFACE_MAX = 10;

export class Cloud implements Network {
  readonly accountId = LAB_ACCOUNT_ID;
  readonly #clock: Clock;
  readonly #addressesMax: number;
  readonly #reservations = new Map<string, string[]>();
  readonly #vpcs = new Map<string, Vpc>();
  /** VPCs whose blocks were given; those of the others are their subnets'. */
  readonly #described = new Set<string>();
  readonly #subnets = new Map<string, Subnet>();
  readonly #instances = new Map<string, Instance>();
  readonly #interfaces = new Map<string, NetworkInterface>();
  readonly #book: AddressBook;
  readonly routeTables: RouteTables;
  readonly elasticIps: ElasticIps;
  readonly ipv6s: Ipv6s;

  constructor(options: CloudOptions) {
    const { clock, routesPerTableMax } = options;
    // One object for all of them: whoever makes EC2 slow makes all of it slow.
    const delays: Delays = { ackMs: 0, propagationMs: 0, ...options.delays };
    const within = { clock, delays, network: this };
    this.#clock = clock;
    this.#book = new AddressBook(clock, delays);
    this.#book.onApplied = options.onApplied;
    this.#addressesMax = options.addressesPerInterfaceMax ?? ADDRESSES_PER_INTERFACE_MAX;
    this.routeTables = new RouteTables({
      ...within,
      onApplied: options.onRoute,
      ...(routesPerTableMax === undefined ? {} : { routesPerTableMax }),
    });
    this.elasticIps = new ElasticIps({ ...within, onApplied: options.onAssociation });
    this.ipv6s = new Ipv6s(this, this.#book, this.#addressesMax);
    for (const vpc of options.vpcs ?? []) this.addVpc(vpc);
    for (const subnet of options.subnets ?? []) this.addSubnet(subnet);
    for (const table of options.routeTables ?? []) this.routeTables.add(table);
    for (const allocation of options.allocations ?? []) this.elasticIps.add(allocation);
  }

  /** May be changed at any time; a change on its way keeps the delays it was accepted with. */
  get delays(): Delays {
    return this.#book.delays;
  }

  /** Names who is told when the fabric view changes, once the owner of the network exists. */
  set onApplied(listener: (change: AppliedChange) => void) {
    this.#book.onApplied = listener;
  }

  addVpc(vpc: NewVpc): Vpc {
    const added = { tags: {}, ...vpc };
    this.#vpcs.set(added.vpcId, added);
    this.#described.add(added.vpcId);
    return added;
  }

  addSubnet(subnet: NewSubnet): Subnet {
    const added = { tags: {}, ...subnet };
    this.#subnets.set(added.subnetId, added);
    const { vpcId, cidrBlock } = added;
    const known = this.#vpcs.get(vpcId);
    if (!this.#described.has(vpcId))
      this.#vpcs.set(vpcId, { vpcId, tags: {}, cidrBlocks: [...(known?.cidrBlocks ?? []), cidrBlock] });
    return added;
  }

  /** Reserves a block of a subnet by hand, as CreateSubnetCidrReservation does. */
  reserve(subnetId: string, cidr: string): void {
    this.#reservations.set(subnetId, [...this.reservations(subnetId), cidr]);
  }

  reservations(subnetId: string): string[] {
    return this.#reservations.get(this.subnet(subnetId).subnetId) ?? [];
  }

  get addressesPerInterfaceMax(): number {
    return this.#addressesMax;
  }

  /** Launches an instance with one interface in a known subnet. */
  addInstance(spec: NewInstance): { instance: Instance; networkInterface: NetworkInterface } {
    const subnet = this.subnet(spec.subnetId);
    const nowMs = this.#clock.nowMs();
    const instance: Instance = {
      instanceId: spec.instanceId,
      state: spec.state ?? 'running',
      imageId: spec.imageId ?? 'ami-00000000000000001',
      instanceType: spec.instanceType ?? 't4g.small',
      launchedAtMs: nowMs,
      tags: spec.tags ?? {},
    };
    const networkInterface: NetworkInterface = {
      networkInterfaceId: spec.networkInterfaceId,
      subnetId: subnet.subnetId,
      vpcId: subnet.vpcId,
      availabilityZone: subnet.availabilityZone,
      macAddress: spec.macAddress,
      privateIpAddress: spec.privateIpAddress,
      instanceId: spec.instanceId,
      deviceIndex: 0,
      attachmentId: `eni-attach-${spec.networkInterfaceId.slice('eni-'.length)}`,
      attachedAtMs: nowMs,
      securityGroups: spec.securityGroups ?? [],
      sourceDestCheck: spec.sourceDestCheck ?? true,
      tags: spec.tags ?? {},
    };
    this.#instances.set(instance.instanceId, instance);
    this.#interfaces.set(networkInterface.networkInterfaceId, networkInterface);
    return { instance, networkInterface };
  }

  /** Turns an interface's check of sources and destinations on or off. @throws {Ec2Error} as `networkInterface` */
  setSourceDestCheck(networkInterfaceId: string, on: boolean): void {
    this.networkInterface(networkInterfaceId).sourceDestCheck = on;
  }

  /** Changes an instance's state; a terminated one loses its interface and every address on it at once. */
  setInstanceState(instanceId: string, state: InstanceState): void {
    const instance = this.#instances.get(instanceId);
    if (instance === undefined) throw instanceNotFound(instanceId);
    instance.state = state;
    if (state !== 'terminated') return;
    for (const { networkInterfaceId, privateIpAddress } of this.interfacesOf(instanceId)) {
      const secondaries = this.secondaries(networkInterfaceId, 'control');
      for (const address of [privateIpAddress, ...secondaries]) this.elasticIps.dropped(address, true);
      for (const address of this.#book.secondaries(networkInterfaceId, 'control'))
        this.#book.accept(address, undefined, true);
      this.#interfaces.delete(networkInterfaceId);
      this.routeTables.lost(networkInterfaceId);
    }
  }

  vpcs = (): Vpc[] => [...this.#vpcs.values()];
  subnets = (): Subnet[] => [...this.#subnets.values()];
  instances = (): Instance[] => [...this.#instances.values()];
  networkInterfaces = (): NetworkInterface[] => [...this.#interfaces.values()];

  instance(instanceId: string): Instance | undefined {
    return this.#instances.get(instanceId);
  }

  interfacesOf(instanceId: string): NetworkInterface[] {
    return this.networkInterfaces().filter((one) => one.instanceId === instanceId);
  }

  /** @throws {Ec2Error} InvalidVpcID.NotFound */
  vpc(vpcId: string): Vpc {
    const found = this.#vpcs.get(vpcId);
    if (found === undefined) throw vpcNotFound(vpcId);
    return found;
  }

  /** @throws {Ec2Error} InvalidSubnetID.NotFound */
  subnet(subnetId: string): Subnet {
    const subnet = this.#subnets.get(subnetId);
    if (subnet === undefined)
      throw new Ec2Error('InvalidSubnetID.NotFound', `The subnet ID '${subnetId}' does not exist`);
    return subnet;
  }

  /** @throws {Ec2Error} InvalidNetworkInterfaceID.NotFound */
  networkInterface(networkInterfaceId: string): NetworkInterface {
    const found = this.#interfaces.get(networkInterfaceId);
    if (found === undefined)
      throw new Ec2Error(
        'InvalidNetworkInterfaceID.NotFound',
        `The networkInterface ID '${networkInterfaceId}' does not exist`,
      );
    return found;
  }

  /** The interface that holds `address` (primary, secondary or IPv6) in the given view. */
  ownerOf(address: string, view: View): string | undefined {
    const primary = this.networkInterfaces().find((one) => one.privateIpAddress === address);
    return primary?.networkInterfaceId ?? this.#book.ownerOf(address, view);
  }

  /** An interface's secondary IPv4 addresses in the given view, oldest assignment first. */
  secondaries(networkInterfaceId: string, view: View): string[] {
    return this.#book.secondaries(networkInterfaceId, view).filter((address) => isIPv4(address));
  }

  /** The instance whose traffic comes from `address`, as the fabric sees it: this is how IMDS knows its caller. */
  instanceAt(address: string): Instance | undefined {
    const owner = this.#interfaces.get(this.ownerOf(address, 'fabric') ?? '');
    return owner === undefined ? undefined : this.#instances.get(owner.instanceId);
  }

  /**
   * Gives addresses to an interface, all or none. Repeating it for the interface that has them changes nothing.
   *
   * @returns the addresses, in the order asked for.
   * @throws {Ec2Error} with EC2's code for whatever forbids it.
   */
  assign(networkInterfaceId: string, addresses: readonly string[], allowReassignment: boolean): string[] {
    const target = this.networkInterface(networkInterfaceId);
    const wanted = [...new Set(addresses)];
    const subnet = this.subnet(target.subnetId);
    for (const address of wanted) {
      checkInSubnet(address, subnet);
      const owner = this.#interfaces.get(this.ownerOf(address, 'control') ?? '');
      checkTakeable(address, target, owner, allowReassignment);
    }
    const held = this.secondaries(networkInterfaceId, 'control');
    const added = wanted.filter((address) => !held.includes(address));
    if (1 + held.length + added.length > this.#addressesMax)
      throw new Ec2Error('PrivateIpAddressLimitExceeded', 'Number of private addresses will exceed limit.');
    for (const address of added) this.#book.accept(address, networkInterfaceId);
    return wanted;
  }

  /** Gives `count` free addresses of the interface's subnet to it. */
  assignCount(networkInterfaceId: string, count: number): string[] {
    const { subnetId } = this.networkInterface(networkInterfaceId);
    return this.assign(networkInterfaceId, freeAddresses(this.subnet(subnetId), count, this), false);
  }

  /** Takes secondary addresses from an interface, all or none. */
  unassign(networkInterfaceId: string, addresses: readonly string[]): void {
    const { privateIpAddress } = this.networkInterface(networkInterfaceId);
    const wanted = [...new Set(addresses)];
    for (const address of wanted) {
      if (address === privateIpAddress)
        throw new Ec2Error('InvalidParameterValue', `The primary address ${address} cannot be unassigned`);
      if (this.#book.ownerOf(address, 'control') !== networkInterfaceId)
        throw new Ec2Error(
          'InvalidParameterValue',
          `Some of the specified addresses are not assigned to interface ${networkInterfaceId}`,
        );
    }
    for (const address of wanted) {
      this.elasticIps.dropped(address);
      this.#book.accept(address, undefined);
    }
  }
}

export const instanceNotFound = (instanceId: string): Ec2Error =>
  new Ec2Error('InvalidInstanceID.NotFound', `The instance ID '${instanceId}' does not exist`);

export const vpcNotFound = (vpcId: string): Ec2Error =>
  new Ec2Error('InvalidVpcID.NotFound', `The vpc ID '${vpcId}' does not exist`);
