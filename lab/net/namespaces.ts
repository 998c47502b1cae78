/** A VPC made of network namespaces: one is the fabric, each host and the client hang on it by a link of their own. */

import { existsSync } from 'node:fs';
import * as z from 'zod/mini';
import { isIpv6 } from '../../core/wire/ipv6.ts';
import { LabError } from '../errors.ts';
import { requireProgram, run } from './exec.ts';
import { associationRules, gatewayRules } from './internet.ts';
import type { NetworkEnd, Switches, VpcNetworkOptions } from './layout.ts';
import * as layout from './layout.ts';
import { checkAddress, checkEitherAddress, namespaceName } from './names.ts';
import { obtainPrivilege, type Privilege } from './privilege.ts';
import { lanBatch, lanInterface, portsBatch, switchBatch } from './switch.ts';

export type { NetworkEnd, VpcNetworkOptions } from './layout.ts';

const routesSchema = z.array(
  z.object({ dst: z.string(), type: z.optional(z.string()), dev: z.optional(z.string()) }),
);

const neighboursSchema = z.array(z.object({ lladdr: z.optional(z.string()) }));

const networkFailed = (doing: string, cause: unknown): LabError =>
  new LabError('network-failed', `the lab's network could not be changed: ${doing}`, {
    remedy: "look at the cause; 'keepaloft lab down' and a new 'keepaloft lab up' start afresh",
    cause,
  });

/** The network of one lab. Made by `createVpcNetwork`. */
export class VpcNetwork {
  readonly labId: string;
  readonly privilege: Privilege;
  /** The fabric's namespace. */
  readonly fabric: string;
  readonly hosts: readonly NetworkEnd[];
  readonly client: NetworkEnd;
  readonly apiAddress: string;
  readonly imdsAddress: string;
  readonly #ownsPrivilege: boolean;
  readonly #mappings = new Map<string, NetworkEnd | null>();
  /** Ids of the route tables, by place. */
  readonly #tables: readonly string[];
  /** Routes beside the addresses, by table and address. */
  readonly #routes = new Map<string, { table: number; address: string; end: NetworkEnd | null }>();
  readonly #gateway: string;
  readonly #hasIpv6: boolean;
  /** Public addresses and what they stand for. */
  readonly #associations = new Map<string, string | null>();
  /** Changes of the fabric happen in the order of the calls. */
  #tail: Promise<unknown> = Promise.resolve();
  #destroyed = false;

  constructor(options: VpcNetworkOptions, privilege: Privilege, ownsPrivilege: boolean) {
    this.labId = options.labId;
    this.privilege = privilege;
    this.#ownsPrivilege = ownsPrivilege;
    this.fabric = namespaceName(options.labId, 'vpc');
    this.hosts = options.hosts.map((host) =>
      layout.endOf(options.labId, host.name, host.address, options.switch),
    );
    this.client = layout.clientEndOf(options);
    this.apiAddress = options.apiAddress;
    this.imdsAddress = options.imdsAddress;
    this.#gateway = options.gateway;
    this.#hasIpv6 = options.ipv6 === true;
    this.#tables = (options.routeTables ?? []).map(({ id }) => id);
  }

