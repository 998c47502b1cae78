/**
 * What each fault does to the lab, and how it is undone: those of hosts, their network and the Lambdas. Those of AWS's services are in
 * `cloud-effects.ts`. Who is meant, and for how long, is decided in `faults.ts`.
 */
import type { FaultOrder } from '../control/types.ts';
import type { ApiGateway } from '../ends/api/gateway.ts';
import { LabError } from '../errors.ts';
import { requireProgram, run } from '../net/exec.ts';
import type { NetworkFaults } from '../net/faults.ts';
import { CloudEffects, type CloudScene, type Undo } from './cloud-effects.ts';
import type { ClockOffsets, Hosts, Program } from './hosts.ts';
import type { Managers } from './managers.ts';
import type { PlannedHost } from './plan.ts';

/** The parts of a lab that faults strike. */
export interface EffectScene extends CloudScene {
  readonly hosts: Hosts;
  readonly network: NetworkFaults;
  readonly managers: Managers;
  readonly api: ApiGateway;
  /** The environments of the arbiter's Lambda. */
  readonly arbiter: {
    freeze(forMs: number): void;
    thaw(): void;
    /** 0 puts it right. */
    shiftClock(offsetMs: number): void;
  };
  /** The words to put before a program so that it runs on a host. */
  readonly enter: (host: string) => readonly string[];
}

/** How long a stopped agent may take before it is killed, as systemd would do it. */
const STOP_MS_MAX = 8000;
const PERCENT_DEFAULT = 50;
/** A real one passes once a minute at most; a fault is to show something sooner. */
const PACE_MS_DEFAULT = 2000;
const DELAY_MS_DEFAULT = 100;
const CLOCK_OFFSET_MS_DEFAULT = 3_600_000;
const MS_PER_S = 1000;
/** A frozen Lambda is thawed by the heal; this long after it thaws by itself, whatever happens to the lab. */
const FREEZE_MS_MAX = 86_400_000;

const uptimeS = (text: string): number => Number(text.split(' ')[0]);

export class FaultEffects {
  readonly #scene: EffectScene;
  readonly #cloud: CloudEffects;

  constructor(scene: EffectScene) {
    this.#scene = scene;
    this.#cloud = new CloudEffects(scene);
  }

  /**
   * Does it.
   * @param targets the host names, ends or operations that `order.target` stands for now
   * @returns how to undo it, or undefined when there is nothing to undo
   * @throws LabError when it cannot be done; then nothing has changed
   */
  async begin(order: FaultOrder, targets: readonly string[]): Promise<Undo | undefined> {
    switch (order.kind) {
      case 'kill':
      case 'freeze':
      case 'freeze-agent':
      case 'thaw':
      case 'stop':
      case 'start':
      case 'restart':
      case 'agent':
      case 'service':
        return this.#processes(order.kind, this.#hosts(targets), this.#servicesOf(order));
      case 'old-config':
        return this.#oldConfig(this.#hosts(targets));
      case 'clock':
      case 'boot-clock':
        return this.#clock(order, targets);
      case 'cut-host':
      case 'cut-peers':
      case 'cut-arbiter':
      case 'cut-to-arbiter':
      case 'cut-from-arbiter':
      case 'loss':
        return this.#network(order, targets);
      case 'delay':
        return this.#delay(targets, order.ms ?? DELAY_MS_DEFAULT);
      case 'net-utils':
      case 'address-manager':
        return this.#scene.managers.begin(order.kind, this.#hosts(targets), order.ms ?? PACE_MS_DEFAULT);
      case 'lambda-freeze':
        this.#scene.arbiter.freeze(order.forMs ?? FREEZE_MS_MAX);
        return () => this.#scene.arbiter.thaw();
      default:
        return this.#cloud.begin(order.kind, order, this.#hosts(targets));
    }
  }

