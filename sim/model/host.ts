/** A machine: its clocks, its kernel, its disk, its service, what its metadata service says, and at most one agent. */
import type { Assessment } from '../../core/checks.ts';
import type { EniId, NodeId } from '../../core/wire/names.ts';
import type { World } from '../world.ts';
import { Agent } from './agent.ts';
import { BootClock, WALL_START_MS } from './clock.ts';
import { Kernel } from './kernel.ts';

/** What survives the agent, in its state directory. Mirrors agent/state.ts. */
export interface Disk {
  boot: number;
  epoch: number;
  relEpoch: number;
  master: boolean;
}

const emptyDisk = (): Disk => ({ boot: 0, epoch: 0, relEpoch: 0, master: false });

export class Host {
  readonly world: World;
  readonly index: number;
  readonly name: string;
  readonly node: NodeId;
  readonly eni: EniId;
  readonly clock: BootClock;
  readonly kernel: Kernel;
  disk: Disk = emptyDisk();
  /** How far the wall clock is from true. */
  wallErrorMs: number;
  agent: Agent | undefined;
  /** Which configuration an agent started now reads. */
  configHash: string;
  on = true;
  /** When it was switched off last, and how often that has been. */
  offAt = -Infinity;
  #offs = 0;
  paused = 0;
  /** How often the whole machine has stood still. */
  pauses = 0;
  /** Nobody but the host's own programs reaches it: faults count up and down. */
  cut = 0;
  cutOut = 0;
  cutIn = 0;
  /** The same for what it sends to the other hosts, and what they send to it. */
  peersCutOut = 0;
  peersCutIn = 0;
  /** Its answers are held up on their way by as much as this. */
  lateMs = 0;
  /** Answers to regular heartbeats are lost and those to urgent ones take so long; 0: neither. */
  urgentAfterMs = 0;
  /** Of the late answers, this share never comes. */
  lateLost = 0;
  execSlow = 0;
  execFails = 0;
  /** When its commands were last well again. */
  execSince = 0;
  /** The addresses that the metadata service lists, as bits. */
  listed = 0;
  /** What its checks say of its service. */
  assessment: Assessment;
  /** Work of the host's own that waits until the machine goes on. */
  #waiting: (() => void)[] = [];

  constructor(world: World, index: number) {
    const { random, settings } = world;
    this.world = world;
    this.index = index;
    this.name = `host${index + 1}`;
    this.node = world.nodes[index] ?? '';
    this.eni = world.enis[index] ?? '';
    this.clock = new BootClock(random.between(1e6, 1e9), settings.rates[index] ?? 1, 0);
    this.kernel = new Kernel(world.queue, world.local, this.clock, settings.kernelExpiry, {
      bindingChanged: (why) => this.#bindingChanged(why),
    });
    this.wallErrorMs = random.between(-2000, 2000);
    this.configHash = world.firstConfig.hash;
    this.assessment = {
      health: 'ok',
      priority: settings.priorities[index] ?? 100,
      wavering: false,
      degradedBy: [],
    };
  }

  wallNow(): number {
    return Math.floor(WALL_START_MS + this.world.queue.now + this.wallErrorMs);
  }

  /**
   * Runs after so long of the host's own time: a machine that stands still does nothing, and what it was about to do is lost
   * when it is switched off, also if it is on again by then.
   */
  later(ms: number, run: () => void): void {
    const offs = this.#offs;
    this.world.queue.after(ms, () => {
      if (offs !== this.#offs) return;
      if (this.paused > 0) this.#waiting.push(run);
      else if (this.on) run();
    });
  }

  /** How the next `ip` or `nft` command goes. */
  exec(): { readonly execMs: number; readonly fails: boolean } {
    const { local } = this.world;
    const slowMs = this.execSlow > 0 ? local.spread(10, 2000) : 0;
    return { execMs: local.between(1, 6) + slowMs, fails: this.execFails > 0 && local.chance(0.7) };
  }

  startAgent(): void {
    if (!this.on || this.agent !== undefined) return;
    this.disk.boot = Math.max(this.wallNow(), this.disk.boot + 1);
    this.agent = new Agent(this, this.disk.boot);
    if (this.paused > 0) this.agent.freeze();
    this.agent.start();
  }

  /** The process is gone, from one instant to the next. */
  killAgent(): void {
    this.agent?.kill();
    this.agent = undefined;
  }

  agentEnded(agent: Agent): void {
    if (this.agent === agent) this.agent = undefined;
  }

  powerOff(): void {
    this.killAgent();
    this.on = false;
    this.offAt = this.world.queue.now;
    this.#offs += 1;
    this.#waiting = [];
    this.kernel.unbind(this.kernel.mask, 'powered off');
  }

  powerOn(): void {
    if (this.on) return;
    this.on = true;
    this.clock.reset(this.world.random.between(1000, 20_000), this.world.queue.now);
    this.startAgent();
  }

  /** The whole machine stands still; its boot clock counts that afterwards. */
  pause(): void {
    this.paused += 1;
    this.pauses += 1;
    if (this.paused > 1) return;
    this.kernel.pause();
    this.agent?.freeze();
    this.world.monitor.serviceChanged();
  }

  resume(): void {
    this.paused -= 1;
    if (this.paused > 0) return;
    this.kernel.resume();
    this.agent?.thaw();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const run of waiting) if (this.on) run();
    this.world.monitor.resumed(this);
    this.world.monitor.serviceChanged();
  }

  assess(assessment: Assessment): void {
    this.assessment = assessment;
    this.world.trace?.line(
      this.world.queue.now,
      this.name,
      `checks: ${assessment.health}${assessment.wavering ? ', wavering' : ''}, priority ${assessment.priority}`,
    );
    this.agent?.assessed(assessment);
  }

  loseDisk(): void {
    this.disk = emptyDisk();
  }

  /** Packets for the address go to this host now, or no longer; its metadata service follows. */
  fabricChanged(vip: number, here: boolean): void {
    const { local, weather, settings, queue } = this.world;
    if (settings.unseen === true) return;
    const lagMs =
      local.next() * settings.imdsMs + (weather.imdsLagMs > 0 ? local.next() * weather.imdsLagMs : 0);
    queue.after(lagMs, () => {
      // Read when it arrives, so that two changes in a row end in the newer one.
      const now = this.world.fabric.delivered[vip] === this.index;
      if (now !== here) return;
      const bit = 1 << vip;
      this.listed = now ? this.listed | bit : this.listed & ~bit;
      this.agent?.surroundingsChanged();
    });
  }

  #bindingChanged(why: string): void {
    this.world.trace?.line(
      this.world.queue.now,
      this.name,
      `kernel: ${this.kernel.mask === 0 ? 'nothing bound' : `bound ${this.kernel.mask.toString(2)}`} (${why})`,
    );
    this.agent?.surroundingsChanged();
    this.world.monitor.bindingChanged(this);
  }
}
