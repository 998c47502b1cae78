/** Watches every event for what must never happen, and remembers what the checks at the end need. */
import { compareBeats } from '../../core/beat.ts';
import type { Input, MoveEffect, Outcome, StepContext } from '../../core/election/types.ts';
import type { HolderEffect, HolderState } from '../../core/holder/types.ts';
import type { EpochMs } from '../../core/time.ts';
import type { GroupState } from '../../core/wire/item.ts';
import type { NodeId } from '../../core/wire/names.ts';
import type { Host } from '../model/host.ts';
import type { Reply } from '../model/invocation.ts';
import type { World } from '../world.ts';
import { choiceFlaw } from './choice.ts';
import type { InvariantName } from './invariants.ts';
import { Questions } from './questions.ts';
import { Service } from './service.ts';

export interface Violation {
  readonly invariant: InvariantName;
  readonly what: string;
  readonly atMs: number;
}

type BindOrder = Extract<HolderEffect, { kind: 'bind' }>;

/** No call may be sent later than this after the write that ordered it. */
const ORDER_MS_MAX = 2000;
/** As long as the arbiter itself takes the fabric's own delay for a reason not to look. */
const HASTE_MS = 10_000;
/** The margin of core/lease.ts, here by its meaning: what may pass between the last look at the clock and the kernel. */
const MARGIN_MS = 100;
/** After a pause of the whole machine: until the agent must have noticed what has passed. */
const NOTICE_MS_MAX = 1500;
const NOBODY_KNOWN = -3;
const WRONG_CLOCKS: ReadonlySet<string> = new Set(['lambda-skew', 'lambda-clock-step']);
/** With these, evidence of drift may be false, or true and gone before the repair. */
const MISLEADING: ReadonlySet<string> = new Set([
  'imds-lag',
  'foreign-move',
  'ec2-stale',
  'ec2-error',
  'ec2-lost',
  'ec2-slow',
  'slow-fabric',
  'lambda-freeze',
  'lambda-stall',
  'lambda-clock-step',
  'lambda-skew',
  'item-restore',
]);

export class Monitor {
  readonly #world: World;
  readonly service: Service;
  readonly #questions: Questions;
  violation: Violation | undefined;
  /** The holder of each epoch, as a host's index; NOBODY_KNOWN while none was issued. */
  #holders: number[] = [];
  /** Epochs below this were issued before a restore: what they meant is not known any more. */
  #restoredAt = -1;
  /** The newest epoch that an agent has told the present item of. */
  #seen = 0;
  #transferBeforeAt = -Infinity;
  #wasted = 0;
  #wastedEpoch = -1;
  /** Changes of holder, the first one apart. */
  transfers = 0;
  readonly #acknowledged = new Set<number>();
  readonly #clocksAgree: boolean;
  lastTransferAt = 0;
  lastTransferReason = '';
  /** When the item or the fabric was last told to move anything. */
  lastOrderAt = 0;

