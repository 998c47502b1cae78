/** The lab's faults by name: what each does, to whom, and how it heals. */
import type { ActiveFault, FaultKind, FaultOrder } from '../control/types.ts';
import type { ApiGateway } from '../ends/api/gateway.ts';
import type { DynamoEnd } from '../ends/dynamodb/server.ts';
import type { Ec2End } from '../ends/ec2/server.ts';
import { LabError } from '../errors.ts';
import type { NetworkFaults } from '../net/faults.ts';
import type { Hosts } from './hosts.ts';
import type { Journal } from './journal.ts';
import type { PlannedHost } from './plan.ts';

export interface FaultScene {
  readonly hosts: Hosts;
  readonly network: NetworkFaults;
  readonly ec2: Ec2End;
  readonly api: ApiGateway;
  readonly dynamo: DynamoEnd;
  readonly journal: Journal;
  /** Who holds, and who would take over now, by host name; undefined when nobody. */
  readonly resolve: (who: 'holder' | 'standby') => Promise<string | undefined>;
}

/** A fault in force: `undo` ends it. Actions that leave nothing to heal (thaw, start) have none. */
interface Force extends ActiveFault {
  readonly undo: () => Promise<void> | void;
  readonly timer?: NodeJS.Timeout;
}

/** How long a stopped agent may take before it is killed, as systemd would do it. */
const STOP_MS_MAX = 8000;
const PERCENT_DEFAULT = 50;
const DELAY_MS_DEFAULT = 100;
const CODE_DEFAULT = 'InternalError';

/** The whole API, by any of the names that people try. */
const WHOLE_API: ReadonlySet<string> = new Set(['all', 'arbiter', 'ec2', 'dynamodb']);

/** A fault of an API strikes an operation or everything; a host's name there would strike nothing, silently. */
const apiTarget = (target: string): string => {
  if (WHOLE_API.has(target) || /^[A-Z][A-Za-z]+$/.test(target)) return target;
  throw new LabError('unknown-operation', `${target} is not an operation of the API`, {
    remedy: 'name one, for example AssignPrivateIpAddresses or PutItem, or all',
  });
};

export class Faults {
  readonly #scene: FaultScene;
  #active: Force[] = [];
  #count = 0;

  constructor(scene: FaultScene) {
    this.#scene = scene;
  }

