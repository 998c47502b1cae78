/** Everything there is in one seed: a queue of what happens next, hosts, an arbiter, a table, EC2, and who watches it. */
import { initialState } from '../core/election/initial.ts';
import type { GroupProfile } from '../core/holder/types.ts';
import { durationMs, epochMs } from '../core/time.ts';
import type { GroupConfig, GroupState } from '../core/wire/item.ts';
import type { EniId, NodeId, Vip } from '../core/wire/names.ts';
import { Monitor } from './check/monitor.ts';
import { Random } from './engine/prng.ts';
import { Queue } from './engine/queue.ts';
import type { Trace } from './engine/trace.ts';
import { WALL_START_MS } from './model/clock.ts';
import { Lambdas } from './model/environment.ts';
import { Fabric, NOBODY } from './model/fabric.ts';
import { Host } from './model/host.ts';
import { Network } from './model/network.ts';
import { Store } from './model/store.ts';
import { Weather } from './model/weather.ts';
import type { Fault, Plan, Settings } from './plan/settings.ts';

export const GROUP = 'mysql';
/** Streams of chance: what one part of the world draws does not shift what another part gets. */
const STREAM = { world: 1, net: 2, lambda: 3, store: 4, ec2: 5, local: 6 } as const;

/** What may change in a configuration while a seed runs. */
export interface ConfigChange {
  readonly leaseMs?: number;
  readonly priorities?: readonly number[];
  /** Hosts that are members, as bits. */
  readonly roster?: number;
}

export class World {
  readonly settings: Settings;
  readonly plan: Plan;
  readonly trace: Trace | undefined;
  readonly queue = new Queue();
  readonly weather = new Weather();
  readonly random: Random;
  readonly net: Random;
  readonly lambda: Random;
  readonly ec2: Random;
  readonly local: Random;
  readonly nodes: readonly NodeId[];
  readonly enis: readonly EniId[];
  readonly vips: readonly Vip[];
  /** The addresses in each set, by the set's bits; always the same list for the same set. */
  readonly lists: readonly (readonly string[])[];
  readonly allVips: number;
  readonly configs = new Map<string, GroupConfig>();
  readonly #profiles = new Map<string, GroupProfile>();
  readonly firstConfig: GroupConfig;
  readonly store: Store;
  readonly fabric: Fabric;
  readonly lambdas: Lambdas;
  readonly network: Network;
  readonly monitor: Monitor;
  readonly hosts: readonly Host[];
  readonly #priorities: number[];
  #roster: number;
  #leaseMs: number;
  /** Which faults touch which host's checks now. */
  assessing: { readonly host: number; readonly fault: Fault }[] = [];
  /** What the item was like when the backup was made that a restore will put back. */
  readonly backups = new Map<Fault, GroupState>();
  /** Traps that spring when somebody else is named holder: each takes the new holder's index. */
  traps: ((holder: number) => void)[] = [];
  sentCount = 0;
  /** Each fault that has begun, by kind. */
  readonly counts = new Map<string, number>();

  constructor(plan: Plan, trace?: Trace) {
    const { settings } = plan;
    this.plan = plan;
    this.settings = settings;
    this.trace = trace;
    const stream = (name: keyof typeof STREAM): Random => new Random(settings.seed, STREAM[name]);
    this.random = stream('world');
    this.net = stream('net');
    this.lambda = stream('lambda');
    this.ec2 = stream('ec2');
    this.local = stream('local');
    const numbers = Array.from({ length: settings.members }, (_, index) => index);
    this.nodes = numbers.map((index) => `i-0000000${index + 1}`);
    this.enis = numbers.map((index) => `eni-0000000${index + 1}`);
    this.vips = Array.from({ length: settings.vips }, (_, index) => ({
      address: `172.31.0.${201 + index}`,
      ...(settings.unseen === true
        ? { fabric: 'route' as const, tables: [`rtb-0000000${index + 1}`] }
        : { fabric: 'secondary-ip' as const }),
    }));
    this.allVips = (1 << settings.vips) - 1;
    this.lists = Array.from({ length: this.allVips + 1 }, (_, mask) =>
      this.vips.filter((_vip, index) => (mask & (1 << index)) !== 0).map((vip) => vip.address),
    );
    this.#priorities = [...settings.priorities];
    this.#roster = (1 << settings.members) - 1;
    this.#leaseMs = settings.leaseMs;
    this.firstConfig = this.newConfig({});
    this.monitor = new Monitor(this);
    this.store = new Store(this, stream('store'), initialState(this.firstConfig, epochMs(WALL_START_MS)));
    this.fabric = new Fabric(this);
    this.lambdas = new Lambdas(this);
    this.network = new Network(this);
    this.hosts = numbers.map((index) => new Host(this, index));
  }

