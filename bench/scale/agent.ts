/**
 * An agent without a host: the shipped reducer (`core/holder`) decides everything, and around it stands the loop of
 * `agent/loop/` as far as heartbeats depend on it: when it wakes, how many requests may be under way, how long it waits
 * for an answer, what a refusal means, when it asks its witness.
 */
import { onStaleBeat } from '../../core/holder/identity.ts';
import { reportOf } from '../../core/holder/report.ts';
import { initialHolder, stepHolder, wakeAt } from '../../core/holder/step.ts';
import type {
  GroupProfile,
  HolderContext,
  HolderEffect,
  HolderInput,
  HolderState,
} from '../../core/holder/types.ts';
import { type BootMs, bootMs } from '../../core/time.ts';
import type { GroupAnswer, GroupReport, HeartbeatRequest, WireError } from '../../core/wire/heartbeat.ts';
import type { NodeId } from '../../core/wire/names.ts';
import type { Cancel } from '../../lab/ends/clock.ts';
import { BenchError } from '../errors.ts';
import type { StoryClock } from './story-clock.ts';

const OUTSTANDING_MAX = 4;
const REGULAR_MAX = 3;
const TIMEOUT_MS = { regular: 1500, urgent: 10_000 } as const;
const WITNESS_MS = 2000;
const WITNESS_MOVING_MS = 50;
const MOVING_WATCH_MS = 5000;
const WORK_SPACING_MS = 100;
const TIMER_MIN_MS = 4;
/** What binding or unbinding an address takes on a host. */
const EXEC_MS = 2;

export type Reply =
  | { readonly kind: 'answer'; readonly answer: GroupAnswer }
  | { readonly kind: 'refused'; readonly error: WireError }
  | { readonly kind: 'throttled' | 'server' };

export interface Surroundings {
  readonly clock: StoryClock;
  /** Carries a heartbeat to the arbiter; `reply` is called once, or never when something is lost on the way. */
  post(request: HeartbeatRequest, reply: (reply: Reply) => void): void;
  /** The VIPs that the fabric delivers to this node. */
  listed(node: NodeId): readonly string[];
}

export interface AgentOptions {
  readonly node: NodeId;
  readonly profile: GroupProfile;
  readonly priority: number;
  readonly boot: number;
  /** The number of the last heartbeat. */
  readonly seq: number;
  /** Between the story's clock and the host's own. */
  readonly bootOffsetMs: number;
}

type Urgency = keyof typeof TIMEOUT_MS;

/** A reply that changes nothing here: a later heartbeat has overtaken the one that is refused. */
const inputOf = (reply: Exclude<Reply, { kind: 'answer' }>): HolderInput => {
  if (reply.kind === 'throttled') return { kind: 'unanswered', why: 'overloaded' };
  return { kind: 'unanswered', why: reply.kind === 'server' ? 'failing' : 'refused' };
};

export class SimulatedAgent {
  readonly node: NodeId;
  readonly #world: Surroundings;
  readonly #options: AgentOptions;
  #state: HolderState = initialHolder({ epoch: 0, relEpoch: 0, master: false }, {});
  #bound: readonly string[] = [];
  #seq: number;
  #acknowledged = false;
  readonly #outstanding: Record<Urgency, number> = { regular: 0, urgent: 0 };
  #witnessedAt = -Infinity;
  #movingSince: number | undefined;
  #workAt = -Infinity;
  #wake: { readonly at: number; readonly cancel: Cancel } | undefined;
  isAlive = true;
  /** When the last answer with a role came, in the story's time. */
  answeredAt = -Infinity;

  constructor(options: AgentOptions, world: Surroundings) {
    this.#options = options;
    this.#world = world;
    this.node = options.node;
    this.#seq = options.seq;
  }

  get isMaster(): boolean {
    return this.#state.role === 'MASTER';
  }

  /** Serves: the kernel has the VIPs and the role says so. */
  get isServing(): boolean {
    return this.isAlive && this.isMaster && this.#bound.length === this.#options.profile.vips.length;
  }

