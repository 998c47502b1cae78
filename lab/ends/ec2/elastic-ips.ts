/**
 * The Elastic IPs of the lab's account. One stands on a private address, and goes with it when that moves to another
 * interface. Changes are accepted, shown and applied as those of addresses are.
 */
import type { Clock } from '../clock.ts';
import { AddressBook, type Delays, type View } from './address-book.ts';
import { Ec2Error } from './errors.ts';
import { addressText, parseCidr } from './ipv4.ts';
import type { Allocation, AppliedAssociation, NewAllocation } from './model.ts';
import type { Network } from './network.ts';

export interface ElasticIpsOptions {
  clock: Clock;
  delays: Delays;
  network: Network;
  onApplied?: ((association: AppliedAssociation) => void) | undefined;
}

export interface Association {
  associationId: string;
  privateIp: string;
  networkInterfaceId: string;
}

export interface Wanted {
  allocationId: string;
  networkInterfaceId: string;
  /** @default the primary address of the interface */
  privateIp?: string | undefined;
  /** Only `false` forbids: EC2 reassociates by itself. */
  allowReassociation?: boolean | undefined;
}

/** Public addresses that belong to nobody (RFC 5737). */
const POOL = '198.51.100.0/24';

const hexId = (prefix: string, number: number): string =>
  `${prefix}-${number.toString(16).padStart(17, '0')}`;

export class ElasticIps {
  readonly #allocations = new Map<string, Allocation>();
  readonly #associationIds = new Map<string, string>();
  readonly #network: Network;
  readonly #book: AddressBook;
  #made = 0;
  #associated = 0;

  constructor({ clock, delays, network, onApplied }: ElasticIpsOptions) {
    this.#network = network;
    this.#book = new AddressBook(clock, delays);
    this.#book.onApplied = ({ address: allocationId, toInterfaceId: privateIp, appliedAtMs }) => {
      const publicIp = this.#allocations.get(allocationId)?.publicIp;
      if (publicIp === undefined) return;
      onApplied?.({ allocationId, publicIp, privateIp: privateIp ?? null, appliedAtMs });
    };
  }

  add(allocation: NewAllocation): Allocation {
    const added = { tags: {}, ...allocation };
    this.#allocations.set(added.allocationId, added);
    return added;
  }

  /** @throws {Ec2Error} AddressLimitExceeded */
  allocate(): Allocation {
    const block = parseCidr(POOL);
    this.#made += 1;
    const taken = new Set(this.allocations().map(({ publicIp }) => publicIp));
    for (let number = (block?.first ?? 0) + 1; number < (block?.last ?? 0); number += 1) {
      const publicIp = addressText(number);
      if (!taken.has(publicIp)) return this.add({ allocationId: hexId('eipalloc', this.#made), publicIp });
    }
    throw new Ec2Error('AddressLimitExceeded', 'The maximum number of addresses has been reached.');
  }

  allocations = (): Allocation[] => [...this.#allocations.values()];

  /** @throws {Ec2Error} InvalidAllocationID.NotFound */
  allocation(allocationId: string): Allocation {
    const found = this.#allocations.get(allocationId);
    if (found === undefined)
      throw new Ec2Error(
        'InvalidAllocationID.NotFound',
        `The allocation ID '${allocationId}' does not exist`,
      );
    return found;
  }

  /** Where an Elastic IP stands in the given view. */
  associationOf(allocationId: string, view: View): Association | undefined {
    const privateIp = this.#book.ownerOf(allocationId, view);
    const networkInterfaceId = privateIp === undefined ? undefined : this.#network.ownerOf(privateIp, view);
    if (privateIp === undefined || networkInterfaceId === undefined) return undefined;
    return { associationId: this.#associationIds.get(allocationId) ?? '', privateIp, networkInterfaceId };
  }

  /** The Elastic IP that a private address goes by in the given view. */
  on(privateIp: string, view: View): Allocation | undefined {
    const entry = this.#book.entries(view).find(([, address]) => address === privateIp);
    return entry === undefined ? undefined : this.#allocations.get(entry[0]);
  }

  /**
   * Repeating it changes nothing. Another one that stood there stands nowhere then.
   * @returns the id of the association
   * @throws {Ec2Error} with EC2's code for whatever forbids it
   */
  associate({ allocationId, networkInterfaceId, privateIp, allowReassociation }: Wanted): string {
    this.allocation(allocationId);
    const target = this.#network.networkInterface(networkInterfaceId);
    const wanted = privateIp ?? target.privateIpAddress;
    if (this.#network.ownerOf(wanted, 'control') !== networkInterfaceId)
      throw new Ec2Error(
        'InvalidParameterValue',
        `The private IP address ${wanted} is not assigned to ${networkInterfaceId}`,
      );
    const current = this.#book.ownerOf(allocationId, 'control');
    const other = this.on(wanted, 'control');
    if (current !== undefined && current !== wanted && allowReassociation === false)
      throw new Ec2Error('Resource.AlreadyAssociated', `resource ${allocationId} is already associated`);
    if (current !== wanted) {
      if (other !== undefined) this.#book.accept(other.allocationId, undefined);
      this.#book.accept(allocationId, wanted);
      this.#associated += 1;
      this.#associationIds.set(allocationId, hexId('eipassoc', this.#associated));
    }
    return this.#associationIds.get(allocationId) ?? '';
  }

  /** @throws {Ec2Error} InvalidAssociationID.NotFound */
  disassociate(associationId: string): void {
    const entry = [...this.#associationIds].find(
      ([id, own]) => own === associationId && this.#book.ownerOf(id, 'control') !== undefined,
    );
    if (entry === undefined)
      throw new Ec2Error(
        'InvalidAssociationID.NotFound',
        `The association ID '${associationId}' does not exist`,
      );
    this.#book.accept(entry[0], undefined);
  }

  /** A private address that nobody has any more. @param immediately with its interface, which vanished */
  dropped(privateIp: string, immediately = false): void {
    const standing = this.on(privateIp, 'control');
    if (standing !== undefined) this.#book.accept(standing.allocationId, undefined, immediately);
  }
}