  #hosts(names: readonly string[]): PlannedHost[] {
    return this.#scene.hosts.all.filter((host) => names.includes(host.name));
  }

  /** The services that are meant: one by its name, or all. @throws LabError `unknown-service` */
  #servicesOf({ service }: FaultOrder): readonly Program[] {
    const { services } = this.#scene.hosts;
    if (service === undefined) return services;
    if (services.includes(service)) return [service];
    throw new LabError('unknown-service', `the lab has no service ${service}`, {
      remedy: `name one of: ${services.join(', ')}`,
    });
  }

  async #processes(
    kind: 'kill' | 'freeze' | 'freeze-agent' | 'thaw' | 'stop' | 'start' | 'restart' | 'agent' | 'service',
    affected: readonly PlannedHost[],
    services: readonly Program[],
  ): Promise<Undo | undefined> {
    const { hosts } = this.#scene;
    const signal = (what: NodeJS.Signals, programs: readonly Program[]): void => {
      for (const host of affected) for (const program of programs) hosts.signal(host.name, program, what);
    };
    const start = (): void => affected.forEach((host) => hosts.startAll(host));
    switch (kind) {
      case 'kill':
        await Promise.all(affected.map((host) => hosts.switchOff(host.name)));
        return start;
      case 'agent':
        signal('SIGKILL', ['agent']);
        await Promise.all(affected.map((host) => hosts.gone(host.name, 'agent')));
        return start;
      case 'service':
        signal('SIGKILL', services);
        return start;
      case 'restart':
        await this.#restart(affected, {});
        return undefined;
      case 'freeze':
        signal('SIGSTOP', hosts.programs);
        return () => signal('SIGCONT', hosts.programs);
      case 'freeze-agent':
        signal('SIGSTOP', ['agent']);
        return () => signal('SIGCONT', ['agent']);
      case 'thaw':
        signal('SIGCONT', hosts.programs);
        return undefined;
      case 'start':
        start();
        return undefined;
      case 'stop':
        signal('SIGTERM', ['agent']);
        return async () => {
          // An agent that still hands over must be gone before the next one can start.
          await Promise.all(affected.map((host) => hosts.ended(host.name, 'agent', STOP_MS_MAX)));
          start();
        };
    }
  }

  /** Kills the agents and starts them at once, with clocks of their own. */
  async #restart(affected: readonly PlannedHost[], clocks: ClockOffsets): Promise<void> {
    const { hosts } = this.#scene;
    await Promise.all(
      affected.map(async (host) => {
        hosts.signal(host.name, 'agent', 'SIGKILL');
        await hosts.gone(host.name, 'agent');
        hosts.start(host, 'agent', clocks);
      }),
    );
  }

  /** The agents go on with what an earlier deployment gave them. */
  async #oldConfig(affected: readonly PlannedHost[]): Promise<Undo> {
    const { hosts } = this.#scene;
    const become = async (which: 'newest' | 'earlier'): Promise<void> => {
      for (const host of affected) hosts.configure(host, which);
      await this.#restart(affected, {});
    };
    await become('earlier');
    return () => become('newest');
  }

  async #clock({ kind, offsetMs }: FaultOrder, targets: readonly string[]): Promise<Undo> {
    const { arbiter } = this.#scene;
    const byMs = offsetMs ?? CLOCK_OFFSET_MS_DEFAULT;
    if (targets.includes('arbiter')) {
      arbiter.shiftClock(byMs);
      return () => arbiter.shiftClock(0);
    }
    const affected = this.#hosts(targets);
    if (kind === 'boot-clock') await this.#checkBootClock(byMs, affected);
    await this.#restart(
      affected,
      kind === 'clock' ? { wallMs: byMs } : { bootS: Math.round(byMs / MS_PER_S) },
    );
    return () => this.#restart(affected, {});
  }

  /** Whether a time namespace does here what it should; where it does nothing, a fault must not look like one. */
  async #checkBootClock(byMs: number, [host]: readonly PlannedHost[]): Promise<void> {
    if (byMs < MS_PER_S) {
      throw new LabError('bad-offset', 'a boot clock can only be ahead, by whole seconds', {
        remedy: 'give --offset-ms 1000 or more',
      });
    }
    const cat = requireProgram('cat', 'coreutils');
    const unshare = requireProgram('unshare', 'util-linux');
    const aheadS = 1000;
    const words = ['--time', '--boottime', String(aheadS), '--', cat, '/proc/uptime'];
    const enter = host === undefined ? [] : this.#scene.enter(host.name);
    try {
      const here = uptimeS(await run([cat, '/proc/uptime']));
      if (uptimeS(await run([...enter, unshare, ...words])) - here > aheadS / 2) return;
    } catch (cause) {
      throw noTimeNamespace(cause);
    }
    throw noTimeNamespace(undefined);
  }

  async #network({ kind, target, percent }: FaultOrder, targets: readonly string[]): Promise<Undo> {
    const { network } = this.#scene;
    // One rule for all hosts cuts each pair once.
    const names = target === 'all' ? ['all'] : this.#hosts(targets).map((host) => host.name);
    const each = (cut: (host: string) => Promise<string>): Promise<string[]> => Promise.all(names.map(cut));
    const cuts = async (): Promise<string[]> => {
      switch (kind) {
        case 'cut-host':
          return Promise.all(this.#hosts(targets).map((host) => network.cutHost(host.name)));
        case 'cut-peers':
          return each((host) => network.cutPeers(host));
        case 'cut-to-arbiter':
          return each((host) => network.cutArbiter(host, 'to'));
        case 'cut-from-arbiter':
          return each((host) => network.cutArbiter(host, 'from'));
        case 'loss': {
          const [one = '', other = ''] = targets;
          return [await network.loss({ between: [one, other], percent: percent ?? PERCENT_DEFAULT })];
        }
        default:
          return each((host) => network.cutArbiter(host));
      }
    };
    const ids = await cuts();
    return async () => {
      await Promise.all(ids.map((id) => network.heal(id)));
    };
  }

  /** Kernels without netem cannot delay packets; the path to the arbiter is delayed where the lab's API end reads it. */
  #delay([one = '', other = '']: readonly string[], ms: number): Undo {
    const host = this.#hosts([one, other])[0];
    if (host === undefined || ![one, other].includes('arbiter')) {
      throw new LabError('delay-only-arbiter', 'a delay is possible between a host and the arbiter only', {
        remedy: 'name a host, for example `keepaloft lab fault delay host1/arbiter --ms 200`',
      });
    }
    this.#scene.api.delay(host.address, ms);
    return () => this.#scene.api.delay(host.address, 0);
  }
}

const noTimeNamespace = (cause: unknown): LabError =>
  new LabError('no-time-namespace', 'this machine cannot put a program into a time namespace', {
    remedy: 'it needs Linux 6.3 or newer and util-linux 2.38',
    ...(cause === undefined ? {} : { cause }),
  });