  get #ends(): readonly NetworkEnd[] {
    return [...this.hosts, this.client];
  }

  /** All namespaces: the fabric first, then the hosts, then the client. */
  get namespaces(): readonly string[] {
    return [this.fabric, ...this.#ends.map((end) => end.namespace)];
  }

  /** The host of that name; throws `unknown-host`. */
  host(name: string): NetworkEnd {
    const found = this.hosts.find((host) => host.name === name);
    if (found === undefined) {
      throw new LabError('unknown-host', `the lab has no host '${name}'`, {
        remedy: `name one of: ${this.hosts.map((host) => host.name).join(', ')}`,
      });
    }
    return found;
  }

  /**
   * The words to put before a program and its arguments so that it runs inside a namespace, as the same process.
   *
   * @example const [program = '', ...words] = [...network.enter(network.client.namespace), 'ping', '172.31.0.11'];
   *   spawn(program, words);
   */
  enter(namespace: string): string[] {
    return [...this.privilege.enterPrefix, this.privilege.ip, 'netns', 'exec', namespace];
  }

  /** Lays everything out. Called once, by `createVpcNetwork`. */
  async build(options: VpcNetworkOptions): Promise<void> {
    const tee = requireProgram('tee', 'coreutils');
    const ipv6Use = this.#ipv6Use();
    await this.#batch(null, [
      ...layout.creationBatch(this.fabric, this.#ends),
      ...portsBatch(this.fabric, this.#ends),
    ]);
    const switching = [
      this.#flip(tee, this.fabric, layout.fabricSwitches(this.#ends, ipv6Use, this.#tables.length === 0)),
      ...this.#ends.map((end) => this.#flip(tee, end.namespace, layout.endSwitches(ipv6Use))),
    ];
    // An IPv6 address is refused where IPv6 is off. Otherwise switches and addresses do not depend on each other.
    if (this.#hasIpv6) await Promise.all(switching);
    await Promise.all([
      ...switching,
      this.#batch(this.fabric, [...layout.fabricBatch(options, this.#ends), ...switchBatch(this.#ends)]),
      ...this.#ends.map((end) =>
        this.#batch(end.namespace, [
          ...layout.endBatch(end, this.#gateway, this.#hasIpv6),
          ...(end === this.client && options.internet !== undefined
            ? layout.internetBatch(options.internet, this.#gateway)
            : []),
          ...(options.switch === undefined ? [] : lanBatch(end, options.switch, this.#hasIpv6)),
        ]),
      ),
    ]);
    if (options.internet !== undefined) await this.#nft(gatewayRules(this.client.link, options.internet));
  }

  /** Makes `address` belong to a host, or with null to nobody: its packets vanish. Applied when the promise resolves. */
  moveAddress(address: string, hostName: string | null): Promise<void> {
    return this.moveAddresses([{ address, hostName }]);
  }

  /** Several moves in one step of a few microseconds each, in order. */
  moveAddresses(moves: readonly { address: string; hostName: string | null }[]): Promise<void> {
    const targets = moves.map(({ address, hostName }) => {
      checkEitherAddress(address);
      return { address, end: hostName === null ? null : this.host(hostName) };
    });
    return this.#inOrder(async () => {
      await this.#batch(
        this.fabric,
        targets.map(({ address, end }) => layout.mappingLine(address, end)),
      );
      for (const { address, end } of targets) {
        this.#mappings.set(address, end);
      }
    });
  }

  /** Lets a route table lead to a host, or with null to nobody. @throws LabError `unknown-table` */
  moveRoute(tableId: string, address: string, hostName: string | null): Promise<void> {
    checkAddress(address);
    const table = this.#tableOf(tableId);
    const end = hostName === null ? null : this.host(hostName);
    return this.#inOrder(async () => {
      await this.#batch(this.fabric, [layout.routeLine(table, address, end)]);
      this.#routes.set(`${tableId} ${address}`, { table, address, end });
    });
  }

  /** To which host a route table leads, as {@link moveRoute} has set it; null when to nobody. */
  routeTarget(tableId: string, address: string): string | null {
    return this.#routes.get(`${tableId} ${address}`)?.end?.name ?? null;
  }

  /** Lets a public address stand for a private one, or with null for none. The VPC must have its gateway. */
  associate(publicIp: string, privateIp: string | null): Promise<void> {
    for (const address of [publicIp, ...(privateIp === null ? [] : [privateIp])]) checkAddress(address);
    return this.#inOrder(async () => {
      const from = this.#associations.get(publicIp) ?? null;
      if (from === privateIp) return;
      await this.#nft(associationRules(publicIp, from, privateIp));
      this.#associations.set(publicIp, privateIp);
    });
  }

  /** The private address that a public one stands for, as {@link associate} has set it. */
  association(publicIp: string): string | null {
    return this.#associations.get(publicIp) ?? null;
  }

  #tableOf(tableId: string): number {
    const table = this.#tables.indexOf(tableId);
    if (table >= 0) return table;
    throw new LabError('unknown-table', `the lab has no route table ${tableId}`, {
      remedy: `name one of: ${this.#tables.join(', ')}`,
    });
  }

  /** The name of the host (or `client`) that the fabric's own route gives the address to; null when nobody's. */
  async addressOwner(address: string): Promise<string | null> {
    checkEitherAddress(address);
    const words = ['-n', this.fabric, '-j', isIpv6(address) ? '-6' : '-4'];
    const argv = [...this.#ip(...words), 'route', 'show', 'exact', layout.destinationOf(address)];
    const routes = routesSchema.parse(JSON.parse((await run(argv)) || '[]'));
    const link = routes.find((route) => route.type !== 'blackhole')?.dev;
    return this.#ends.find((end) => end.link === link)?.name ?? null;
  }

  /**
   * The name of the host to which the client sends what is for an address on the switch: whose hardware address the client's kernel
   * believes to be the address's. Null: it knows none, and is asking.
   */
  async neighbourOwner(address: string): Promise<string | null> {
    checkEitherAddress(address);
    const argv = [
      ...this.#ip('-n', this.client.namespace, '-j'),
      'neigh',
      'show',
      address,
      'dev',
      lanInterface,
    ];
    const [entry] = neighboursSchema.parse(JSON.parse((await run(argv)) || '[]'));
    const owner = this.hosts.find(({ port }) => port !== undefined && port.mac === entry?.lladdr)?.name;
    // A client that knows none yet asks: the next look sees who has answered.
    if (owner === undefined)
      await this.#batch(this.client.namespace, [`neigh replace ${address} dev ${lanInterface} use`]);
    return owner ?? null;
  }

  /** Pulls the plug of a host: the kernel drops the fabric's routes through that link. */
  linkDown(hostName: string): Promise<void> {
    const end = this.host(hostName);
    const links = [end.link, ...(end.port === undefined ? [] : [end.port.link])];
    return this.#inOrder(() =>
      this.#batch(
        this.fabric,
        links.map((link) => `link set dev ${link} down`),
      ),
    );
  }

  /** Plugs a host in again and restores the routes that the kernel dropped, as the mapping is now. */
  linkUp(hostName: string): Promise<void> {
    const end = this.host(hostName);
    return this.#inOrder(() => {
      const mapped = [...this.#mappings].filter(([, owner]) => owner === end);
      const routes = mapped.map(([address]) => layout.mappingLine(address, end));
      const inTables = [...this.#routes.values()].filter((route) => route.end === end);
      const lines = inTables.map(({ table, address }) => layout.routeLine(table, address, end));
      const port = end.port === undefined ? [] : [`link set dev ${end.port.link} up`];
      const attach = [...layout.attachBatch(end), ...(this.#hasIpv6 ? layout.attachIpv6Batch(end) : [])];
      return this.#batch(this.fabric, [...attach, ...routes, ...lines, ...port]);
    });
  }

  /** Removes the namespaces and, when it made it, the privilege. Processes inside must have ended. Repeatable. */
  async destroy(): Promise<void> {
    if (this.#destroyed) {
      return;
    }
    this.#destroyed = true;
    await this.#tail.catch(() => undefined);
    // Some may be missing (a half-built network): -force goes on with the others, and its exit code says nothing new.
    const lines = this.namespaces.map((namespace) => `netns del ${namespace}\n`);
    await run([...this.#ip('-force', '-batch', '-')], lines.join('')).catch(() => undefined);
    if (this.#ownsPrivilege) {
      await this.privilege.release();
    }
  }

  /** @throws LabError `no-ipv6` */
  #ipv6Use(): layout.Ipv6Use {
    const isThere = existsSync('/proc/sys/net/ipv6');
    if (!this.#hasIpv6) return isThere ? 'off' : 'none';
    if (isThere) return 'on';
    throw new LabError('no-ipv6', "this lab has an IPv6 VIP, and this machine's kernel has no IPv6", {
      remedy: 'boot it without ipv6.disable=1, or use VIPs of another kind',
    });
  }

  #ip(...words: string[]): string[] {
    return [...this.privilege.enterPrefix, this.privilege.ip, ...words];
  }

  #inOrder(change: () => Promise<void>): Promise<void> {
    const result = this.#tail.then(change, change);
    this.#tail = result.catch(() => undefined);
    return result;
  }

  async #batch(namespace: string | null, lines: readonly string[]): Promise<void> {
    const where = namespace === null ? [] : ['-n', namespace];
    try {
      await run(this.#ip(...where, '-batch', '-'), `${lines.join('\n')}\n`);
    } catch (cause) {
      throw networkFailed(
        `${namespace ?? 'creation'}: ${lines[0] ?? ''}${lines.length > 1 ? ' …' : ''}`,
        cause,
      );
    }
  }

  async #nft(script: string): Promise<void> {
    const nft = requireProgram('nft', 'nftables');
    try {
      await run([...this.enter(this.fabric), nft, '-f', '-'], script);
    } catch (cause) {
      throw networkFailed(`${this.fabric}: the gateway to the internet`, cause);
    }
  }

  /** `tee` writes one value to many files in one process; sysctl would need procps. */
  async #flip(tee: string, namespace: string, switches: Switches): Promise<void> {
    try {
      await Promise.all([
        run([...this.enter(namespace), tee, ...switches.on], '1\n'),
        run([...this.enter(namespace), tee, ...switches.off], '0\n'),
      ]);
    } catch (cause) {
      throw networkFailed(`kernel switches of ${namespace}`, cause);
    }
  }
}

