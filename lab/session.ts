/** One lab under observation: brought up, waited for, faulted, and probed by a client meanwhile. */
import { setTimeout as delay } from 'node:timers/promises';
import { connectLab, journalFrom, type LabClient } from './control/client.ts';
import { type LaunchOptions, launchLab } from './control/launch.ts';
import type { FaultOrder, JournalEntry, LabInfo, LabStatus } from './control/types.ts';
import type { ProbeReport } from './probe/probe.ts';
import { lostBeyondStalls } from './probe/stalls.ts';
import { watchProbes } from './scenario/watch.ts';

export { lostBeyondStalls, outageBeyondStalls } from './probe/stalls.ts';

const POLL_MS = 100;
const READY_MS_MAX = 60_000;
/** A client that has been served without a loss for this long is one that is served, before a fault… */
const SERVED_MS = 250;
/** …and this long after one, so that an outage that follows the first answers is part of what is measured. */
const SERVED_AGAIN_MS = 1000;

export type GroupStatus = LabStatus['groups'][number];

/** Held, settled, everybody well, and the fabric delivers to the holder. */
const isQuiet = (group: GroupStatus): boolean =>
  group.phase === 'held' &&
  group.members.every(
    (member) => member.health === 'ok' && (member.state === 'MASTER' || member.state === 'BACKUP'),
  ) &&
  group.members.every((member) => (member.bound === true) === (member.state === 'MASTER')) &&
  group.vips.every((vip) => vip.owner === group.holderHost);

/** Who should take over if the holder went: the highest priority among the others. */
export const bestStandbyHost = (group: GroupStatus): string | undefined =>
  group.members
    .filter((member) => member.node !== group.holder)
    .toSorted((a, b) => (b.priority ?? 0) - (a.priority ?? 0))[0]?.host;

/** A running client of every VIP. */
export interface Watch {
  /** Who answers now for the first VIP of the first group; null while nobody does. */
  readonly owner: () => string | null;
  /** Since when (wall clock, milliseconds) the first group has been answered without a pause; null while it is not. */
  readonly servedSinceMs: () => number | null;
  /** Every VIP has been answered for this long without a pause. */
  readonly isSteady: (forMs: number) => boolean;
}

