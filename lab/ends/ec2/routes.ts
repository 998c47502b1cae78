/**
 * The route tables of the lab's VPCs. A change is accepted at once, and Describe and the fabric follow as they do with
 * addresses. What leads to an interface that is gone stays, as a black hole.
 */
import type { Clock } from '../clock.ts';
import { AddressBook, type Delays, type View } from './address-book.ts';
import { Ec2Error } from './errors.ts';
import { addressText, type Cidr, parseCidr } from './ipv4.ts';
import type { AppliedRoute, NewRouteTable, RouteTable } from './model.ts';
import type { Network } from './network.ts';

export interface Route {
  destination: string;
  /** The id of an interface or a gateway, or `local`. */
  target: string;
  isBlackhole: boolean;
}

export interface RouteTablesOptions {
  clock: Clock;
  delays: Delays;
  network: Network;
  routesPerTableMax?: number;
  onApplied?: ((route: AppliedRoute) => void) | undefined;
}

/** The published quota. */
const ROUTES_PER_TABLE_MAX = 500;
/** Where no route may lead: EC2's own services. */
const KEPT_BY_EC2 = '169.254.168.0/22';
export const LOCAL = 'local';

export const isInterface = (target: string): boolean => target.startsWith('eni-');

const isWithin = (inner: Cidr, outer: Cidr): boolean =>
  inner.first >= outer.first && inner.last <= outer.last;

const keyOf = (routeTableId: string, destination: string): string => `${routeTableId} ${destination}`;

/** As EC2 keeps it: 10.0.0.1/24 is 10.0.0.0/24. @throws {Ec2Error} InvalidParameterValue */
function canonical(destination: string): { text: string; block: Cidr } {
  const block = destination.includes('/') ? parseCidr(destination) : undefined;
  if (block === undefined)
    throw new Ec2Error(
      'InvalidParameterValue',
      `Value (${destination}) for parameter destinationCidrBlock is invalid. This is not a valid CIDR block.`,
    );
  const [, bits = ''] = destination.split('/');
  return { text: `${addressText(block.first)}/${Number(bits)}`, block };
}

export class RouteTables {
  readonly #tables = new Map<string, RouteTable>();
  readonly #clock: Clock;
  readonly #network: Network;
  readonly #routesMax: number;
  readonly #book: AddressBook;
  readonly #onApplied: (route: AppliedRoute) => void;

  constructor({ clock, delays, network, routesPerTableMax, onApplied }: RouteTablesOptions) {
    this.#clock = clock;
    this.#network = network;
    this.#routesMax = routesPerTableMax ?? ROUTES_PER_TABLE_MAX;
    this.#onApplied = onApplied ?? (() => undefined);
    this.#book = new AddressBook(clock, delays);
    this.#book.onApplied = ({ address: key, toInterfaceId: target }) => this.#applied(key, target);
  }

  add(table: NewRouteTable): RouteTable {
    this.#network.vpc(table.vpcId);
    const added = { subnetIds: [], isMain: false, tags: {}, ...table };
    this.#tables.set(added.routeTableId, added);
    return added;
  }

