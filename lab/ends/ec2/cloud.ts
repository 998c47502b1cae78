/**
 * The state of the lab's VPC as EC2 knows it: instances, interfaces, subnets and who owns which secondary address.
 * A change is accepted at once in the control plane, acknowledged after `ackMs`, and only later visible to Describe
 * and to the fabric (routes and IMDS). No HTTP here: the actions and the ends read and write this.
 */
import type { Clock } from '../clock.ts';
import { LAB_ACCOUNT_ID } from '../credentials.ts';
import { AddressBook, type AppliedChange, type Delays, type View } from './address-book.ts';
import { Ec2Error } from './errors.ts';
import { addressNumber, addressText, parseCidr } from './ipv4.ts';

export type InstanceState = 'pending' | 'running' | 'shutting-down' | 'terminated' | 'stopping' | 'stopped';
export type Tags = Readonly<Record<string, string>>;

export interface Subnet {
  subnetId: string;
  vpcId: string;
  cidrBlock: string;
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

/** An interface; its primary address never moves, its secondary ones are kept by `Cloud.ownerOf`. */
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
  tags: Tags;
}

export interface CloudOptions {
  clock: Clock;
  delays?: Partial<Delays>;
  /** Addresses one interface may hold, its primary included. */
  addressesPerInterfaceMax?: number;
  /** Called when the fabric view changes: the owner moves the route. */
  onApplied?: (change: AppliedChange) => void;
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
  tags?: Tags;
}

const ADDRESSES_PER_INTERFACE_MAX = 10;
/** EC2 keeps the first four addresses of every subnet and the last one for itself. */
const RESERVED_AT_START = 4;

export class Cloud {
  readonly accountId = LAB_ACCOUNT_ID;
  readonly #clock: Clock;
  readonly #addressesMax: number;
  readonly #reservations = new Map<string, string[]>();
  readonly #subnets = new Map<string, Subnet>();
  readonly #instances = new Map<string, Instance>();
  readonly #interfaces = new Map<string, NetworkInterface>();
  readonly #book: AddressBook;

  constructor(options: CloudOptions) {
    this.#clock = options.clock;
    this.#book = new AddressBook(options.clock, { ackMs: 0, propagationMs: 0, ...options.delays });
    this.#book.onApplied = options.onApplied;
    this.#addressesMax = options.addressesPerInterfaceMax ?? ADDRESSES_PER_INTERFACE_MAX;
  }

  /** May be changed at any time; a change on its way keeps the delays it was accepted with. */
  get delays(): Delays {
    return this.#book.delays;
  }

  /** Names who is told when the fabric view changes, once the owner of the routes exists. */
  set onApplied(listener: (change: AppliedChange) => void) {
    this.#book.onApplied = listener;
  }

  addSubnet(subnet: Omit<Subnet, 'tags'> & { tags?: Tags }): Subnet {
    const added = { ...subnet, tags: subnet.tags ?? {} };
    this.#subnets.set(added.subnetId, added);
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
      tags: spec.tags ?? {},
    };
    this.#instances.set(instance.instanceId, instance);
    this.#interfaces.set(networkInterface.networkInterfaceId, networkInterface);
    return { instance, networkInterface };
  }

  /** Changes an instance's state; a terminated one loses its interface and every address on it at once. */
  setInstanceState(instanceId: string, state: InstanceState): void {
    const instance = this.#instances.get(instanceId);
    if (instance === undefined) throw instanceNotFound(instanceId);
    instance.state = state;
    if (state !== 'terminated') return;
    for (const { networkInterfaceId } of this.interfacesOf(instanceId)) {
      for (const address of this.secondaries(networkInterfaceId, 'control'))
        this.#book.accept(address, undefined, true);
      this.#interfaces.delete(networkInterfaceId);
    }
  }

  subnets = (): Subnet[] => [...this.#subnets.values()];
  instances = (): Instance[] => [...this.#instances.values()];
  networkInterfaces = (): NetworkInterface[] => [...this.#interfaces.values()];

  instance(instanceId: string): Instance | undefined {
    return this.#instances.get(instanceId);
  }

  interfacesOf(instanceId: string): NetworkInterface[] {
    return this.networkInterfaces().filter((one) => one.instanceId === instanceId);
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

  /** The interface that holds `address` (primary or secondary) in the given view. */
  ownerOf(address: string, view: View): string | undefined {
    const primary = this.networkInterfaces().find((one) => one.privateIpAddress === address);
    return primary?.networkInterfaceId ?? this.#book.ownerOf(address, view);
  }

  /** An interface's secondary addresses in the given view, oldest assignment first. */
  secondaries(networkInterfaceId: string, view: View): string[] {
    return this.#book.secondaries(networkInterfaceId, view);
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
    for (const address of wanted) this.#checkAssignable(address, target, allowReassignment);
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
    return this.assign(networkInterfaceId, this.#free(subnetId, count), false);
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
    for (const address of wanted) this.#book.accept(address, undefined);
  }

  #checkAssignable(address: string, target: NetworkInterface, allowReassignment: boolean): void {
    const number = addressNumber(address);
    const block = parseCidr(this.subnet(target.subnetId).cidrBlock);
    if (number === undefined || block === undefined)
      throw new Ec2Error(
        'InvalidParameterValue',
        `Value (${address}) for parameter privateIpAddress is invalid.`,
      );
    if (number < block.first + RESERVED_AT_START || number >= block.last)
      throw new Ec2Error(
        'InvalidParameterValue',
        `Address ${address} does not fall within the assignable range of subnet ${target.subnetId}`,
      );
    const owner = this.ownerOf(address, 'control');
    if (owner === undefined) return;
    if (this.#interfaces.get(owner)?.privateIpAddress === address)
      throw new Ec2Error('InvalidParameterValue', `Address ${address} is the primary address of ${owner}`);
    if (owner !== target.networkInterfaceId && !allowReassignment)
      throw new Ec2Error('Resource.AlreadyAssigned', `Address ${address} is already assigned to ${owner}`);
  }

  #free(subnetId: string, count: number): string[] {
    const block = parseCidr(this.subnet(subnetId).cidrBlock);
    const free: string[] = [];
    if (block === undefined) return free;
    for (
      let number = block.first + RESERVED_AT_START;
      number < block.last && free.length < count;
      number += 1
    ) {
      const address = addressText(number);
      if (this.ownerOf(address, 'control') === undefined) free.push(address);
    }
    if (free.length < count)
      throw new Ec2Error(
        'InsufficientFreeAddressesInSubnet',
        `Subnet ${subnetId} has too few free addresses`,
      );
    return free;
  }
}

export const instanceNotFound = (instanceId: string): Ec2Error =>
  new Ec2Error('InvalidInstanceID.NotFound', `The instance ID '${instanceId}' does not exist`);
