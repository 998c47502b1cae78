import { type Duration, Token } from 'aws-cdk-lib';
import { CfnEIP, CfnRouteTable, type IRouteTable, type ISubnet } from 'aws-cdk-lib/aws-ec2';
import type { FabricKind } from '../core/wire/names.ts';
import { inMs } from './check.ts';

/** What is not said by an Elastic IP's allocation. */
export interface ElasticIpOptions {
  /**
   * The public address, such as 198.51.100.10.
   *
   * @default - of a `CfnEIP` of the same app its own; an allocation id needs it
   */
  readonly address?: string;

  /**
   * The secondary IP of the same group on which it stands. It then moves along with that address.
   *
   * @default - the primary address of whoever holds the group
   */
  readonly private?: string;
}

/** How often a host tells its neighbours, by gratuitous ARP or unsolicited neighbour advertisement, that the address is its own. */
export interface AnnounceOptions {
  /**
   * From the first announcements, when the address is bound, to the second ones; 0: no second ones.
   *
   * @default Duration.seconds(5)
   */
  readonly delay?: Duration;

  /**
   * Announcements each of these two times.
   *
   * @default 5
   */
  readonly repeat?: number;

  /**
   * How often they are repeated for as long as the address is held; 0: never.
   *
   * @default Duration.seconds(0)
   */
  readonly refresh?: Duration;

  /**
   * Announcements each of those times.
   *
   * @default 1
   */
  readonly refreshRepeat?: number;
}

type Flat = Readonly<Record<string, string | number | string[]>>;
type VipDocument = Readonly<Record<string, Flat[string] | Flat>>;
const isList = (value: VipDocument[string] | undefined): value is string[] => Array.isArray(value);

const announceOf = ({ delay, repeat, refresh, refreshRepeat }: AnnounceOptions): Flat =>
  Object.fromEntries(
    Object.entries({ delay: inMs(delay), repeat, refresh: inMs(refresh), refreshRepeat }).flatMap(
      ([key, value]) => (value === undefined ? [] : [[key, value]]),
    ),
  );

const idOfTable = (table: string | IRouteTable | CfnRouteTable): string => {
  if (typeof table === 'string') return table;
  return table instanceof CfnRouteTable ? table.attrRouteTableId : table.routeTableId;
};

/** An address that a group moves, and the mechanism of the cloud that moves it. */
export class Vip {
  /**
   * A secondary private IPv4 address in the members' own subnet.
   *
   * @param address such as 172.31.0.201
   * @param subnet the members' subnet. When it is known, the address is reserved there, and an address outside of it
   *   is refused at synthesis. Otherwise the deployment itself finds out.
   */
  static secondaryIp(address: string, subnet?: ISubnet): Vip {
    return new Vip('secondary-ip', { address }, subnet);
  }

  /**
   * An address outside the VPC, to which a route in each of the tables leads. It crosses subnets and availability zones.
   * The source/destination check of every member's interface must be off. More than one table needs an exclusive group.
   *
   * @param address such as 10.99.0.1
   * @param tables ids such as rtb-0123456789abcdef0, or what has one, such as `subnet.routeTable`
   */
  static route(address: string, ...tables: (string | IRouteTable | CfnRouteTable)[]): Vip {
    return new Vip('route', { address, tables: tables.map(idOfTable) });
  }

  /**
   * An Elastic IP: a public address that leads to whoever holds the group. It crosses subnets and availability zones. The
   * hosts must not reach the arbiter by it, or whoever loses it is cut off: see docs/fabrics.md.
   *
   * @param allocation its id such as eipalloc-0123456789abcdef0, or the `CfnEIP` that the same app makes
   */
  static elasticIp(allocation: string | CfnEIP, options: ElasticIpOptions = {}): Vip {
    const made = allocation instanceof CfnEIP ? allocation : undefined;
    return new Vip('elastic-ip', {
      address: options.address ?? made?.attrPublicIp ?? '',
      allocation: made?.attrAllocationId ?? String(allocation),
      ...(options.private === undefined ? {} : { private: options.private }),
    });
  }

  /**
   * An IPv6 address of the members' own subnet. EC2 takes it from one interface before it can give it to the next one, so for
   * two calls' time it is nowhere.
   *
   * @param address in the short form of RFC 5952, such as 2001:db8::c9
   * @param subnet the members' subnet: members by tag or Auto Scaling group need it
   */
  static ipv6(address: string, subnet?: ISubnet): Vip {
    return new Vip('ipv6', { address }, subnet);
  }

  /**
   * An address of a switched network of the hosts' own. Whoever holds the group binds it and announces it, by gratuitous ARP or
   * by unsolicited neighbour advertisement; no call of EC2 moves it. The group must be exclusive. Not for an address of a VPC's subnet, where nobody hears an announcement.
   *
   * @param address such as 192.168.0.100 or 2001:db8:0:2::64
   */
  static l2(address: string, announce?: AnnounceOptions): Vip {
    return new Vip('l2', {
      address,
      ...(announce === undefined ? {} : { announce: announceOf(announce) }),
    });
  }

  readonly address: string;
  /** Name of the mechanism, as in keepaloft.yaml. */
  readonly fabric: string;
  readonly subnet: ISubnet | undefined;
  /** As keepaloft.yaml has it. */
  readonly document: VipDocument;

  private constructor(
    fabric: FabricKind,
    document: VipDocument & { readonly address: string },
    subnet?: ISubnet,
  ) {
    this.address = document.address;
    this.fabric = fabric;
    this.subnet = subnet;
    this.document = { ...document, fabric };
  }

  /** The ids of its route tables; none unless it is a route. */
  get tables(): string[] {
    const { tables } = this.document;
    return isList(tables) ? [...tables] : [];
  }

  /** The allocation of an Elastic IP. */
  get allocation(): string | undefined {
    return this.#text('allocation');
  }

  /** The secondary IP on which an Elastic IP stands. */
  get private(): string | undefined {
    return this.#text('private');
  }

  #text(key: string): string | undefined {
    const value = this.document[key];
    return typeof value === 'string' ? value : undefined;
  }
}

/** In the place of what only the deployment knows something of the right form stands while the rules are applied. */
const STAND_INS: Readonly<Record<string, (index: number) => string>> = {
  address: (index) => `192.0.2.${index + 1}`,
  tables: (index) => `rtb-fffffffff${index.toString(16).padStart(8, '0')}`,
  allocation: (index) => `eipalloc-fffffffff${index.toString(16).padStart(8, '0')}`,
};

const IPV6_STAND_INS: typeof STAND_INS = { address: (index) => `2001:db8::${(index + 1).toString(16)}` };

/** The VIP as the schema can read it. @param place of the VIP in its group, so that no two stand-ins are alike */
export const readable = ({ document, fabric }: Vip, place: number): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(document).map(([key, value]): [string, unknown] => {
      const standIn = (fabric === 'ipv6' ? IPV6_STAND_INS : STAND_INS)[key];
      const written = (text: string, index: number): string =>
        standIn !== undefined && Token.isUnresolved(text) ? standIn(16 * place + index) : text;
      if (isList(value)) return [key, value.map(written)];
      return [key, typeof value === 'string' ? written(value, 0) : value];
    }),
  );
