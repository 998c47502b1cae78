/** A world on which the commands of a story are played, and what its reader is told. */
import type { Command } from '../../../core/election/types.ts';
import { A, B, C, STRANGER_ENI, VIP } from '../fixtures.ts';
import type { Host } from '../story/host.ts';
import { World } from '../story/world.ts';
import { ServiceCheck } from './checks.ts';
import type { Setting } from './setting.ts';
import { statusLines } from './status.ts';
import { named, secondsOf, Tape } from './tape.ts';

const STEP_MS = 10;
/** Other groups of this arbiter, for the brake; no group of a story is called so. */
const OTHER = 'other';

const NODES: Readonly<Record<string, string>> = { a: A, b: B, c: C };

export class Stage {
  readonly world: World;
  readonly #tape = new Tape();
  readonly #checks: ReadonlyMap<Host, ServiceCheck>;
  readonly #startedAt: number;

  /** Everything runs, one host serves and the fabric has settled; the story's clock begins there. */
  constructor({ options, priorities }: Setting) {
    const world = new World(options);
    this.world = world;
    this.#checks = new Map(
      world.hosts.map((host, index) => [host, new ServiceCheck(world, host, priorities[index] ?? 100)]),
    );
    world.steady();
    this.#startedAt = world.now;
    world.onTold = (who, what) => this.#tape.tell(this.nowMs, who, what);
  }

  /** Since the story began. */
  get nowMs(): number {
    return this.world.now - this.#startedAt;
  }

  status(): string[] {
    return statusLines(this.world, this.nowMs);
  }

  /** What was told since the last call; the client sees at once what has just been done. */
  take(): string[] {
    this.world.run(0);
    return this.#tape.take();
  }

  say(who: string, what: string): void {
    this.#tape.tell(this.nowMs, who, what);
  }

  host(name: string): Host {
    const host = this.world.hosts.find(({ node }) => node === NODES[name]);
    if (host === undefined) throw new Error(`there is no host ${name}`);
    return host;
  }

  /** Lets time pass, and sums up what that was like for the client. */
  pass(run: () => void): string[] {
    const { world } = this;
    const [darkBefore, movesBefore] = [world.outageMs, world.transfers.length];
    run();
    const moves = world.transfers.length - movesBefore;
    const by = world.server === undefined ? 'no answer' : `answered by ${named(world.server.node)}`;
    const dark = `${secondsOf(world.outageMs - darkBefore)} s without an answer`;
    return [...this.take(), `= ${by}; ${dark}; ${moves === 1 ? '1 transfer' : `${moves} transfers`}`];
  }

  /** @throws Error when it does not come true in time */
  until(what: string, holds: () => boolean, withinMs: number): void {
    const end = this.world.now + withinMs;
    while (!holds()) {
      if (this.world.now >= end) throw new Error(`not within ${withinMs} ms: ${what}`);
      this.world.run(STEP_MS);
    }
  }

  /** The machine is gone, with all that ran on it. */
  kill(host: Host): void {
    host.up = false;
    host.agentRuns = false;
    host.frozen = false;
    host.hung = false;
    host.bound.clear();
    this.say(host.node, 'dies');
  }

  /** Machine, service and agent run again. */
  start(host: Host): void {
    this.say(host.node, 'starts');
    host.serviceRuns = true;
    this.#checks.get(host)?.reset();
    this.world.start(host);
  }

  steal(name: string): void {
    const eni = name === 'stranger' ? STRANGER_ENI : this.host(name).eni;
    this.say('fabric', `another hand assigns ${VIP} to ${eni}`);
    this.world.fabric.owners.set(VIP, eni);
  }

  operate(command: Command, ifEpoch: number | undefined): void {
    const refusal = this.world.arbiter.operate(command, 'a story', ifEpoch);
    if (refusal !== undefined) this.say('arbiter', `order refused: ${refusal.code}: ${refusal.message}`);
  }

  /** So many groups are under this arbiter, and so many of the others have moved on silence this very moment. */
  brake(groups: number, moved: number): void {
    const { arbiter } = this.world;
    const at = arbiter.clockNow;
    const recent = Array.from({ length: moved }, (_, index) => ({ group: `${OTHER}-${index}`, at }));
    arbiter.brake = { ...arbiter.brake, rev: arbiter.brake.rev + 1, groups, recent };
    this.say('arbiter', `${moved} other groups of ${groups} have just moved on silence`);
  }
}
