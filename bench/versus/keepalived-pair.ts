/** keepalived on two hosts, with a script that moves the address when one of them becomes MASTER. */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { LabInfo } from '../../lab/control/types.ts';
import { run } from '../../lab/net/exec.ts';
import { EC2_PORT, HTTP_PORT, VPC } from '../../lab/supervisor/plan.ts';
import { BenchError } from '../errors.ts';
import { keepalivedConf } from './conf.ts';
import { Keepalived, killIfThere } from './keepalived.ts';
import { hostIn, type Pair, peerOf, until } from './pair.ts';
import { Afflictions, type Stage, vipOf } from './stage.ts';
import type { System } from './systems.ts';

/** The same as those of the lab's own group. */
const PRIORITIES = [200, 150] as const;
/** From a start of both to one MASTER: two seconds of checks, four adverts, and slack for a busy machine. */
const ELECTION_MS_MAX = 15_000;
/** States and routes that have not changed for so long are taken for settled, besides one advert. */
const REST_MS = 500;
const DELIVERY_MS_MAX = 5000;
const TRIES_MAX = 3;
/**
 * At adverts of 30 ms a machine that is short of CPU makes both hosts MASTER again and again, and each time a script
 * starts that takes more CPU. Nothing but an end of keepalived stops that, so with more scripts than these it is ended.
 */
const SCRIPTS_MAX = 10;
const STORM_POLL_MS = 250;
/** A hand-over by SIGTERM starts the script as a failover does. */
const HANDOVER_WINDOW = { leadMs: 0, activeMsMax: 3500 };

/** The command that gives the VIP to a host. */
export const moveCommand = (
  stage: Pick<Stage, 'info' | 'programs'>,
  system: System,
  vip: string,
  host: string,
): string[] => {
  const { eni, address } = hostIn(stage.info, host);
  const { aws, ip } = stage.programs;
  if (system.mover === 'route') {
    const route = ['route', 'replace', `${vip}/32`, 'via', address, 'dev', `v-${host}`, 'onlink'];
    return [ip, '-n', stage.info.fabric.netns, ...route];
  }
  const call = ['--network-interface-id', eni, '--private-ip-addresses', vip, '--allow-reassignment'];
  const endpoint = ['--endpoint-url', `https://${VPC.api}:${EC2_PORT}`];
  return [aws, 'ec2', 'assign-private-ip-addresses', ...endpoint, ...call];
};

/** What a script on an EC2 instance would find: no keys, they come from the metadata service. */
const scriptEnv = ({ dir, env }: LabInfo): Record<string, string> => ({
  AWS_CA_BUNDLE: join(dir, 'ca.pem'),
  AWS_DEFAULT_REGION: env['AWS_REGION'] ?? '',
  AWS_PAGER: '',
  HOME: '/nonexistent',
});

export class KeepalivedPair implements Pair {
  readonly system: System;
  readonly stage: Stage;
  readonly vip: string;
  readonly hosts: readonly [string, string];
  readonly afflictions: Afflictions;
  readonly #daemons: readonly [Keepalived, Keepalived];
  readonly #stormWatch: NodeJS.Timeout;
  #stormEnded = false;

  /** @param index among the pairs of keepalived in this lab */
  constructor(stage: Stage, system: System, index: number) {
    this.stage = stage;
    this.system = system;
    this.vip = vipOf(index);
    // The lab's own group is on the first two hosts.
    this.hosts = [`host${2 * index + 3}`, `host${2 * index + 4}`];
    this.afflictions = new Afflictions(stage.session);
    this.#daemons = [this.#daemon(this.hosts[0], PRIORITIES[0]), this.#daemon(this.hosts[1], PRIORITIES[1])];
    this.#stormWatch = setInterval(() => this.#endStorm(), STORM_POLL_MS);
  }

