/** The lab's faults by name: what each does, to whom, and how it heals. */
import { isIP } from 'node:net';
import type { ActiveFault, FaultKind, FaultOrder } from '../control/types.ts';
import { LabError } from '../errors.ts';
import { isWholeApi, type Undo } from './cloud-effects.ts';
import { type EffectScene, FaultEffects } from './fault-effects.ts';
import type { Journal } from './journal.ts';

export interface FaultScene extends EffectScene {
  readonly journal: Journal;
  /** Who holds, and who would take over now, by host name; undefined when nobody. */
  readonly resolve: (who: 'holder' | 'standby') => Promise<string | undefined>;
}

/** A fault in force: `undo` ends it. Actions that leave nothing to heal (thaw, start) have none. */
interface Force extends ActiveFault {
  readonly undo: Undo;
  readonly timer?: NodeJS.Timeout;
}

/** What an action brings back is no longer out of order. */
const ENDS: Partial<Record<FaultKind, readonly FaultKind[]>> = {
  thaw: ['freeze', 'freeze-agent'],
  start: ['kill', 'stop', 'agent', 'service', 'clock', 'boot-clock', 'instance-stop', 'instance-force-stop'],
};

/** A fault of an API strikes an operation or everything; a host's name there would strike nothing, silently. */
const apiTarget = (target: string): string => {
  if (isWholeApi(target) || /^[A-Z][A-Za-z0-9]+$/.test(target) || isIP(target) !== 0) return target;
  throw new LabError('unknown-operation', `${target} is not an operation of the API`, {
    remedy: 'name one, for example AssignPrivateIpAddresses or PutItem, or a VIP, or all',
  });
};

export class Faults {
  readonly #scene: FaultScene;
  readonly #effects: FaultEffects;
  #active: Force[] = [];
  #count = 0;

  constructor(scene: FaultScene) {
    this.#scene = scene;
    this.#effects = new FaultEffects(scene);
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
    const ended = ENDS[order.kind];
    if (ended !== undefined) await this.#endEarlier(ended, targets);
    const undo = await this.#effects.begin(order, targets);
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
    if (kind.startsWith('ec2-') || kind.startsWith('dynamodb-')) return [apiTarget(target)];
    if (kind.startsWith('events-')) return [target];
    // The Lambdas have no names here: whoever is named, it is all of them.
    if (kind === 'lambda-freeze' || (kind === 'clock' && target === 'arbiter')) return ['arbiter'];
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

  /** What an action like `thaw` ends is no longer in force. */
  async #endEarlier(kinds: readonly FaultKind[], targets: readonly string[]): Promise<void> {
    const ending = this.#active.filter(
      (fault) => kinds.includes(fault.kind) && fault.targets.every((name) => targets.includes(name)),
    );
    for (const fault of ending) await this.heal(fault.id);
  }
}