/**
 * Creates the namespaces, links and routes of a lab. Without `privilege` it obtains one and gives it back in `destroy`.
 * Throws `LabError`; a network that could not be completed is removed again.
 *
 * @example const network = await createVpcNetwork({ labId: '12ab', hosts: [{ name: 'host1', address: '172.31.0.11' }],
 *   clientAddress: '172.31.0.100', gateway: '172.31.0.1', apiAddress: '172.31.255.1', imdsAddress: '169.254.169.254' });
 */
export const createVpcNetwork = async (
  options: VpcNetworkOptions & { privilege?: Privilege },
): Promise<VpcNetwork> => {
  layout.checkOptions(options);
  const privilege = options.privilege ?? (await obtainPrivilege({ labId: options.labId }));
  const network = new VpcNetwork(options, privilege, options.privilege === undefined);
  if (privilege.mode === 'root' && existsSync(`/run/netns/${network.fabric}`)) {
    // Checked first, because the clean-up of a failed attempt would take the other lab down.
    throw new LabError('lab-exists', `a network of lab ${options.labId} exists already`, {
      remedy: 'choose another lab id, or sweep the old lab first',
    });
  }
  try {
    await network.build(options);
    return network;
  } catch (cause) {
    await network.destroy();
    throw cause;
  }
};
