/** A host in memory: the real reducer of the agent with the shape of its loop, a kernel, a network and a service. */

import { reportOf } from '../../../core/holder/report.ts';
import { initialHolder, stepHolder, wakeAt } from '../../../core/holder/step.ts';
import type {
  GroupProfile,
  HolderContext,
  HolderEffect,
  HolderInput,
  HolderState,
} from '../../../core/holder/types.ts';
import { lifetimeMs } from '../../../core/lease.ts';
import { bootMs } from '../../../core/time.ts';
import type { EniId, NodeId } from '../../../core/wire/names.ts';
import type { Arbiter } from './arbiter.ts';
import type { Fabric } from './fabric.ts';
import { Kernel } from './kernel.ts';
import { Looks } from './looks.ts';
import { Places, TIMEOUT_MS, type Urgency } from './places.ts';

const TURN_MS_MIN = 4;
const EXEC_MS = 2;
/** With every place for a request taken, whether one has come free is looked at this often. */
const ROOM_MS = 20;

const lifeWords = (lifeMs: number | undefined): string =>
  lifeMs === undefined ? '' : ` for ${lifeMs / 1000} s unless renewed`;

/** What a host needs of the world around it. */
export interface Surroundings {
  readonly now: number;
  readonly fabric: Fabric;
  readonly arbiter: Arbiter;
  later(ms: number, run: () => void): void;
  /** Carries a message between a host and the arbiter, or loses it. */
  carry(host: Host, deliver: () => void): void;
  /** Hears what a reader of the story may want to know. */
  tell(who: string, what: string): void;
}

type BindEffect = Extract<HolderEffect, { kind: 'bind' }>;
type UnbindEffect = Extract<HolderEffect, { kind: 'unbind' }>;

export class Host {
  readonly node: NodeId;
  readonly eni: EniId;
  readonly kernel: Kernel;
  readonly hooks: string[] = [];
  readonly #world: Surroundings;
  readonly #profile: GroupProfile;
  readonly #bootOffsetMs: number;
  #state: HolderState;
  #boot = 0;
  #seq = 0;
  readonly #places = new Places();
  #looks = new Looks();
  #memory = { epoch: 0, relEpoch: 0, master: false };
  /** What happened to the agent while it stood still, to be taken when it goes on. */
  #waiting: (() => void)[] = [];
  /** Changes of the kernel under way: until they have ended a look would show what is about to be different. */
  #working = 0;
  #timer = 0;
  /** The machine runs and its packets reach the client. */
  up = true;
  agentRuns = false;
  /** Stands still with all it has, or the agent alone does and the service answers on. */
  frozen = false;
  hung = false;
  serviceRuns = true;
  cutFromArbiter = false;
  /** What its beforeMaster takes, and whether it exits with 75. */
  prepareMs = 0;
  refuses = false;
  /** Requests sent, to see that nothing storms. */
  sent = 0;

  constructor(node: NodeId, eni: EniId, bootOffsetMs: number, profile: GroupProfile, world: Surroundings) {
    this.node = node;
    this.eni = eni;
    this.#bootOffsetMs = bootOffsetMs;
    this.#profile = profile;
    this.#world = world;
    this.#state = initialHolder(this.#memory, profile);
    this.kernel = new Kernel(world, profile.kernelExpiry ?? 'address', (vips) =>
      world.tell(node, `its kernel lets go of ${vips.join(' ')}`),
    );
  }

  get role(): string {
    return this.#state.role;
  }

  get bound(): Set<string> {
    return this.kernel.bound;
  }

  /** The machine answers clients at the addresses that its kernel has. */
  get answers(): boolean {
    return this.up && !this.frozen && this.serviceRuns;
  }