/** What happened while something was done to a lab. */
export interface Observed {
  /** Changes of holder. */
  readonly moves: number;
  /** The arbiter's `transfer` entries, oldest first. */
  readonly transfers: readonly JournalEntry[];
  /** Of the group's first VIP. */
  readonly report: ProbeReport;
  /** Of each VIP, in the order of the configuration. */
  readonly reports: readonly ProbeReport[];
  /** Probes lost, of all VIPs, that no pause of the prober explains, see {@link lostBeyondStalls}. */
  readonly lost: number;
}

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
  readonly client: LabClient;

  constructor(info: LabInfo) {
    this.info = info;
    this.client = connectLab(info.dir);
  }

  static async open(options: LaunchOptions = {}): Promise<Session> {
    return new Session(await launchLab(options));
  }

  close(): Promise<void> {
    return this.client.down();
  }

  /** A group's status. @param name by default the first group's */
  async group(name?: string): Promise<GroupStatus> {
    const { groups } = await this.client.status();
    const group = name === undefined ? groups[0] : groups.find((one) => one.name === name);
    if (group === undefined) throw new Error(`the lab has no group ${name ?? ''}`);
    return group;
  }

  status(): Promise<LabStatus> {
    return this.client.status();
  }

  fault(order: FaultOrder): ReturnType<LabClient['fault']> {
    return this.client.fault(order);
  }

  /** Ends one fault, or all. */
  heal(id?: string): Promise<string[]> {
    return this.client.heal(id);
  }

  /** Everything the lab has noted from entry `from` on. */
  async journal(from = 0): Promise<JournalEntry[]> {
    return (await journalFrom(this.client, from)).entries;
  }

  /** Where the journal is now: what happens later has this number or a higher one. */
  async mark(): Promise<number> {
    return (await journalFrom(this.client)).next;
  }

  /** Waits until a condition holds. @throws Error naming what was waited for */
  async until(what: string, holds: () => Promise<boolean> | boolean, withinMs = READY_MS_MAX): Promise<void> {
    const deadline = performance.now() + withinMs;
    while (!(await holds())) {
      if (performance.now() > deadline) throw new Error(`waited ${withinMs} ms in vain: ${what}`);
      await delay(POLL_MS);
    }
  }

  /** Waits until every group is held, its members are well, and the fabric agrees. */
  quiet(): Promise<void> {
    return this.until('every group is held, all members are well and the fabric agrees', async () =>
      (await this.status()).groups.every(isQuiet),
    );
  }

  /**
   * Waits until everything is quiet and a client of every group is served, does something, waits until the client is
   * served again, and tells by group what the client and the journal saw from beginning to end.
   * @param during may look at the client of the first group through its argument
   */
  async observeAll(during: (watch: Watch) => Promise<void>): Promise<Record<string, Observed>> {
    await this.quiet();
    const before = (await this.status()).groups;
    const from = await this.mark();
    const watched = watchProbes(
      this.info,
      before.flatMap((group) => group.vips.map(({ address }) => address)),
    );
    const watch: Watch = {
      owner: () => watched.sights()[0]?.owner ?? null,
      servedSinceMs: () => watched.sights()[0]?.steadySinceMs ?? null,
      isSteady: (forMs) => watched.isSteady(forMs),
    };
    try {
      await watched.probes.ready;
      await this.until('the client is served', () => watch.isSteady(SERVED_MS));
      await during(watch);
      await this.until('the client is served again', () => watch.isSteady(SERVED_AGAIN_MS));
    } catch (error) {
      // What the caller has to hear about is why the observation broke off, not how the client then ended.
      await watched.probes.stop().catch(() => undefined);
      throw error;
    }
    const reports = await watched.probes.stop();
    const after = (await this.status()).groups;
    const transfers = (await this.journal(from)).filter((entry) => entry.kind === 'transfer');
    const observed = (group: GroupStatus): [string, Observed] => {
      const own = group.vips.flatMap(({ address }) => reports.filter(({ vip }) => vip === address));
      const [report] = own;
      const epoch = after.find((one) => one.name === group.name)?.epoch;
      if (report === undefined || epoch === undefined) throw new Error(`nothing was seen of ${group.name}`);
      const moved = transfers.filter((entry) => entry['group'] === group.name);
      const lost = own.reduce((sum, one) => sum + lostBeyondStalls(one), 0);
      return [group.name, { moves: epoch - group.epoch, transfers: moved, report, reports: own, lost }];
    };
    return Object.fromEntries(before.map(observed));
  }

  /** As {@link observeAll}, for the first group. */
  async observe(during: (watch: Watch) => Promise<void>): Promise<Observed> {
    const [first] = Object.values(await this.observeAll(during));
    if (first === undefined) throw new Error('the lab has no group');
    return first;
  }

  /**
   * Applies faults under a probing client and waits until it is served again.
   * @param phaseMs how long after everything is quiet, so that runs fall on different phases of the heartbeat
   * @param isOver when the run has shown what it should; by default another host serves
   */
  async run(
    orders: readonly FaultOrder[],
    phaseMs: number,
    isOver?: () => Promise<boolean> | boolean,
  ): Promise<Run> {
    const { report, moves } = await this.observe(async (watch) => {
      const holder = watch.owner();
      await delay(phaseMs);
      for (const order of orders) await this.fault(order);
      const another = (): boolean => watch.owner() !== null && watch.owner() !== holder;
      await this.until('the fault has taken effect', isOver ?? another);
    });
    const { outageMs, lost, owners, stallMs } = report;
    return { outageMs, lost, moves, owners: owners.map((owner) => owner.host), stallMs };
  }
}