  tables = (): RouteTable[] => [...this.#tables.values()];

  /** @throws {Ec2Error} InvalidRouteTableID.NotFound */
  table(routeTableId: string): RouteTable {
    const found = this.#tables.get(routeTableId);
    if (found === undefined)
      throw new Ec2Error(
        'InvalidRouteTableID.NotFound',
        `The routeTable ID '${routeTableId}' does not exist`,
      );
    return found;
  }

  /** The table that a subnet uses: its own, or else the main one of its VPC. */
  tableOf(subnetId: string): RouteTable | undefined {
    const vpcId = this.#network.subnets().find((subnet) => subnet.subnetId === subnetId)?.vpcId;
    const own = this.tables().find((table) => table.subnetIds.includes(subnetId));
    return own ?? this.tables().find((table) => table.isMain && table.vpcId === vpcId);
  }

  /** All routes of a table in the given view, those of the VPC itself first. */
  routes(routeTableId: string, view: View): Route[] {
    const { vpcId } = this.table(routeTableId);
    const local = this.#network
      .vpc(vpcId)
      .cidrBlocks.map((destination) => ({ destination, target: LOCAL, isBlackhole: false }));
    return [...local, ...this.#made(routeTableId, view)];
  }

  /** @throws {Ec2Error} RouteAlreadyExists, RouteLimitExceeded, and for what EC2 never takes */
  create(routeTableId: string, destination: string, target: string): void {
    const text = this.#checked(routeTableId, destination, target);
    if (this.#book.ownerOf(keyOf(routeTableId, text), 'control') !== undefined)
      throw new Ec2Error('RouteAlreadyExists', `The route identified by ${text} already exists.`);
    if (this.routes(routeTableId, 'control').length >= this.#routesMax)
      throw new Ec2Error(
        'RouteLimitExceeded',
        `The maximum number of routes has been reached for route table ${routeTableId}`,
      );
    this.#book.accept(keyOf(routeTableId, text), target);
  }

  /** @throws {Ec2Error} InvalidParameterValue when there is none: EC2's documentation has InvalidRoute.NotFound for it */
  replace(routeTableId: string, destination: string, target: string): void {
    const text = this.#checked(routeTableId, destination, target);
    const current = this.#book.ownerOf(keyOf(routeTableId, text), 'control');
    if (current === undefined)
      throw new Ec2Error(
        'InvalidParameterValue',
        `There is no route defined for '${text}' in the route table. Use CreateRoute instead.`,
      );
    if (current !== target) this.#book.accept(keyOf(routeTableId, text), target);
  }

  /** @throws {Ec2Error} InvalidRoute.NotFound */
  delete(routeTableId: string, destination: string): void {
    this.table(routeTableId);
    const { text } = canonical(destination);
    if (this.#book.ownerOf(keyOf(routeTableId, text), 'control') === undefined)
      throw new Ec2Error(
        'InvalidRoute.NotFound',
        `no route with destination-cidr-block ${text} in route table ${routeTableId}`,
      );
    this.#book.accept(keyOf(routeTableId, text), undefined);
  }

  /** An interface has vanished: what leads to it leads nowhere, at once. */
  lost(networkInterfaceId: string): void {
    for (const { routeTableId } of this.tables())
      for (const { destination, target } of this.#made(routeTableId, 'fabric'))
        if (target === networkInterfaceId) this.#tell(routeTableId, destination, null);
  }

  #made(routeTableId: string, view: View): Route[] {
    return this.#book
      .entries(view)
      .filter(([key]) => key.startsWith(`${routeTableId} `))
      .map(([key, target]) => ({
        destination: key.slice(routeTableId.length + 1),
        target,
        isBlackhole: isInterface(target) && !this.#exists(target),
      }));
  }

  #exists(networkInterfaceId: string): boolean {
    return this.#network.networkInterfaces().some((one) => one.networkInterfaceId === networkInterfaceId);
  }

  #checked(routeTableId: string, destination: string, target: string): string {
    const { vpcId } = this.table(routeTableId);
    const { text, block } = canonical(destination);
    const kept = parseCidr(KEPT_BY_EC2);
    if (kept !== undefined && isWithin(block, kept))
      throw new Ec2Error('InvalidParameterValue', `The destination ${text} lies in ${KEPT_BY_EC2}`);
    const isLocal = this.#network.vpc(vpcId).cidrBlocks.some((cidr) => {
      const own = parseCidr(cidr);
      return own !== undefined && isWithin(block, own);
    });
    const isSubnet = this.#network
      .subnets()
      .some((subnet) => subnet.vpcId === vpcId && subnet.cidrBlock === text);
    if (isLocal && !isSubnet)
      throw new Ec2Error(
        'InvalidParameterValue',
        `The destination CIDR block ${text} is more specific than the local route of ${vpcId} and matches no subnet`,
      );
    if (isInterface(target) && this.#network.networkInterface(target).vpcId !== vpcId)
      throw new Ec2Error(
        'InvalidParameterValue',
        `route table ${routeTableId} and interface ${target} belong to different networks`,
      );
    return text;
  }

  #applied(key: string, target: string | undefined): void {
    const [routeTableId = '', destination = ''] = key.split(' ');
    const leads = target !== undefined && isInterface(target) && this.#exists(target);
    this.#tell(routeTableId, destination, leads ? target : null);
  }

  #tell(routeTableId: string, destination: string, networkInterfaceId: string | null): void {
    this.#onApplied({ routeTableId, destination, networkInterfaceId, appliedAtMs: this.#clock.nowMs() });
  }
}