  get #standsStill(): boolean {
    return this.frozen || this.hung;
  }

  #context(): HolderContext {
    const mayFollow = this.#state.role !== 'MASTER' && this.#state.lingerUntil === undefined;
    return {
      now: bootMs(this.#world.now + this.#bootOffsetMs),
      node: this.node,
      profile: this.#profile,
      mayFollow,
    };
  }

  /** Starts the agent anew, with what an earlier run has left on disk. */
  start(priority: number): void {
    this.#boot += 1;
    this.#seq = 0;
    this.#places.clear();
    this.#looks = new Looks();
    this.#waiting = [];
    this.#working = 0;
    this.agentRuns = true;
    this.#state = initialHolder(this.#memory, this.#profile);
    this.#beginKernel();
    this.assess({ priority });
    this.#look();
    this.#turn(this.#boot);
  }

  assess(over: Partial<HolderState['assessment']>): void {
    this.dispatch({ kind: 'assessed', assessment: { ...this.#state.assessment, ...over } });
  }

  terminate(): void {
    this.dispatch({ kind: 'terminate' });
  }

  /** What an earlier run has left: an exclusive group's agent must tell for how long that may live. */
  #beginKernel(): void {
    const leased = this.#profile.kernelExpiry !== undefined && this.bound.size > 0;
    const expiresInMs = leased ? this.kernel.mayLiveMs() : undefined;
    this.dispatch({ kind: 'kernel', bound: [...this.bound], expiresInMs });
  }

  freeze(): void {
    this.frozen = true;
  }

  /** The agent alone stands still. */
  hang(): void {
    this.hung = true;
  }

  /** Continues where it stood; what arrived meanwhile is read afterwards. */
  thaw(): void {
    this.frozen = false;
    this.hung = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#turn(this.#boot);
    for (const run of waiting) run();
  }

  dispatch(input: HolderInput): void {
    if (!this.agentRuns) return;
    if (this.#standsStill) {
      this.#waiting.push(() => this.dispatch(input));
      return;
    }
    const { state, effects } = stepHolder(this.#state, input, this.#context());
    this.#state = state;
    this.#memory = {
      epoch: state.epoch,
      relEpoch: state.relEpoch,
      master: state.role === 'MASTER' || state.resuming,
    };
    for (const effect of effects) this.#perform(effect);
    this.#arm();
  }

  #perform(effect: HolderEffect): void {
    switch (effect.kind) {
      case 'bind':
        return this.#change(() => this.#bind(effect));
      case 'unbind':
        return this.#change(() => this.#unbind(effect));
      case 'prepare':
        return this.#prepare(effect.epoch);
      case 'beat':
        return this.#world.later(0, () => this.#send('urgent'));
      case 'hook':
        this.hooks.push(effect.state);
        // It runs when the kernel has changed; only this story's reader hears of it then.
        return this.#world.later(this.#working > 0 ? EXEC_MS : 0, () =>
          this.#world.tell(this.node, `hook ${effect.state}`),
        );
      case 'left':
        return this.#change(() => {
          this.agentRuns = false;
          this.#world.tell(this.node, 'the agent has left');
        });
      case 'log':
        return effect.level === 'warn' ? this.#world.tell(this.node, effect.message) : undefined;
      // Nobody in a story has sessions with peers.
      case 'call':
      case 'persist':
        return undefined;
    }
  }

  /** The hook of a candidate; an agent that has been started again since does not hear of its end. */
  #prepare(epoch: number): void {
    const start = this.#boot;
    this.#world.tell(this.node, `beforeMaster for epoch ${epoch}`);
    this.#world.later(this.prepareMs, () => {
      if (start !== this.#boot) return;
      const outcome = this.refuses ? 'refused' : 'prepared';
      this.#world.tell(this.node, `beforeMaster for epoch ${epoch}: ${this.refuses ? 'exit 75' : 'exit 0'}`);
      this.dispatch({ kind: 'hooked', epoch, outcome, ms: this.prepareMs });
    });
  }

  /** A change of the kernel takes a moment; one that a standstill catches is made, or found too late, afterwards. */
  #change(make: () => void): void {
    const start = this.#boot;
    const run = (): void => {
      if (start !== this.#boot) return;
      if (this.#standsStill) {
        this.#waiting.push(run);
        return;
      }
      this.#working -= 1;
      make();
    };
    this.#working += 1;
    this.#world.later(EXEC_MS, run);
  }

  /** The executor looks once more at what has become of the order, and at its deadline. */
  #bind({ vips, epoch, until }: BindEffect): void {
    const { role, relEpoch } = this.#state;
    if (role !== 'MASTER' || this.#state.epoch !== epoch || epoch <= relEpoch) return;
    const { kernelExpiry } = this.#profile;
    const { now } = this.#context();
    const lifeMs =
      until === undefined || kernelExpiry === undefined ? undefined : lifetimeMs(until, now, kernelExpiry);
    if (lifeMs === 0) return this.#confirm(true);
    const added = vips.filter((vip) => !this.bound.has(vip));
    this.kernel.bind(vips, lifeMs);
    if (added.length > 0) this.#world.tell(this.node, `binds ${added.join(' ')}${lifeWords(lifeMs)}`);
    return this.#confirm();
  }

  #unbind({ vips }: UnbindEffect): void {
    if (this.#state.role === 'MASTER') return;
    const gone = vips.filter((vip) => this.bound.has(vip));
    this.kernel.unbind(vips);
    if (gone.length > 0) this.#world.tell(this.node, `unbinds ${gone.join(' ')}`);
    this.#confirm();
  }

  #confirm(failed = false): void {
    this.dispatch({ kind: 'kernel', bound: [...this.bound], ...(failed ? { failed } : {}) });
  }

  /** One turn of the loop of this start; a turn of an earlier start is void. */
  #turn(start: number): void {
    if (!this.agentRuns || this.#standsStill || start !== this.#boot) return;
    if (this.#world.now >= this.#looks.kernelDueAt()) this.#lookAtKernel();
    if (this.#world.now >= this.#looks.witnessDueAt(this.#state, this.#world.now)) this.#look();
    this.dispatch({ kind: 'tick' });
    if (this.#context().now >= this.#state.nextBeatAt) this.#send('regular');
    this.#arm();
  }

  /** Sets the one timer of the loop for the next thing that is due; whatever happens meanwhile sets it anew. */
  #arm(): void {
    const ctx = this.#context();
    const { now } = this.#world;
    const beatAt = this.#places.hasRoom('regular') ? this.#state.nextBeatAt : ctx.now + ROOM_MS;
    const own = Math.min(wakeAt(this.#state, ctx), beatAt) - ctx.now;
    const looks = Math.min(this.#looks.kernelDueAt(), this.#looks.witnessDueAt(this.#state, now)) - now;
    this.#timer += 1;
    const [timer, start] = [this.#timer, this.#boot];
    this.#world.later(Math.max(TURN_MS_MIN, Math.min(own, looks)), () => {
      if (timer === this.#timer) this.#turn(start);
    });
  }

  #lookAtKernel(): void {
    this.#looks.sawKernel(this.#world.now);
    if (this.#working === 0) this.#confirm();
  }

  #look(): void {
    this.#looks.sawWitness(this.#world.now);
    const listed = this.#profile.vips.filter((vip) => this.#world.fabric.owners.get(vip) === this.eni);
    this.dispatch({ kind: 'witness', listed });
  }

  #send(urgency: Urgency): void {
    if (!this.agentRuns || this.#standsStill || !this.#places.hasRoom(urgency)) return;
    const world = this.#world;
    const ctx = this.#context();
    const report = reportOf(this.#state, ctx);
    const start = this.#boot;
    this.#seq += 1;
    this.#places.take(urgency);
    this.sent += 1;
    const beat = { boot: start, seq: this.#seq };
    if (report.claim !== undefined) {
      const { holder, silentMs } = report.claim;
      world.tell(this.node, `claims: ${holder} silent for ${silentMs} ms`);
    }
    this.dispatch({ kind: 'sent', claimed: report.claim !== undefined, deaf: report.deaf === true });
    let ended = false;
    const end = (input: HolderInput | undefined): void => {
      if (ended || start !== this.#boot) return;
      ended = true;
      this.#places.free(urgency);
      if (input !== undefined) this.dispatch(input);
    };
    world.later(TIMEOUT_MS[urgency], () => end({ kind: 'unanswered', why: 'unreachable' }));
    world.carry(this, () =>
      world.arbiter.report({ kind: 'report', node: this.node, beat, report }, (reply) =>
        world.carry(this, () => {
          if ('answer' in reply) {
            const { resign: resigned = false, released } = report;
            end({ kind: 'answer', answer: reply.answer, sentAt: ctx.now, resigned, released });
          } else end(reply.refusal.code === 'StaleBeat' ? undefined : { kind: 'unanswered', why: 'refused' });
        }),
      ),
    );
  }
}