  get active(): ActiveFault[] {
    return this.#active.map(({ id, kind, targets, startedAt, until }) => ({
      id,
      kind,
      targets,
      startedAt,
      ...(until === undefined ? {} : { until }),
    }));
  }

  /** @throws LabError when the target is unknown or the kernel cannot do it; then nothing has changed */
  async apply(order: FaultOrder): Promise<ActiveFault> {
    const targets = await this.#targets(order);
    const startedAt = Date.now();
    const undo = await this.#begin(order, targets);
    this.#count += 1;
    const until = order.forMs === undefined ? undefined : startedAt + order.forMs;
    const fault: ActiveFault = {
      id: `f${this.#count}`,
      kind: order.kind,
      targets,
      startedAt,
      ...(until === undefined ? {} : { until }),
    };
    this.#scene.journal.add('fault', { fault }, startedAt);
    if (undo === undefined) return fault;
    const timer =
      order.forMs === undefined ? undefined : setTimeout(() => void this.heal(fault.id), order.forMs);
    this.#active.push({ ...fault, undo, ...(timer ? { timer } : {}) });
    return fault;
  }

  /** Ends one fault, or all. @returns the ids of those that ended */
  async heal(id?: string): Promise<string[]> {
    const ending = this.#active.filter((fault) => id === undefined || fault.id === id);
    if (id !== undefined && ending.length === 0) {
      throw new LabError('no-such-fault', `no fault ${id} is in force`, {
        remedy: 'look at `keepaloft lab status`',
      });
    }
    this.#active = this.#active.filter((fault) => !ending.includes(fault));
    for (const fault of ending) {
      clearTimeout(fault.timer);
      await fault.undo();
      this.#scene.journal.add('healed', {
        fault: { id: fault.id, kind: fault.kind, targets: fault.targets },
      });
    }
    return ending.map((fault) => fault.id);
  }

  /** Stops the timers of an ending lab. */
  close(): void {
    for (const fault of this.#active) clearTimeout(fault.timer);
  }

  async #targets({ kind, target }: FaultOrder): Promise<string[]> {
    if (kind.startsWith('ec2-') || kind === 'dynamodb-error') return [apiTarget(target)];
    if (kind === 'loss' || kind === 'delay') {
      const [one = '', other = 'arbiter'] = target.split('/');
      return [await this.#hostOrEnd(one), await this.#hostOrEnd(other)];
    }
    return target === 'all'
      ? this.#scene.hosts.all.map((host) => host.name)
      : [await this.#hostOrEnd(target, false)];
  }

  async #hostOrEnd(name: string, ends = true): Promise<string> {
    if (ends && (name === 'arbiter' || name === 'client')) return name;
    if (name === 'holder' || name === 'standby') {
      const found = await this.#scene.resolve(name);
      if (found !== undefined) return found;
      throw new LabError('nobody', `there is no ${name} now`, {
        remedy: 'wait for one (`keepaloft lab status`), or name a host',
      });
    }
    const host = this.#scene.hosts.all.find((one) => one.name === name || one.instanceId === name);
    if (host !== undefined) return host.name;
    throw new LabError('unknown-host', `the lab has no host ${name}`, {
      remedy: `name one of: ${this.#scene.hosts.all.map((one) => one.name).join(', ')}, holder, standby, all`,
    });
  }

  #hosts(names: readonly string[]): PlannedHost[] {
    return this.#scene.hosts.all.filter((host) => names.includes(host.name));
  }

  /** Does it. @returns how to undo it, or undefined when there is nothing to undo */
  async #begin(order: FaultOrder, targets: readonly string[]): Promise<Force['undo'] | undefined> {
    const { hosts, network } = this.#scene;
    const affected = this.#hosts(targets);
    const start = (): void =>
      affected.forEach((host) => (hosts.start(host, 'service'), hosts.start(host, 'agent')));
    const signal = (what: NodeJS.Signals): void =>
      affected.forEach(
        (host) => (hosts.signal(host.name, 'agent', what), hosts.signal(host.name, 'service', what)),
      );
    switch (order.kind) {
      case 'kill':
        signal('SIGKILL');
        await Promise.all(
          affected.flatMap((host) => [hosts.gone(host.name, 'agent'), hosts.gone(host.name, 'service')]),
        );
        return start;
      case 'freeze':
        signal('SIGSTOP');
        return () => signal('SIGCONT');
      case 'thaw':
        await this.#endEarlier(['freeze'], targets);
        signal('SIGCONT');
        return undefined;
      case 'stop':
        affected.forEach((host) => hosts.signal(host.name, 'agent', 'SIGTERM'));
        return async () => {
          // An agent that still hands over must be gone before the next one can start.
          await Promise.all(affected.map((host) => hosts.ended(host.name, 'agent', STOP_MS_MAX)));
          start();
        };
      case 'start':
        await this.#endEarlier(['kill', 'stop', 'service'], targets);
        start();
        return undefined;
      case 'service':
        affected.forEach((host) => hosts.signal(host.name, 'service', 'SIGKILL'));
        return () => affected.forEach((host) => hosts.start(host, 'service'));
      case 'cut-host':
        return this.#network(affected.map((host) => network.cutHost(host.name)));
      case 'cut-peers':
        return this.#network(
          order.target === 'all'
            ? [network.cutPeers('all')]
            : affected.map((host) => network.cutPeers(host.name)),
        );
      case 'cut-arbiter':
        return this.#network(
          order.target === 'all'
            ? [network.cutArbiter('all')]
            : affected.map((host) => network.cutArbiter(host.name)),
        );
      case 'loss':
        return this.#network([
          network.loss({
            between: [targets[0] ?? '', targets[1] ?? ''],
            percent: order.percent ?? PERCENT_DEFAULT,
          }),
        ]);
      case 'delay':
        return this.#delay(targets, order.ms ?? DELAY_MS_DEFAULT);
      case 'ec2-throttle':
      case 'ec2-error':
      case 'dynamodb-error':
        return this.#cloud(order);
    }
  }

  async #network(ordered: Promise<string>[]): Promise<Force['undo']> {
    const ids = await Promise.all(ordered);
    return async () => {
      await Promise.all(ids.map((id) => this.#scene.network.heal(id)));
    };
  }

  /** Kernels without netem cannot delay packets; the path to the arbiter is delayed where the lab's API end reads it. */
  #delay([one = '', other = '']: readonly string[], ms: number): Force['undo'] {
    const host = this.#hosts([one, other])[0];
    if (host === undefined || ![one, other].includes('arbiter')) {
      throw new LabError('delay-only-arbiter', 'a delay is possible between a host and the arbiter only', {
        remedy: 'name a host, for example `keepaloft lab fault delay host1/arbiter --ms 200`',
      });
    }
    this.#scene.api.delay(host.address, ms);
    return () => this.#scene.api.delay(host.address, 0);
  }

  #cloud({ kind, target, percent, code }: FaultOrder): Force['undo'] {
    const { ec2, dynamo } = this.#scene;
    const share = percent === undefined ? {} : { percent };
    const scope = WHOLE_API.has(target) ? undefined : target;
    if (kind === 'dynamodb-error') {
      dynamo.fault({ kind: 'error', ...share, ...(scope ? { target: scope } : {}) });
      return () => dynamo.heal();
    }
    const action = scope === undefined ? {} : { action: scope };
    if (kind === 'ec2-throttle') ec2.fault({ kind: 'throttle', ...share, ...action });
    else ec2.fault({ kind: 'error', code: code ?? CODE_DEFAULT, ...share, ...action });
    return () => ec2.heal();
  }

  /** What an action like `thaw` ends is no longer in force. */
  async #endEarlier(kinds: readonly FaultKind[], targets: readonly string[]): Promise<void> {
    const ending = this.#active.filter(
      (fault) => kinds.includes(fault.kind) && fault.targets.every((name) => targets.includes(name)),
    );
    for (const fault of ending) await this.heal(fault.id);
  }
}
