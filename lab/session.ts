/** One lab under measurement: brought up, waited for, faulted and probed. */
import { setTimeout as delay } from 'node:timers/promises';
import { connectLab, type LabClient } from './control/client.ts';
import { launchLab, type LaunchOptions } from './control/launch.ts';
import type { FaultOrder, LabInfo, LabStatus } from './control/types.ts';
import type { ProbeReport } from './probe/probe.ts';
import { watchProbes } from './scenario/watch.ts';

const POLL_MS = 100;
const READY_MS_MAX = 60_000;
/** The client must have been served without a loss for this long before a fault, and again after it. */
const STEADY_MS = 1000;

type GroupStatus = LabStatus['groups'][number];

/** Held, settled, everybody well, and the fabric delivers to the holder. */
const isQuiet = (group: GroupStatus): boolean =>
  group.phase === 'held' &&
  group.members.every((member) => member.health === 'ok' && (member.state === 'MASTER' || member.state === 'BACKUP')) &&
  group.members.every((member) => (member.bound === true) === (member.state === 'MASTER')) &&
  group.vips.every((vip) => vip.owner === group.holderHost);

/** What one fault did to the client. */
export interface Run {
  /** All the time, in milliseconds, in which the client was not served. */
  readonly outageMs: number;
  readonly lost: number;
  /** Changes of holder. */
  readonly moves: number;
  readonly owners: readonly string[];
  /** Pauses of the probing process itself: what they cost is the machine's, not the product's. */
  readonly stallMs: number;
}

export class Session {
  readonly info: LabInfo;
  readonly #client: LabClient;

  constructor(info: LabInfo) {
    this.info = info;
    this.#client = connectLab(info.dir);
  }

  static async open(options: LaunchOptions = {}): Promise<Session> {
    return new Session(await launchLab(options));
  }

  close(): Promise<void> {
    return this.#client.down();
  }

  async group(): Promise<GroupStatus> {
    const group = (await this.#client.status()).groups[0];
    if (group === undefined) throw new Error('the lab has no group');
    return group;
  }

  status(): Promise<LabStatus> {
    return this.#client.status();
  }

  fault(order: FaultOrder): ReturnType<LabClient['fault']> {
    return this.#client.fault(order);
  }

  heal(): Promise<string[]> {
    return this.#client.heal();
  }

  /** Waits until a condition holds. @throws Error naming what was waited for */
  async until(what: string, holds: () => Promise<boolean> | boolean, withinMs = READY_MS_MAX): Promise<void> {
    const deadline = performance.now() + withinMs;
    while (!(await holds())) {
      if (performance.now() > deadline) throw new Error(`waited ${withinMs} ms in vain: ${what}`);
      await delay(POLL_MS);
    }
  }

  quiet(): Promise<void> {
    return this.until('the group is held, all members are well and the fabric agrees', async () => isQuiet(await this.group()));
  }

  /**
   * Applies faults under a probing client and waits until it is served again.
   * @param phaseMs how long after everything is quiet, so that runs fall on different phases of the heartbeat
   * @param isOver when the run has shown what it should; by default another host serves
   */
  async run(orders: readonly FaultOrder[], phaseMs: number, isOver?: () => Promise<boolean> | boolean): Promise<Run> {
    await this.quiet();
    const before = await this.group();
    const watched = watchProbes(this.info, [this.info.vips[0] ?? '']);
    await watched.probes.ready;
    await this.until('the client is served', () => watched.isSteady(STEADY_MS));
    await delay(phaseMs);
    for (const order of orders) await this.fault(order);
    const another = (): boolean => watched.sights().every((sight) => sight.owner !== null && sight.owner !== before.holderHost);
    await this.until('the fault has taken effect', isOver ?? another);
    await this.until('the client is served again', () => watched.isSteady(STEADY_MS));
    const report = (await watched.probes.stop())[0];
    const after = await this.group();
    if (report === undefined) throw new Error('the probe ended without a report');
    return runOf(report, after.epoch - before.epoch);
  }
}

const runOf = ({ outageMs, lost, owners, stallMs }: ProbeReport, moves: number): Run => ({
  outageMs,
  lost,
  moves,
  owners: owners.map((owner) => owner.host),
  stallMs,
});
