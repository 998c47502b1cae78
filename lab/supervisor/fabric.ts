/** The lab's network as EC2 wants it: how it is laid out, and how it follows what EC2 has applied. */
import type { AppliedChange } from '../ends/ec2/address-book.ts';
import type { AppliedAssociation, AppliedRoute } from '../ends/ec2/model.ts';
import type { VpcNetworkOptions } from '../net/layout.ts';
import type { VpcNetwork } from '../net/namespaces.ts';
import type { Journal } from './journal.ts';
import { INTERNET, LAN, type Plan, VPC } from './plan.ts';

/** Who sends by which table: the client and the hosts of the first subnet by the first, the others by the second. */
const routeTablesOf = ({ tables, hosts }: Plan): NonNullable<VpcNetworkOptions['routeTables']> => {
  const near = ['client', ...hosts.filter(({ isAway }) => !isAway).map(({ name }) => name)];
  const away = hosts.filter(({ isAway }) => isAway).map(({ name }) => name);
  const [first, ...others] = tables;
  if (first === undefined) return [];
  if (others.length === 0) return [{ id: first, ends: [...near, ...away] }];
  return [{ id: first, ends: near }, ...others.map((id, index) => ({ id, ends: index === 0 ? away : [] }))];
};

const lanOf = ({ hosts }: Plan): NonNullable<VpcNetworkOptions['switch']> => ({
  prefix: LAN.prefix,
  addresses: {
    client: LAN.client,
    ...Object.fromEntries(hosts.map(({ name, lanAddress }) => [name, lanAddress])),
  },
});

export const networkOptions = (labId: string, plan: Plan): VpcNetworkOptions => ({
  labId,
  hosts: plan.hosts.map(({ name, address }) => ({ name, address })),
  clientAddress: VPC.client,
  gateway: VPC.gateway,
  apiAddress: VPC.api,
  imdsAddress: VPC.imds,
  otherAddresses: [VPC.s3],
  routeTables: routeTablesOf(plan),
  ...(plan.allocations.length > 0 ? { internet: INTERNET } : {}),
  ...(plan.hasSwitch ? { switch: lanOf(plan) } : {}),
  ...(plan.hasIpv6 ? { ipv6: true } : {}),
});

/** Carries out what EC2 has applied, and tells the journal. */
export class Fabric {
  readonly #plan: Plan;
  readonly #journal: Journal;
  readonly #network: () => VpcNetwork;

  constructor(plan: Plan, journal: Journal, network: () => VpcNetwork) {
    this.#plan = plan;
    this.#journal = journal;
    this.#network = network;
  }

  /** A secondary address belongs to another interface. */
  async addressed({ address, toInterfaceId }: AppliedChange): Promise<void> {
    const host = this.#hostOf(toInterfaceId);
    await this.#applied(address, { host }, () => this.#network().moveAddress(address, host));
  }

  /** A route leads to another interface. */
  async routed({ routeTableId, destination, networkInterfaceId }: AppliedRoute): Promise<void> {
    const [address = '', bits] = destination.split('/');
    // The lab's tables hold overlay addresses only: whole blocks lead nowhere in it.
    if (bits !== '32') return;
    const host = this.#hostOf(networkInterfaceId);
    await this.#applied(address, { host, table: routeTableId }, () =>
      this.#network().moveRoute(routeTableId, address, host),
    );
  }

  /** An Elastic IP stands for another private address. */
  async associated({ publicIp, privateIp }: AppliedAssociation): Promise<void> {
    const host = await this.ownerOf(privateIp);
    await this.#applied(publicIp, { host, private: privateIp }, () =>
      this.#network().associate(publicIp, privateIp),
    );
  }

  /** The host that the fabric delivers a VIP to (on the switch: that the client sends to), by name; null: to nobody, or not to one and the same from everywhere. */
  async whereabouts(vip: string): Promise<string | null> {
    const { file, tables } = this.#plan;
    const found = Object.values(file.groups)
      .flatMap((group) => group.vips)
      .find(({ address }) => address === vip);
    if (found?.fabric === 'l2') return this.#network().neighbourOwner(vip);
    if (found?.fabric === 'elastic-ip') return this.ownerOf(this.#network().association(vip));
    if (found?.fabric !== 'route') return this.ownerOf(vip);
    const targets = new Set(
      tables.filter((id) => found.tables.includes(id)).map((id) => this.#network().routeTarget(id, vip)),
    );
    const [target = null] = targets;
    return targets.size === 1 ? target : null;
  }

  async ownerOf(address: string | null): Promise<string | null> {
    if (address === null) return null;
    const own = this.#plan.hosts.find((host) => host.address === address);
    return own?.name ?? (await this.#network().addressOwner(address));
  }

  #hostOf(eni: string | null | undefined): string | null {
    return this.#plan.hosts.find((host) => host.eni === eni)?.name ?? null;
  }

  async #applied(
    address: string,
    fields: Readonly<Record<string, string | null>>,
    change: () => Promise<void>,
  ): Promise<void> {
    const startedAt = Date.now();
    try {
      await change();
      this.#journal.add('applied', { address, startedAt, ...fields });
    } catch (error) {
      this.#journal.add('lab-error', { message: `${address} could not be moved: ${String(error)}` });
    }
  }
}
