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
import { bootMs } from '../../../core/time.ts';
import type { EniId, NodeId } from '../../../core/wire/names.ts';
import type { Arbiter } from './arbiter.ts';
import type { Fabric } from './fabric.ts';

const TURN_MS = 100;
const TURN_MS_MIN = 4;
const EXEC_MS = 2;
const OUTSTANDING_MAX = 4;
const TIMEOUT_MS = { regular: 1500, urgent: 10_000 } as const;

/** What a host needs of the world around it. */
export interface Surroundings {
  readonly now: number;
  readonly fabric: Fabric;
  readonly arbiter: Arbiter;
  later(ms: number, run: () => void): void;
  /** Carries a message between a host and the arbiter, or loses it. */
  carry(host: Host, deliver: () => void): void;
}

export class Host {
  readonly node: NodeId;
  readonly eni: EniId;
  readonly bound = new Set<string>();
  readonly hooks: string[] = [];
  readonly #world: Surroundings;
  readonly #profile: GroupProfile;
  readonly #bootOffsetMs: number;
  #state: HolderState;
  #boot = 0;
  #seq = 0;
  #outstanding = 0;
  #memory = { epoch: 0, relEpoch: 0, master: false };
  #inbox: HolderInput[] = [];
  /** The machine runs and its packets reach the client. */
  up = true;
  agentRuns = false;
  frozen = false;
  cutFromArbiter = false;
  /** Requests sent, to see that nothing storms. */
  sent = 0;

  constructor(node: NodeId, eni: EniId, bootOffsetMs: number, profile: GroupProfile, world: Surroundings) {
    this.node = node;
    this.eni = eni;
    this.#bootOffsetMs = bootOffsetMs;
    this.#profile = profile;
    this.#world = world;
    this.#state = initialHolder(this.#memory);
  }

  get role(): string {
    return this.#state.role;
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
    this.#outstanding = 0;
    this.#inbox = [];
    this.agentRuns = true;
    this.#state = initialHolder(this.#memory);
    this.dispatch({ kind: 'kernel', bound: [...this.bound] });
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

  freeze(): void {
    this.frozen = true;
  }

  /** Continues where it stood; what arrived meanwhile is read afterwards. */
  thaw(): void {
    this.frozen = false;
    const waiting = this.#inbox;
    this.#inbox = [];
    this.#turn(this.#boot);
    for (const input of waiting) this.dispatch(input);
  }

  dispatch(input: HolderInput): void {
    if (!this.agentRuns) return;
    if (this.frozen) {
      this.#inbox.push(input);
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
  }

  #perform(effect: HolderEffect): void {
    switch (effect.kind) {
      case 'bind':
        return this.#world.later(EXEC_MS, () => {
          if (this.#state.role === 'MASTER') this.#setBound(effect.vips, true);
        });
      case 'unbind':
        return this.#world.later(EXEC_MS, () => {
          if (this.#state.role !== 'MASTER') this.#setBound(effect.vips, false);
        });
      case 'beat':
        return this.#world.later(0, () => this.#send('urgent'));
      case 'hook':
        this.hooks.push(effect.state);
        return undefined;
      case 'left':
        return this.#world.later(EXEC_MS, () => {
          this.agentRuns = false;
        });
      case 'persist':
      case 'log':
        return undefined;
    }
  }

  #setBound(vips: readonly string[], bound: boolean): void {
    for (const vip of vips)
      if (bound) this.bound.add(vip);
      else this.bound.delete(vip);
    this.dispatch({ kind: 'kernel', bound: [...this.bound] });
  }

  /** One turn of the loop of this start; a turn of an earlier start is void. */
  #turn(start: number): void {
    if (!this.agentRuns || this.frozen || start !== this.#boot) return;
    this.dispatch({ kind: 'kernel', bound: [...this.bound] });
    this.#look();
    this.dispatch({ kind: 'tick' });
    const ctx = this.#context();
    if (ctx.now >= this.#state.nextBeatAt) this.#send('regular');
    const wake = Math.min(wakeAt(this.#state, ctx), this.#state.nextBeatAt) - ctx.now;
    this.#world.later(Math.min(TURN_MS, Math.max(TURN_MS_MIN, wake)), () => this.#turn(start));
  }

  #look(): void {
    const listed = this.#profile.vips.filter((vip) => this.#world.fabric.owners.get(vip) === this.eni);
    this.dispatch({ kind: 'witness', listed });
  }

  #send(urgency: keyof typeof TIMEOUT_MS): void {
    if (!this.agentRuns || this.frozen || this.#outstanding >= OUTSTANDING_MAX) return;
    const world = this.#world;
    const ctx = this.#context();
    const report = reportOf(this.#state, ctx);
    const start = this.#boot;
    this.#seq += 1;
    this.#outstanding += 1;
    this.sent += 1;
    const beat = { boot: start, seq: this.#seq };
    this.dispatch({ kind: 'sent', claimed: report.claim !== undefined });
    let ended = false;
    const end = (input: HolderInput | undefined): void => {
      if (ended || start !== this.#boot) return;
      ended = true;
      this.#outstanding -= 1;
      if (input !== undefined) this.dispatch(input);
    };
    world.later(TIMEOUT_MS[urgency], () => end({ kind: 'unanswered', why: 'unreachable' }));
    world.carry(this, () =>
      world.arbiter.report({ kind: 'report', node: this.node, beat, report }, (reply) =>
        world.carry(this, () => {
          if ('answer' in reply) {
            end({ kind: 'answer', answer: reply.answer, sentAt: ctx.now, resigned: report.resign === true });
          } else end(reply.refusal.code === 'StaleBeat' ? undefined : { kind: 'unanswered', why: 'refused' });
        }),
      ),
    );
  }
}