  start(): void {
    const { priority } = this.#options;
    this.#dispatch({ kind: 'kernel', bound: this.#bound });
    this.#dispatch({
      kind: 'assessed',
      assessment: { health: 'ok', priority, wavering: false, degradedBy: [] },
    });
    this.#turn();
  }

  /** The host is gone, with its addresses; nothing of it will be heard again. */
  die(): void {
    this.isAlive = false;
    this.#bound = [];
    this.#wake?.cancel();
  }

  get #now(): BootMs {
    return bootMs(this.#world.clock.nowMs() + this.#options.bootOffsetMs);
  }

  #context(): HolderContext {
    const { role, lingerUntil } = this.#state;
    const mayFollow = role !== 'MASTER' && lingerUntil === undefined;
    return { now: this.#now, node: this.node, profile: this.#options.profile, mayFollow };
  }

  #dispatch(input: HolderInput): void {
    if (!this.isAlive) return;
    const { state, effects } = stepHolder(this.#state, input, this.#context());
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
    this.#arm();
  }

  #perform(effect: HolderEffect): void {
    const { clock } = this.#world;
    switch (effect.kind) {
      case 'bind':
        clock.after(EXEC_MS, () => this.#setBound(effect.vips, this.isMaster));
        return;
      case 'unbind':
        clock.after(EXEC_MS, () => this.#setBound(effect.vips, this.isMaster));
        return;
      case 'beat':
        this.#beatAlone(effect.why);
        return;
      case 'left':
        this.isAlive = false;
        return;
      // No group here has a hook that is asked first, or members that watch each other.
      case 'prepare':
      case 'call':
      case 'hook':
      case 'persist':
      case 'log':
    }
  }

  /** Between the decision and this instant the role may have changed: the kernel follows the role. */
  #setBound(vips: readonly string[], wanted: boolean): void {
    if (!this.isAlive) return;
    const others = this.#bound.filter((vip) => !vips.includes(vip));
    this.#bound = wanted ? [...others, ...vips] : others;
    this.#dispatch({ kind: 'kernel', bound: this.#bound });
  }

  #beatAlone(why: string): void {
    const now = this.#now;
    const at = why === 'work' ? Math.max(now, this.#workAt + WORK_SPACING_MS) : now;
    this.#workAt = at;
    this.#world.clock.after(at - now, () => {
      if (this.#hasRoom('urgent')) this.#send('urgent');
    });
  }

  #hasRoom(urgency: Urgency): boolean {
    const { regular, urgent } = this.#outstanding;
    return regular + urgent < OUTSTANDING_MAX && (urgency === 'urgent' || regular < REGULAR_MAX);
  }

  #turn(): void {
    if (!this.isAlive) return;
    this.#wake = undefined;
    if (this.#now >= this.#nextWitnessAt()) {
      this.#witnessedAt = this.#now;
      this.#dispatch({ kind: 'witness', listed: this.#world.listed(this.node) });
    }
    this.#dispatch({ kind: 'tick' });
    if (this.#now >= this.#state.nextBeatAt && this.#hasRoom('regular')) this.#send('regular');
    this.#arm();
  }

  #nextWitnessAt(): number {
    const { lingerUntil, role, wasListed } = this.#state;
    const isMoving = lingerUntil !== undefined || (role === 'MASTER' && !wasListed);
    this.#movingSince = isMoving ? (this.#movingSince ?? this.#now) : undefined;
    const isAwaited = this.#movingSince !== undefined && this.#now - this.#movingSince < MOVING_WATCH_MS;
    return this.#witnessedAt + (isAwaited ? WITNESS_MOVING_MS : WITNESS_MS);
  }

  /**
   * Wakes at the next instant that matters. A wake that comes too early does nothing and arms the right one. Without
   * room for a heartbeat the end of a request is waited for, where the agent looks every 20 ms.
   */
  #arm(): void {
    if (!this.isAlive) return;
    const beatAt = this.#hasRoom('regular') ? this.#state.nextBeatAt : Infinity;
    const due = Math.min(beatAt, this.#nextWitnessAt(), wakeAt(this.#state, this.#context()));
    const at = Math.max(due, this.#now + TIMER_MIN_MS);
    if (this.#wake !== undefined && this.#wake.at <= at) return;
    this.#wake?.cancel();
    this.#wake = { at, cancel: this.#world.clock.after(at - this.#now, () => this.#turn()) };
  }

  #requestOf(report: GroupReport): HeartbeatRequest {
    this.#seq += 1;
    const { boot } = this.#options;
    return { v: 1, node: this.node, boot, seq: this.#seq, agent: '0.1.0', groups: [report] };
  }

  #send(urgency: Urgency): void {
    if (!this.isAlive) return;
    const sentAt = this.#now;
    const report = reportOf(this.#state, this.#context());
    const request = this.#requestOf(report);
    this.#outstanding[urgency] += 1;
    let isOpen = true;
    const close = (): boolean => {
      const wasOpen = isOpen && this.isAlive;
      if (isOpen) this.#outstanding[urgency] -= 1;
      isOpen = false;
      return wasOpen;
    };
    const giveUp = this.#world.clock.after(TIMEOUT_MS[urgency], () => {
      if (close()) this.#dispatch({ kind: 'unanswered', why: 'unreachable' });
    });
    this.#world.post(request, (reply) => {
      giveUp();
      if (close()) this.#take(reply, report, sentAt);
    });
    const deaf = report.deaf === true ? { deaf: true } : {};
    this.#dispatch({ kind: 'sent', claimed: report.claim !== undefined, ...deaf });
  }

  #take(reply: Reply, report: GroupReport, sentAt: BootMs): void {
    if (reply.kind === 'answer') {
      this.#acknowledged = true;
      this.answeredAt = this.#world.clock.nowMs();
      const { released } = report;
      const resigned = report.resign === true;
      this.#dispatch({ kind: 'answer', answer: reply.answer, sentAt, resigned, released });
    } else if (reply.kind === 'refused' && reply.error.stored !== undefined) {
      const own = {
        boot: this.#options.boot,
        seq: this.#seq,
        acknowledged: this.#acknowledged,
        jumped: false,
      };
      if (onStaleBeat(own, reply.error.stored) !== 'late')
        throw new BenchError(`${this.node} was taken for another agent: ${reply.error.message}`);
      this.#arm();
    } else this.#dispatch(inputOf(reply));
  }
}