  async settle(preferred: string | null): Promise<string> {
    await this.afflictions.heal();
    this.#stormEnded = false;
    try {
      // One that still leaves could not be started again.
      await Promise.all(this.#daemons.map((daemon) => daemon.ended()));
      const holder = await this.#resume();
      await this.#deliverTo(holder);
      return preferred === null || preferred === holder ? holder : await this.#handOver(holder);
    } catch (error) {
      // A pair that does not come to rest must not disturb the others.
      await Promise.all(this.#daemons.map((daemon) => daemon.kill()));
      throw error;
    }
  }

  async kill(host: string): Promise<void> {
    await Promise.all([this.#on(host).kill(), this.afflictions.add({ kind: 'service', target: host })]);
  }

  stop(host: string): Promise<void> {
    this.#on(host).terminate();
    return Promise.resolve();
  }

  processes(host: string): Promise<number[]> {
    const pids = this.#on(host).pids();
    if (pids.length < 2) throw new BenchError(`keepalived does not run on ${host}`);
    return Promise.resolve(pids);
  }

  verify(): void {
    if (this.#stormEnded) throw new BenchError(`ended with more than ${SCRIPTS_MAX} scripts running at once`);
  }

  async close(): Promise<void> {
    clearInterval(this.#stormWatch);
    await Promise.all(this.#daemons.map((daemon) => daemon.close()));
  }

  #daemon(host: string, priority: number): Keepalived {
    const { info, programs } = this.stage;
    const { address, netns } = hostIn(info, host);
    const peerAddress = hostIn(info, peerOf(this, host)).address;
    const { vip, system } = this;
    const conf = keepalivedConf({
      name: host,
      address,
      peerAddress,
      vip,
      priority,
      advertMs: system.advertMs ?? 1000,
      servicePort: HTTP_PORT,
      notifyMaster: moveCommand(this.stage, system, vip, host),
    });
    const options = {
      host,
      enter: info.enter[netns] ?? [],
      labId: info.lab,
      dir: join(info.dir, 'keepalived', host),
      programs,
      env: scriptEnv(info),
    };
    return new Keepalived(options, conf);
  }

  #on(host: string): Keepalived {
    const daemon = this.#daemons.find((one) => one.host === host);
    if (daemon === undefined) throw new BenchError(`${host} is not of this pair`);
    return daemon;
  }

  /** The MASTER, when the other one is BACKUP; null otherwise. */
  #master(): string | null {
    const [first, second] = this.#daemons;
    if (first.isClosed) throw new BenchError('the pair is not needed any more');
    if (first.state === 'MASTER' && second.state === 'BACKUP') return first.host;
    return second.state === 'MASTER' && first.state === 'BACKUP' ? second.host : null;
  }

  #explain = (): string =>
    this.#daemons.map(({ host, state, lastWords }) => `; ${host} ${state ?? 'off'}: ${lastWords}`).join('');

  /** Waits until one host is MASTER, the other BACKUP, and this has lasted. */
  async #elected(): Promise<string> {
    const restMs = REST_MS + (this.system.advertMs ?? 0);
    let master: string | null = null;
    let sinceMs = performance.now();
    const isSettled = (): boolean => {
      const now = this.#master();
      if (now !== master) sinceMs = performance.now();
      master = now;
      return master !== null && performance.now() - sinceMs >= restMs;
    };
    await until('one MASTER and one BACKUP', isSettled, ELECTION_MS_MAX, this.#explain);
    return master ?? '';
  }

  /** Starts what does not run. When neither does, or they do not agree, one after the other: together both would be MASTER. */
  async #resume(): Promise<string> {
    if (this.#daemons.some(({ state }) => state !== null)) {
      for (const daemon of this.#daemons) daemon.start();
      const holder = await this.#elected().catch(() => null);
      if (holder !== null) return holder;
    }
    await Promise.all(this.#daemons.map((daemon) => daemon.kill()));
    const [first, second] = this.#daemons;
    first.start();
    await until(`${first.host} is MASTER`, () => first.state === 'MASTER', ELECTION_MS_MAX, this.#explain);
    second.start();
    return this.#elected();
  }

  #endStorm(): void {
    const scripts = this.#daemons.flatMap((daemon) => daemon.scripts());
    if (scripts.length <= SCRIPTS_MAX) return;
    this.#stormEnded = true;
    for (const daemon of this.#daemons) void daemon.kill();
    for (const pid of scripts) killIfThere(pid);
  }

  /** What a fault has left elsewhere is put right by hand, as an operator would have to. */
  async #deliverTo(holder: string): Promise<void> {
    const { fabric } = this.stage;
    const isThere = (): boolean => fabric.owner(this.vip) === holder;
    for (let tries = 0; tries < TRIES_MAX; tries += 1) {
      if (!isThere()) await this.#move(holder);
      await until(`the fabric delivers ${this.vip} to ${holder}`, isThere, DELIVERY_MS_MAX);
      // A script that a fault has started late may still be under way.
      await delay(REST_MS);
      if (isThere() && this.#master() === holder) return;
    }
    throw new BenchError(`${this.vip} does not stay with ${holder}${this.#explain()}`);
  }

  async #move(host: string): Promise<void> {
    const { system, vip, stage } = this;
    if (system.mover === 'cli') await stage.assign(hostIn(stage.info, host).eni, vip);
    else await run(moveCommand(stage, system, vip, host));
  }

  async #handOver(holder: string): Promise<string> {
    const peer = peerOf(this, holder);
    const leave = await this.stage.timetable.enter(HANDOVER_WINDOW);
    const isHandedOver = (): boolean =>
      this.#on(peer).state === 'MASTER' && this.stage.fabric.owner(this.vip) === peer;
    try {
      this.#on(holder).terminate();
      await until(`${peer} takes over`, isHandedOver, ELECTION_MS_MAX, this.#explain);
    } finally {
      leave();
    }
    await this.#on(holder).ended();
    this.#on(holder).start();
    const elected = await this.#elected();
    if (elected !== peer) throw new BenchError(`${peer} did not stay MASTER${this.#explain()}`);
    return peer;
  }
}
