/**
 * Keeps the routes and rules of this host as the VIPs that serve on it demand. Level-triggered, as the addresses are: each
 * time it compares what the kernel has of the agent's own with what it should have, and changes the difference.
 */

import { type Change, changesBetween, merged, NOTHING, type Routing } from '../../core/routing/plan.ts';
import { type Serving, wantedOf } from '../../core/routing/wanted.ts';
import { gatewayOf, undecided, wayBack } from '../../core/routing/way-back.ts';
import { AgentError, messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { RunIpJson } from './ip-json.ts';
import { type Look, lookIn, showLines } from './look.ts';
import { type Failure, Told } from './told.ts';

/** How often what another hand took away is put back. A look starts one process, of 3 ms. */
const LOOK_MS = 2000;
/** Of each process: a VIP that is about to leave waits for two of them at most. */
const TIMEOUT_MS = 500;

/** What it needs of the host; replaced in tests. */
export interface RoutingDeps {
  readonly run: RunIpJson;
  /** The interface of the default route; undefined: there is none at this moment. */
  readonly defaultDevice: () => string | undefined;
  /** The IPv4 block of the cloud's subnet to which an interface belongs; undefined: unknown. In a moment, and never rejects. */
  readonly subnetOf: (device: string) => Promise<string | undefined>;
}

export interface RoutingOptions {
  /** The groups that may change this host, with those of their VIPs that serve on it. */
  readonly groups: () => readonly Serving[];
  /** Where VIPs are bound. */
  readonly device: string;
  /** @default 2 s */
  readonly lookMs?: number;
  readonly log: Pick<Log, 'info' | 'warn'>;
}

const noWayBack = (device: string): Failure => ({
  about: `rule from the VIPs on ${device}`,
  complaint: `no gateway of ${device} is known: what the VIPs answer leaves by the default route`,
  remedy: `give ${device} a default route with a greater metric, or the group hostRules of its own`,
});

const isAdd = ({ what }: Change): boolean => what === 'add';

export class HostRoutes {
  readonly #options: RoutingOptions;
  readonly #deps: RoutingDeps;
  readonly #told: Told;
  /** VIPs that are about to be unbound: what follows them goes first. */
  readonly #leaving = new Set<string>();
  #work: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;
  /** The last look found something of the agent's own; before the first look an earlier run may have left it. */
  #hasOwn = true;
  #isAway = false;
  /** The VIPs for which the last pass was made. */
  #servedFor = '';
  #timer: NodeJS.Timeout | undefined;

  constructor(options: RoutingOptions, deps: RoutingDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#told = new Told(options.log);
  }

  /** Takes away what an earlier run left and no VIP needs, then looks again and again. Never rejects. */
  async start(): Promise<void> {
    await this.#pass();
    // So that it is known when a VIP comes.
    if (this.#isAway) void this.#deps.subnetOf(this.#options.device);
    this.#timer = setInterval(() => void this.#pass(), this.#options.lookMs ?? LOOK_MS).unref();
  }

  /** Leaves everything as it is. */
  stop(): void {
    clearInterval(this.#timer);
  }

  /** VIPs were bound. Resolves when what follows them is there, or is told why not. Renewing costs nothing. Never rejects. */
  async settle(): Promise<void> {
    if (this.#servingKey() !== this.#servedFor) await this.#pass();
  }

  /** Takes away what follows these VIPs, does `unbind`, and looks again if they are still there. Rejects as `unbind` does. */
  async around<T>(vips: readonly string[], unbind: () => Promise<T>): Promise<T> {
    for (const vip of vips) this.#leaving.add(vip);
    try {
      await this.#pass();
      return await unbind();
    } finally {
      for (const vip of vips) this.#leaving.delete(vip);
    }
  }

  #serving(): Serving[] {
    return this.#options
      .groups()
      .map((group) => ({ ...group, vips: group.vips.filter((vip) => !this.#leaving.has(vip)) }));
  }

  #servingKey(): string {
    return this.#serving()
      .flatMap(({ vips }) => vips)
      .join();
  }

  /** One pass at a time; calls that come during one share the one after it. */
  #pass(): Promise<void> {
    this.#next ??= this.#work.then(() => {
      this.#next = undefined;
      this.#work = this.#reconcile().catch((cause: unknown) => {
        const remedy = cause instanceof AgentError ? cause.remedy : 'look at `ip route` and `ip rule`';
        this.#told.failed([{ about: 'all of them', complaint: messageOf(cause), remedy }]);
      });
      return this.#work;
    });
    return this.#next;
  }

  async #reconcile(): Promise<void> {
    const { device } = this.#options;
    const defaultDevice = this.#deps.defaultDevice();
    // Without one at this moment, as while an address is renewed, what was true goes on.
    if (defaultDevice !== undefined) this.#isAway = defaultDevice !== device;
    const groups = this.#serving();
    const vips = groups.flatMap((group) => group.vips);
    this.#servedFor = vips.join();
    const asked = merged(groups.map(wantedOf));
    const isAsked = (this.#isAway && vips.length > 0) || asked.routes.length > 0 || asked.rules.length > 0;
    if (!isAsked && !this.#hasOwn) return this.#told.failed([]);
    const look = lookIn(await this.#deps.run(showLines(device), TIMEOUT_MS));
    const back = await this.#wayBack(vips, asked, look);
    const unknown = back === undefined ? [noWayBack(device)] : [];
    await this.#apply(merged([asked, back ?? NOTHING]), look, unknown);
  }

  async #apply(wanted: Routing, { own }: Look, unknown: readonly Failure[]): Promise<void> {
    const { device, log } = this.#options;
    const changes = changesBetween(wanted, own);
    this.#hasOwn = own.routes.length > 0 || own.rules.length > 0 || changes.length > 0;
    if (changes.length === 0) return this.#told.failed(unknown);
    const lines = changes.map(({ line }) => line);
    const results = await this.#deps.run([...lines, ...showLines(device)], TIMEOUT_MS);
    const left = changesBetween(wanted, lookIn(results.slice(lines.length)).own);
    // The outcome counts, and not the exit status.
    const done = changes.filter(({ line }) => !left.some((one) => one.line === line));
    if (done.length > 0) {
      const added = done.filter(isAdd).map(({ about }) => about);
      const removed = done.filter((change) => !isAdd(change)).map(({ about }) => about);
      log.info({ added, removed }, 'host routes and rules changed');
    }
    const failures = left.map(({ line, about }) => ({
      about,
      complaint: results[lines.indexOf(line)]?.complaint ?? 'it did not last',
    }));
    this.#told.failed([...unknown, ...failures]);
  }

  /** Undefined: there should be one, and no gateway is known. */
  async #wayBack(
    bound: readonly string[],
    asked: Routing,
    { others, exits }: Look,
  ): Promise<Routing | undefined> {
    const { device } = this.#options;
    if (!this.#isAway) return NOTHING;
    const vips = undecided(bound, [...others, ...asked.rules]);
    if (vips.length === 0) return NOTHING;
    const gateway = exits.gateway ?? gatewayOf((await this.#deps.subnetOf(device)) ?? '');
    return gateway === undefined ? undefined : wayBack(vips, device, { gateway, onLink: exits.onLink });
  }
}
