/**
 * Sessions between hosts, in the coarse: the states of core/bfd/session.ts and the counting of agent/peers/peers.ts, with a
 * packet each way for each turn. What is decided by them is the shipped reducers' affair.
 */
import { detectionMsOf, discriminatorOf, type PeerDetection, type PeerView } from '../../core/suspicion.ts';
import type { NodeId } from '../../core/wire/names.ts';
import type { World } from '../world.ts';
import type { Agent } from './agent.ts';
import type { Host } from './host.ts';

type State = 'down' | 'init' | 'up' | 'admin-down';
/** A side that is not up sends this seldom, but for what it tells at once. */
const SLOW_MS = 1000;

interface Packet {
  readonly state: State;
  readonly from: number;
  readonly to: number;
  readonly calling: boolean;
}

/** What one run of an agent knows of one peer. */
class Side {
  readonly #world: World;
  readonly agent: Agent;
  readonly peer: Host;
  readonly #own: number;
  readonly #detectionMs: number;
  #callingUntil = -Infinity;
  #isCalled = false;
  #calls = 0;
  state: State = 'down';
  /** What the peer calls the session; 0: unknown. */
  #theirs = 0;
  #heardAt = -Infinity;
  /** What the peer said last of itself. */
  #heard: State = 'down';
  #pausedAt = -Infinity;
  #sentAt = -Infinity;
  #silent = false;
  #loss = 0;
  #lostAt: number | undefined;
  #calledBy = 0;

  constructor(world: World, agent: Agent, peer: Host, pace: PeerDetection) {
    this.#world = world;
    this.agent = agent;
    this.peer = peer;
    this.#own = discriminatorOf(agent.host.node, agent.startedAs, peer.node);
    this.#detectionMs = detectionMsOf(pace);
  }