  /** Deploys nothing yet: makes a configuration known under a hash of its own. */
  newConfig(change: ConfigChange): GroupConfig {
    const { settings } = this;
    this.#leaseMs = change.leaseMs ?? this.#leaseMs;
    this.#roster = change.roster ?? this.#roster;
    change.priorities?.forEach((priority, index) => {
      this.#priorities[index] = priority;
    });
    const config: GroupConfig = {
      group: GROUP,
      hash: `config${this.configs.size + 1}`,
      vips: [...this.vips],
      heartbeatMs: durationMs(settings.heartbeatMs),
      leaseMs: durationMs(this.#leaseMs),
      ...(settings.exclusive ? { exclusive: true } : {}),
      ...(settings.prepareMs === undefined ? {} : { prepareMs: durationMs(settings.prepareMs) }),
      ...(settings.release === true ? { release: true } : {}),
      preempt: settings.preempt,
      preemptDelayMs: durationMs(settings.preemptDelayMs),
      holdDownMs: durationMs(settings.holdDownMs),
      members: Object.fromEntries(
        this.nodes
          .map((node, index) => [node, index] as const)
          .filter(([, index]) => (this.#roster & (1 << index)) !== 0)
          .map(([node, index]) => [
            node,
            {
              eni: this.enis[index] ?? '',
              address: `172.31.0.${10 + index}`,
              priority: this.#priorities[index] ?? 100,
            },
          ]),
      ),
    };
    this.configs.set(config.hash, config);
    this.#profiles.set(config.hash, {
      name: GROUP,
      vips: this.lists[this.allVips] ?? [],
      ...(settings.unseen === true ? { seen: [] } : {}),
      configHash: config.hash,
      heartbeatMs: config.heartbeatMs,
      leaseMs: config.leaseMs,
      ...(settings.exclusive ? { kernelExpiry: settings.kernelExpiry } : {}),
      preemptDelayMs: config.preemptDelayMs,
    });
    return config;
  }

  atTransfer(holder: number): void {
    for (const trap of this.traps) trap(holder);
  }

  /** The priority that the file gives to a host now. */
  priorityOf(host: number): number {
    return this.#priorities[host] ?? 100;
  }

  get roster(): number {
    return this.#roster;
  }

  /** The longest lease that was ever in force matters to whoever still counts it down. */
  get leaseMs(): number {
    return this.#leaseMs;
  }

  profileOf(hash: string): GroupProfile {
    const profile = this.#profiles.get(hash);
    if (profile === undefined) throw new RangeError(`no configuration ${hash}`);
    return profile;
  }

  maskOf(vips: readonly string[]): number {
    if (vips.length === this.vips.length) return this.allVips;
    let mask = 0;
    for (const vip of vips) mask |= 1 << this.vipIndex(vip);
    return mask;
  }

  vipIndex(address: string): number {
    return this.vips.findIndex((vip) => vip.address === address);
  }

  readonly hostOfEni = (eni: EniId): number => this.enis.indexOf(eni);

  hostOf(node: NodeId): Host | undefined {
    return this.hosts[this.nodes.indexOf(node)];
  }

  nameOf(node: NodeId | null): string {
    if (node === null) return 'nobody';
    const index = this.nodes.indexOf(node);
    return index < 0 ? node : `host${index + 1}`;
  }

  ownerName(owner: number): string {
    return owner >= 0 ? `host${owner + 1}` : owner === NOBODY ? 'nobody' : 'a machine outside the group';
  }
}