  constructor(world: World) {
    this.#world = world;
    this.#clocksAgree = !world.plan.faults.some(({ kind }) => WRONG_CLOCKS.has(kind));
    this.service = new Service(world);
    this.#questions = new Questions(world, this.#clocksAgree, (invariant, what) =>
      this.fail(invariant, what),
    );
  }

  fail(invariant: InvariantName, what: string): void {
    if (this.violation !== undefined) return;
    const atMs = this.#world.queue.now;
    this.violation = { invariant, what, atMs };
    this.#world.trace?.line(atMs, 'VIOLATION', `${invariant}: ${what}`);
  }

  /** A write of the item has just succeeded. */
  written(before: GroupState, outcome: Outcome, input: Input, context: StepContext, who: string): void {
    const { state } = outcome;
    const world = this.#world;
    if (state.rev !== before.rev + 1) this.fail('S2-rev-rises', `rev ${before.rev} became ${state.rev}`);
    if (state.epoch < before.epoch)
      this.fail('S2-epoch-rises', `epoch ${before.epoch} became ${state.epoch}`);
    if (input.kind === 'report') {
      this.#checkBeat(before, input);
      this.#seen = Math.max(this.#seen, input.report.epochSeen);
    }
    if (state.epoch > before.epoch && state.epoch <= this.#seen)
      this.fail('S2-seen', `epoch ${state.epoch} is issued, and an agent has told of epoch ${this.#seen}`);
    const changed = state.epoch !== before.epoch || state.holder !== before.holder;
    if (changed) this.#checkHolder(before, state, context);
    this.#questions.written(before, outcome, context, who);
    for (const effect of outcome.effects) {
      if (effect.kind === 'move') this.#checkOrder(effect, state, context.now);
      if (effect.kind === 'metric' && effect.name === 'DriftRepaired') this.#checkRepair(before);
    }
    if (before.phase === 'moving' && state.phase === 'held' && state.epoch === before.epoch)
      this.#checkCommit(before);
    if (world.trace !== undefined && (changed || state.phase !== before.phase))
      world.trace.line(
        world.queue.now,
        who,
        `writes rev ${state.rev}: epoch ${state.epoch}, ${state.phase}, holder ${world.nameOf(state.holder)} (${state.reason})`,
      );
  }

  #checkBeat(before: GroupState, input: Extract<Input, { kind: 'report' }>): void {
    const stored = before.members[input.node];
    if (stored !== undefined && compareBeats(input.beat, stored) <= 0)
      this.fail('S6-replay', `beat ${input.beat.boot}:${input.beat.seq} of ${input.node} was written twice`);
  }

  #checkHolder(before: GroupState, state: GroupState, context: StepContext): void {
    const world = this.#world;
    const holder = state.holder === null ? -1 : world.nodes.indexOf(state.holder);
    const known = this.#holders[state.epoch] ?? NOBODY_KNOWN;
    if (known !== NOBODY_KNOWN)
      this.fail('S1-one-holder', `epoch ${state.epoch} has two holders, or was issued twice`);
    if (state.epoch === before.epoch)
      this.fail(
        'S1-one-holder',
        `epoch ${state.epoch} went from ${world.nameOf(before.holder)} to ${world.nameOf(state.holder)}`,
      );
    this.#holders[state.epoch] = holder;
    if (!world.settings.exclusive && state.holder === null)
      this.fail('L5-last-holder', 'a fenced group that was held is vacant');
    const flaw = choiceFlaw(before, state, context, this.#clocksAgree);
    if (flaw !== undefined) this.fail('E1-choice', flaw);
    this.#transferBeforeAt = this.lastTransferAt;
    this.lastTransferAt = world.queue.now;
    if (state.holder === before.holder || before.holder === null) return;
    this.transfers += 1;
    world.atTransfer(holder);
    this.lastTransferReason = state.reason;
  }

  #checkOrder(order: MoveEffect, state: GroupState, now: EpochMs): void {
    this.lastOrderAt = this.#world.queue.now;
    if (order.to !== state.holder || order.epoch !== state.epoch)
      this.fail('S4-orders', `an order names ${order.to} at epoch ${order.epoch}, the item does not`);
    if (order.moveId !== state.rev)
      this.fail('S4-orders', `order ${order.moveId} is not named by rev ${state.rev}`);
    if (order.abortAt - now > ORDER_MS_MAX) this.fail('S4-orders', 'an order may be carried out too late');
  }

  #checkCommit({ move }: GroupState): void {
    if (move === undefined || !this.#acknowledged.has(move.id))
      this.fail(
        'S4-commit',
        `order ${move?.id ?? 'none'} is committed, and the fabric has not acknowledged it`,
      );
  }

  /**
   * A repair of what is right already is a call wasted, and at the API's pace a fight with the fabric's own delay. One in
   * an epoch may happen in good faith, when metadata and Describe lag at the same time; a second one is no accident.
   */
  #checkRepair(before: GroupState): void {
    const { fabric, plan, vips } = this.#world;
    const holder = before.holder === null ? -1 : this.#world.nodes.indexOf(before.holder);
    // Of two moves in quick succession the metadata may show the first when the second is done: misleading in good faith.
    if (this.lastTransferAt - this.#transferBeforeAt < HASTE_MS) return;
    const right = vips.every((_vip, index) => fabric.ownerOf(index) === holder);
    if (right && before.dirtyAt === undefined && !plan.faults.some(({ kind }) => MISLEADING.has(kind)))
      this.#wasted = before.epoch === this.#wastedEpoch ? this.#wasted + 1 : 1;
    else return;
    this.#wastedEpoch = before.epoch;
    if (this.#wasted > 1)
      this.fail('D1-repair', 'the VIP is where it should be, and is moved again and again');
  }

  /** The fabric has answered a call of this order with success. */
  acknowledged(order: MoveEffect): void {
    this.#acknowledged.add(order.moveId);
  }

  ordered(order: MoveEffect): void {
    this.lastOrderAt = this.#world.queue.now;
    this.#world.trace?.line(
      this.#world.queue.now,
      'arbiter',
      `order ${order.moveId}: to ${this.#world.nameOf(order.to)}, epoch ${order.epoch}, attempt ${order.attempt}`,
    );
  }

  /** A fabric call leaves now, by the clock of its Lambda. */
  sent(order: MoveEffect, now: EpochMs): void {
    if (now > order.abortAt || order.abortAt - order.orderedAt > ORDER_MS_MAX)
      this.fail('S4-orders', `a call of order ${order.moveId} is sent after its time`);
  }

  /** An agent's role or epoch has changed. */
  turned(host: Host, before: HolderState, state: HolderState): void {
    if (state.epoch < before.epoch)
      this.fail('A6-epoch', `${host.name} goes back from epoch ${before.epoch} to ${state.epoch}`);
    if (state.role !== 'MASTER') return;
    // An agent that did not run during a restore may go on at an epoch that has been issued again since.
    if (state.epoch <= this.#restoredAt) return;
    const known = this.#holders[state.epoch] ?? NOBODY_KNOWN;
    if (known !== host.index)
      this.fail('S1-one-holder', `${host.name} is MASTER at epoch ${state.epoch}, which is not its own`);
  }

  /** After each step of an exclusive group's agent. */
  stepped(host: Host, { role, deadline }: HolderState, now: number): void {
    if (role === 'MASTER' && (deadline === undefined || now >= deadline))
      this.fail(
        'A5-lease',
        `${host.name} is MASTER ${deadline === undefined ? 'without a deadline' : 'past its deadline'}`,
      );
  }

  bindOrdered(host: Host, order: BindOrder, state: HolderState): void {
    if (order.epoch <= state.relEpoch)
      this.fail(
        'A1-given-up',
        `${host.name} binds at epoch ${order.epoch} after giving up ${state.relEpoch}`,
      );
    if (!this.#world.settings.exclusive) return;
    const now = host.clock.read(this.#world.queue.now);
    if (order.until === undefined || now >= order.until)
      this.fail('A2-deadline', `${host.name} orders a binding past its deadline`);
  }

  /** The kernel is about to be changed. */
  binding(host: Host, order: BindOrder): void {
    if (order.until === undefined) return;
    const now = host.clock.read(this.#world.queue.now);
    if (now > order.until + MARGIN_MS)
      this.fail('A2-deadline', `${host.name} binds ${now - order.until} ms past its deadline`);
  }

  /** A binding was made or renewed. */
  bound(host: Host, order: BindOrder): void {
    if (!this.#world.settings.exclusive) return;
    const now = host.clock.read(this.#world.queue.now);
    if (order.until !== undefined && now + host.kernel.mayLiveMs() > order.until + MARGIN_MS)
      this.fail('A3-kernel', `the kernel of ${host.name} may hold longer than its deadline`);
    this.#checkAlone(host);
  }

  #isBound(host: Host): boolean {
    return host.on && host.paused === 0 && host.kernel.mask !== 0 && !host.kernel.outlasted;
  }

  /** Exclusive groups: never two hosts at once. */
  #checkAlone(host: Host): void {
    if (!this.#world.settings.exclusive || !this.#isBound(host)) return;
    for (const other of this.#world.hosts)
      if (other !== host && this.#isBound(other) && (other.kernel.mask & host.kernel.mask) !== 0)
        this.fail('S3-exclusive', `${host.name} and ${other.name} both have the VIP bound`);
  }

  bindingChanged(host: Host): void {
    this.#checkAlone(host);
    this.service.changed();
  }

  serviceChanged(): void {
    this.service.changed();
  }

  /** A machine goes on after a pause: what it bound before is the agent's to find out about. */
  resumed(host: Host): void {
    if (!this.#world.settings.exclusive || !host.kernel.outlasted) return;
    const { agent } = host;
    const { queue } = this.#world;
    const check = (): void => {
      const able =
        host.agent === agent && agent?.isAwake === true && host.execSlow + host.execFails + host.paused === 0;
      if (!able || !host.kernel.outlasted) return;
      const dueAt = host.execSince + NOTICE_MS_MAX;
      if (dueAt > queue.now) {
        queue.at(dueAt, check);
        return;
      }
      const other = this.#world.hosts.find((one) => one !== host && this.#isBound(one));
      if (other !== undefined)
        this.fail('S3-pause', `${host.name} does not notice that it stood still; ${other.name} has the VIP`);
    };
    queue.after(NOTICE_MS_MAX, check);
  }

  /** A candidate's hook is run. */
  preparing(host: Host, epoch: number): void {
    this.#questions.preparing(host, epoch);
  }

  /** … and has ended well. */
  prepared(host: Host, epoch: number): void {
    this.#questions.prepared(host, epoch);
  }

  superseded(host: Host): void {
    this.fail('A4-identity', `${host.name} thinks that another agent speaks for it`);
  }

  strangerAnswered(node: NodeId, reply: Reply): void {
    if (reply.kind === 'answer') this.fail('S6-stranger', `${node} is no member and was answered`);
  }

  /** A configuration was deployed: what moves next may be its doing. */
  deployed(): void {
    this.lastTransferAt = this.#world.queue.now;
  }

  /**
   * The item was restored from a backup. An epoch that was lost with it may be issued again, to another holder, and a
   * second restore may bring the first one back: what epochs meant until now is forgotten. Nothing else is promised.
   */
  restored(): void {
    this.#restoredAt = Math.max(this.#restoredAt, this.#holders.length);
    this.#holders = this.#holders.map(() => NOBODY_KNOWN);
    this.#seen = 0;
    this.#questions.restored();
  }
}
