/**
 * One run of the agent: the shipped reducer in a loop like agent/loop/loop.ts and group.ts. Turns that could change
 * nothing are left out: `wakeAt` of the reducer says which those are.
 */
import type { Assessment } from '../../core/checks.ts';
import { initialHolder, stepHolder, wakeAt } from '../../core/holder/step.ts';
import type {
  GroupProfile,
  HolderContext,
  HolderEffect,
  HolderInput,
  HolderState,
} from '../../core/holder/types.ts';
import type { KernelExpiry } from '../../core/lease.ts';
import type { BootMs } from '../../core/time.ts';
import { Changes, type ChangesOwner } from './changes.ts';
import { Exchange } from './exchange.ts';
import type { Host } from './host.ts';
import { Lookout } from './lookout.ts';
import { Preparation } from './preparation.ts';
import { Process } from './process.ts';

/** As in agent/loop/loop.ts. */
const WORK_SPACING_MS = 100;
const FIRST_WITNESS_MS = 1000;
/** As in agent/hooks/runner.ts. */
const RELEASE_MS_MAX = 1500;
const TIMER_MIN_MS = 4;
/** `setTimeout(…, 0)` of Node. */
const NEXT_TURN_MS = 1;
/** Until a record that was handed to the disk is there. */
const PERSIST_MS_MAX = 15;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export class Agent implements ChangesOwner {
  readonly host: Host;
  readonly expiry: KernelExpiry | undefined;
  /** The number of this start, also if the heartbeats' has been raised above it since. */
  readonly startedAs: number;
  #losses = 0;
  readonly #ctx: Mutable<HolderContext>;
  readonly #exchange: Exchange;
  readonly #changes: Changes;
  state: HolderState;
  readonly process: Process;
  readonly #lookout: Lookout;
  readonly #preparation: Preparation;
  #running = false;
  /** The loop's one timer: a newer one makes it void. */
  #timer = 0;
  #timerAt = Infinity;
  #coreWakeAt = 0;
  #lastAlone = -Infinity;
  #written = { epoch: -1, relEpoch: -1, master: false };
  #records = 0;
  #recordOnDisk = 0;

  constructor(host: Host, boot: number) {
    this.host = host;
    const profile = host.world.profileOf(host.configHash);
    this.expiry = profile.kernelExpiry;
    this.state = initialHolder(host.disk, profile);
    this.#ctx = { now: host.clock.read(host.world.queue.now), node: host.node, profile, mayFollow: true };
    this.startedAs = boot;
    this.#exchange = new Exchange(this, boot);
    this.#changes = new Changes(this);
    this.process = new Process(host.world.queue);
    this.#lookout = new Lookout(host, this.#ctx.now);
    this.#preparation = new Preparation(host, (input) => this.process.arrive(() => this.dispatch(input)));
  }

  now(): BootMs {
    return this.host.clock.read(this.host.world.queue.now);
  }

  mask(vips: readonly string[]): number {
    return this.host.world.maskOf(vips);
  }

  get profile(): GroupProfile {
    return this.#ctx.profile;
  }

  /** Runs and does not stand still. */
  get isAwake(): boolean {
    return this.#running && this.process.isAwake;
  }

  get boot(): number {
    return this.#exchange.boot;
  }

  /** The context of this instant; one object for the whole run, since reducers keep nothing of it. */
  context() {
    const ctx = this.#ctx;
    ctx.now = this.now();
    ctx.mayFollow =
      !this.host.world.settings.shared &&
      this.state.role !== 'MASTER' &&
      this.state.lingerUntil === undefined;
    const { peerNet } = this.host.world;
    if (peerNet !== undefined) ctx.peers = peerNet.views(this);
    return ctx;
  }

  start(): void {
    const { world } = this.host;
    world.trace?.line(world.queue.now, this.host.name, `agent starts, boot ${this.boot}`);
    this.dispatch({ kind: 'assessed', assessment: this.host.assessment });
    const bound = world.lists[this.host.kernel.mask] ?? [];
    const expiresInMs = this.expiry === undefined ? undefined : this.#changes.leftovers();
    this.dispatch({ kind: 'kernel', bound, expiresInMs });
    let began = false;
    const begin = (): void => {
      if (began) return;
      began = true;
      this.#running = true;
      this.#look();
      this.#turn();
    };
    this.#witness(begin);
    this.#later(FIRST_WITNESS_MS, begin);
  }

  terminate(): void {
    this.process.arrive(() => {
      this.dispatch({ kind: 'terminate' });
      this.#turn();
    });
  }

  leaveQuietly(): void {
    this.process.arrive(() => this.dispatch({ kind: 'leave-quietly' }));
  }

  assessed(assessment: Assessment): void {
    this.process.arrive(() => this.dispatch({ kind: 'assessed', assessment }));
  }

  /** The number of one more loss of a peer. */
  nextLoss(): number {
    this.#losses += 1;
    return this.#losses;
  }

  /** Called by the sessions' own socket or timer: the process runs. */
  peersChanged(): void {
    if (this.#running) this.dispatch({ kind: 'tick' });
  }

  kill(): void {
    this.process.alive = false;
    this.host.world.trace?.line(this.host.world.queue.now, this.host.name, 'agent killed');
  }

  freeze(): void {
    this.process.freeze();
  }

  thaw(): void {
    this.process.thaw();
  }

  callBack(then: () => void): void {
    this.process.arrive(then);
  }

  #later(ms: number, run: () => void): void {
    this.process.timer(this.host.world.queue.now + ms, run);
  }

  /** Mirrors GroupRunner.dispatch and Loop.changed. */
  dispatch(said: HolderInput): void {
    if (!this.process.alive) return;
    const input = this.#understood(said);
    const before = this.state;
    const { state, effects } = stepHolder(before, input, this.context());
    this.state = state;
    if (input.kind === 'answer' && input.answer.release === true) this.#beforeRelease(before);
    if (this.expiry !== undefined) this.host.world.monitor.stepped(this.host, state, this.#ctx.now);
    if (state.role !== before.role || state.epoch !== before.epoch) this.#turned(before);
    for (const effect of effects) this.#perform(effect);
    this.#changed();
  }

  /** An agent of an older version knows of no release in a fenced group. */
  #understood(input: HolderInput): HolderInput {
    const { unasked = 0 } = this.host.world.settings;
    if (input.kind !== 'answer' || (unasked & (1 << this.host.index)) === 0) return input;
    const { release: _, ...answer } = input.answer;
    return { ...input, answer };
  }

  /** The hook, and what ends connections: bounded, and the unbinding waits for it. */
  #beforeRelease(before: HolderState): void {
    if (before.role !== 'MASTER' || this.state.role === 'MASTER') return;
    if (this.host.world.settings.release !== true) return;
    this.#changes.between(this.host.world.local.spread(1, RELEASE_MS_MAX));
    this.#changes.afterwards(() => this.#look());
  }

  #turned(before: HolderState): void {
    const { host, state } = this;
    host.world.trace?.line(
      host.world.queue.now,
      host.name,
      `${before.role} -> ${state.role}, epoch ${state.epoch}${state.relEpoch > 0 ? `, gave up ${state.relEpoch}` : ''}`,
    );
    host.world.monitor.turned(host, before, state);
    if (before.role === 'MASTER' && state.role !== 'MASTER' && this.#changes.mayHave) {
      // The reducer knows only what was seen, and may have seen nothing although something is bound.
      this.#changes.unbind({ kind: 'unbind', vips: this.profile.vips });
      this.state = { ...state, bound: this.profile.vips };
    }
  }

  #perform(effect: HolderEffect): void {
    switch (effect.kind) {
      case 'bind':
        this.host.world.monitor.bindOrdered(this.host, effect, this.state);
        this.#changes.bind(effect);
        return;
      case 'unbind':
        this.#changes.unbind(effect);
        return;
      case 'beat':
        this.#beatAlone(effect.why);
        return;
      case 'left':
        this.#changes.afterwards(() => this.#end('left'));
        return;
      case 'prepare':
        this.#changes.afterwards(() => this.#preparation.run(effect.epoch));
        return;
      case 'call':
        this.host.world.peerNet?.call(this);
        return;
      case 'hook':
      case 'persist':
        return;
      case 'log':
        this.host.world.trace?.line(this.host.world.queue.now, this.host.name, effect.message);
    }
  }

  #beatAlone(why: string): void {
    if (!this.#running) return;
    const now = this.#ctx.now;
    const at = why === 'work' ? Math.max(now, this.#lastAlone + WORK_SPACING_MS) : now;
    this.#lastAlone = at;
    this.#later(Math.max(NEXT_TURN_MS, at - now), () => {
      if (this.#running && this.#exchange.hasRoom('urgent')) this.#exchange.send('urgent');
    });
  }

  #changed(): void {
    if (!this.#running) return;
    this.#remember();
    this.#arm();
  }

  /**
   * Behind the loop's back: a kill within the next moments loses it. Only ever raises epochs, and no older record is
   * written after a newer one, as in agent/state.ts.
   */
  #remember(): void {
    const { host, state } = this;
    const master = state.role === 'MASTER' || state.resuming;
    const { epoch, relEpoch } = state;
    if (
      epoch === this.#written.epoch &&
      relEpoch === this.#written.relEpoch &&
      master === this.#written.master
    )
      return;
    this.#written = { epoch, relEpoch, master };
    const { disk } = host;
    this.#records += 1;
    const record = this.#records;
    host.later(host.world.local.between(1, PERSIST_MS_MAX), () => {
      // What a process that is gone had not handed over yet is lost.
      if (host.agent !== this || record < this.#recordOnDisk) return;
      this.#recordOnDisk = record;
      disk.epoch = Math.max(disk.epoch, epoch);
      disk.relEpoch = Math.max(disk.relEpoch, relEpoch);
      disk.master = master;
    });
  }

  #end(how: string): void {
    this.#running = false;
    const { host } = this;
    host.world.trace?.line(host.world.queue.now, host.name, `agent ends: ${how}`);
    // What was being written is written: the process waits for its disk.
    const { epoch, relEpoch, role } = this.state;
    host.disk.epoch = Math.max(host.disk.epoch, epoch);
    host.disk.relEpoch = Math.max(host.disk.relEpoch, relEpoch);
    host.disk.master = role === 'MASTER';
    host.world.peerNet?.ended(this);
    this.process.alive = false;
    host.agentEnded(this);
  }

  /** Another agent speaks for this host: stop, and leave everything as it is. */
  superseded(): void {
    this.host.world.monitor.superseded(this.host);
    this.#end('superseded');
  }

  confirmed(mask: number): void {
    this.dispatch({ kind: 'kernel', bound: this.host.world.lists[mask] ?? [] });
  }

  failed(mask: number): void {
    this.#lookout.again = true;
    this.dispatch({ kind: 'kernel', bound: this.host.world.lists[mask] ?? [], failed: true });
  }

  #look(): void {
    if (!this.#changes.isIdle) return;
    this.#lookout.again = false;
    const seen = this.#changes.bound(this.host.kernel.mask);
    this.dispatch({ kind: 'kernel', bound: this.host.world.lists[seen] ?? [] });
  }

  /** The kernel or the metadata service shows something else: the loop finds out at its own pace. */
  surroundingsChanged(): void {
    if (this.process.isAwake) this.#arm();
  }

  #turn(): void {
    if (!this.#running) return;
    const now = this.now();
    if (this.#lookout.takeLook(this.state, now)) this.#look();
    if (now >= this.#lookout.witnessAt(this.state, now)) this.#witness();
    if (now >= this.#coreWakeAt) this.dispatch({ kind: 'tick' });
    if (this.#running && now >= this.state.nextBeatAt && this.#exchange.hasRoom('regular'))
      this.#exchange.send('regular');
    this.#arm();
  }

  #arm(): void {
    if (!this.#running) return;
    const ctx = this.context();
    const { now } = ctx;
    const { state } = this;
    this.#coreWakeAt = wakeAt(state, ctx);
    const beatAt = this.#exchange.hasRoom('regular') ? state.nextBeatAt : this.#exchange.roomAt();
    const lookAt = Math.min(this.#lookout.lookAt(state, now), this.#lookout.witnessAt(state, now));
    const wake = Math.max(now + TIMER_MIN_MS, Math.min(this.#coreWakeAt, beatAt, lookAt));
    if (wake === this.#timerAt) return;
    this.#timerAt = wake;
    this.#timer += 1;
    const timer = this.#timer;
    this.process.timer(this.host.clock.worldAt(wake), () => this.#ring(timer));
  }

  #ring(timer: number): void {
    if (timer !== this.#timer) return;
    this.#timerAt = Infinity;
    this.#turn();
  }

  #witness(then?: () => void): void {
    this.#lookout.witnessed(this.now());
    const { host } = this;
    const { local, weather } = host.world;
    const fails = weather.imdsError > 0 && local.chance(weather.imdsError);
    host.later(local.between(1, 5), () =>
      this.process.arrive(() => {
        const listed = fails ? 'unknown' : (host.world.lists[host.listed] ?? []);
        this.dispatch({ kind: 'witness', listed });
        this.#lookout.witnessing = false;
        then?.();
        this.#arm();
      }),
    );
  }
}