  view(): PeerView {
    const { clock } = this.agent.host;
    const { now } = this.#world.queue;
    return {
      state: this.state,
      loss: this.#loss,
      silent: this.#silent,
      calledBy: this.#calledBy,
      calls: this.#calls,
      ...(this.#lostAt === undefined
        ? {}
        : { lostForMs: Math.max(0, clock.read(now) - clock.read(this.#lostAt)) }),
    };
  }

  /** What it sends in this turn, if anything. */
  packet(): Packet | undefined {
    const { now } = this.#world.queue;
    if (this.state !== 'up' && now - this.#sentAt < SLOW_MS) return undefined;
    return this.told();
  }

  told(): Packet {
    const { now } = this.#world.queue;
    this.#sentAt = now;
    const calling = this.state === 'up' && now < this.#callingUntil;
    return { state: this.state, from: this.#own, to: this.#theirs, calling };
  }

  /** @returns whether there is somebody to call */
  call(): boolean {
    if (this.state === 'up') this.#callingUntil = this.#world.queue.now + this.#detectionMs;
    return this.state === 'up';
  }

  /** The process stood still for so long: that was nobody's silence, but the peer may have missed this side. */
  stalled(ms: number, intervalMs: number): void {
    this.#heardAt += ms;
    if (ms >= this.#detectionMs - intervalMs) this.#pausedAt = this.#world.queue.now;
  }

  /** @returns whether the state has changed, or the peer calls */
  hear({ state, from, to, calling }: Packet): 'changed' | 'called' | undefined {
    if (to !== 0 && to !== this.#own) return undefined;
    this.#theirs = from;
    this.#heard = state;
    this.#silent = false;
    this.#heardAt = this.#world.queue.now;
    const wasUp = this.state === 'up';
    const changed = this.#enter(this.#after(state), state === 'admin-down');
    const called = wasUp && this.state === 'up' && calling !== this.#isCalled;
    this.#isCalled = calling;
    if (called) this.#calls += 1;
    return changed ? 'changed' : called ? 'called' : undefined;
  }

  #after(heard: State): State {
    const { state } = this;
    if (state === 'down') return heard === 'down' ? 'init' : heard === 'init' ? 'up' : 'down';
    if (heard === 'admin-down' || (state === 'up' && heard === 'down')) return 'down';
    return state === 'init' && heard !== 'down' ? 'up' : state;
  }

  expire(): boolean {
    const { now } = this.#world.queue;
    if (now - this.#heardAt < this.#detectionMs) return false;
    const wasUp = this.state === 'up';
    this.#theirs = 0;
    this.#isCalled = false;
    const isMutual = this.#heard === 'up';
    if (wasUp) this.#silent = isMutual && now - this.#pausedAt >= SLOW_MS + this.#detectionMs;
    this.#heard = 'down';
    return this.#enter('down', false);
  }

  #enter(to: State, orderly: boolean): boolean {
    const from = this.state;
    if (to === from) return false;
    this.state = to;
    if (to === 'up') {
      this.#lostAt = undefined;
      this.#calledBy = this.#theirs;
    } else if (from === 'up' && !orderly) {
      this.#loss = this.agent.nextLoss();
      this.#lostAt = this.#world.queue.now;
    }
    return true;
  }
}

/** All sessions of a world. */
export class PeerNet {
  readonly #world: World;
  readonly #pace: PeerDetection;
  readonly #sides = new Map<Agent, Map<NodeId, Side>>();
  /** Since when an agent has not run. */
  readonly #still = new Map<Agent, number>();

  constructor(world: World, pace: PeerDetection) {
    this.#world = world;
    this.#pace = pace;
    this.#turn();
  }

  views(agent: Agent): Record<NodeId, PeerView> {
    const views: Record<NodeId, PeerView> = {};
    for (const [node, side] of this.#sides.get(agent) ?? []) views[node] = side.view();
    return views;
  }

  /** An agent calls all its peers. */
  call(agent: Agent): void {
    for (const side of this.#sides.get(agent)?.values() ?? [])
      if (side.call()) this.#carry(side, side.told());
  }

  /** An agent has ended in order: its peers are told, thrice. */
  ended(agent: Agent): void {
    for (const side of this.#sides.get(agent)?.values() ?? []) {
      side.state = 'admin-down';
      for (let times = 0; times < 3; times += 1) this.#carry(side, side.told());
    }
    this.#sides.delete(agent);
  }

  #turn(): void {
    const { queue, hosts } = this.#world;
    // Nothing of a process that is gone is kept.
    for (const agent of this.#sides.keys()) if (agent.host.agent !== agent) this.#sides.delete(agent);
    for (const { agent } of hosts) if (agent !== undefined && this.#runs(agent)) this.#speak(agent);
    for (const { agent } of hosts) if (agent !== undefined && agent.process.isAwake) this.#look(agent);
    queue.after(this.#pace.intervalMs, () => this.#turn());
  }

  /** @returns false while its process stands still */
  #runs(agent: Agent): boolean {
    const { now } = this.#world.queue;
    if (!agent.process.isAwake) {
      if (!this.#still.has(agent)) this.#still.set(agent, now);
      return false;
    }
    const since = this.#still.get(agent);
    this.#still.delete(agent);
    if (since !== undefined)
      for (const side of this.#sides.get(agent)?.values() ?? [])
        side.stalled(now - since, this.#pace.intervalMs);
    return true;
  }

  #speak(agent: Agent): void {
    const sides = this.#sides.get(agent) ?? new Map<NodeId, Side>();
    this.#sides.set(agent, sides);
    for (const peer of this.#world.hosts) {
      if (peer === agent.host) continue;
      let side = sides.get(peer.node);
      if (side === undefined) {
        side = new Side(this.#world, agent, peer, this.#pace);
        sides.set(peer.node, side);
      }
      const packet = side.packet();
      if (packet !== undefined && !this.#isLost(agent.host, peer)) this.#arrive(side, packet);
    }
  }

  #look(agent: Agent): void {
    let changed = false;
    for (const side of this.#sides.get(agent)?.values() ?? []) {
      if ((side.state === 'up' || side.state === 'init') && side.expire()) {
        changed = true;
        this.#note(side);
        this.#carry(side, side.told());
      }
    }
    if (changed) agent.peersChanged();
  }

  #isLost(from: Host, to: Host): boolean {
    const { weather, peers } = this.#world;
    if (from.cut > 0 || to.cut > 0 || from.peersCutOut > 0 || to.peersCutIn > 0) return true;
    if (!to.on || to.paused > 0) return true;
    return weather.peerLoss > 0 && peers.chance(weather.peerLoss);
  }

  /** What is told at once takes its time; what comes with every turn does not, or there would be nothing but such events. */
  #carry(side: Side, packet: Packet): void {
    const { queue, peers } = this.#world;
    if (!this.#isLost(side.agent.host, side.peer))
      queue.after(peers.between(0.1, 1), () => this.#arrive(side, packet));
  }

  #arrive({ agent: { host }, peer: { agent } }: Side, packet: Packet): void {
    agent?.process.arrive(() => {
      const side = this.#sides.get(agent)?.get(host.node);
      const heard = side?.hear(packet);
      if (side === undefined || heard === undefined) return;
      if (heard === 'changed') {
        this.#note(side);
        this.#carry(side, side.told());
      }
      agent.peersChanged();
    });
  }

  #note({ agent, peer, state }: Side): void {
    const { trace, queue } = this.#world;
    trace?.line(queue.now, agent.host.name, `its session with ${peer.name} is ${state}`);
  }
}
