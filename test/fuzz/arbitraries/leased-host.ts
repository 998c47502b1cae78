/**
 * One host of an exclusive group: the shipped reducer, a kernel that ends addresses by itself (and late), a network that
 * loses requests and delays answers, and an arbiter that only takes notes. It asks nothing of the arbiter's choices:
 * what a host promises must hold whoever is named, and however often the lease is changed.
 */
import * as fc from 'fast-check';
import { reportOf } from '../../../core/holder/report.ts';
import { initialHolder, stepHolder } from '../../../core/holder/step.ts';
import type { HolderContext, HolderEffect, HolderInput, HolderState } from '../../../core/holder/types.ts';
import { holdMsOf, KERNEL_EXPIRY, type KernelExpiry, lifetimeMs } from '../../../core/lease.ts';
import { type BootMs, durationMs } from '../../../core/time.ts';
import type { GroupAnswer, GroupReport } from '../../../core/wire/heartbeat.ts';
import { A, B, boot, hostAt, profile, VIP } from '../../core/fixtures.ts';
import { deepFreeze } from '../../core/freeze.ts';

/** A host that is asked for more of its kernel in one turn is asked in a loop. */
const ORDERS_MAX = 10;
const small = fc.integer({ min: 0, max: 400 });

export const turns = fc.record({
  passMs: fc.oneof(
    { weight: 8, arbitrary: small },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 9000 }) },
  ),
  do: fc.oneof(
    { weight: 30, arbitrary: fc.constant('send' as const) },
    { weight: 30, arbitrary: fc.constant('answer' as const) },
    {
      weight: 15,
      arbitrary: fc.constantFrom('tick' as const, 'look' as const, 'witness' as const, 'assess' as const),
    },
    { weight: 8, arbitrary: fc.constantFrom('name' as const, 'lease' as const, 'restart' as const) },
    { weight: 1, arbitrary: fc.constant('stop' as const) },
  ),
  lost: fc.constantFrom(false, false, false, true),
  pick: fc.nat({ max: 3 }),
  /** How late the kernel ends what it is told to end, as a share of the most it may be. */
  late: fc.constantFrom(0, 0.5, 1),
  leaseMs: fc.constantFrom(3000, 5000, 5000, 8000),
  named: fc.constantFrom(A, B, B, B),
  release: fc.constantFrom(false, false, false, true),
  healthy: fc.boolean(),
  listed: fc.boolean(),
  forgets: fc.constantFrom(false, false, true),
  /** What was ordered of the kernel waits for a later turn. */
  slow: fc.constantFrom(false, false, true),
  fails: fc.constantFrom(false, false, false, false, true),
});
export type Turn = typeof turns extends fc.Arbitrary<infer T> ? T : never;

type KernelOrder = Extract<HolderEffect, { kind: 'bind' | 'unbind' }>;

interface Taken {
  readonly sentAt: BootMs;
  readonly report: GroupReport;
  /** For how long the arbiter and every standby believe that this request lets its sender hold. */
  readonly holdMs: number;
}

export class LeasedHost {
  readonly #expiry: KernelExpiry;
  #nowMs = 0;
  state: HolderState = initialHolder({ epoch: 0, relEpoch: 0, master: false }, {});
  #saved = { epoch: 0, relEpoch: 0, master: false };
  /** When the kernel ends the address; undefined while it has none. */
  kernelUntil: BootMs | undefined;
  /** Ordered of the kernel and not done yet, as `agent/loop/kernel.ts` keeps it. */
  #orders: KernelOrder[] = [];
  #underWay: { readonly request: Taken; readonly answer: GroupAnswer }[] = [];
  #rev = 0;
  #epoch = 1;
  #holder: typeof A | typeof B = B;
  #leaseMs = 5000;
  /** The newest heartbeat that the arbiter has taken. */
  taken: Taken | undefined;
  /** What the turn at hand has sent. */
  justSent: GroupReport | undefined;
  /** Epochs of bindings that were ordered. */
  readonly bindings: { readonly epoch: number; readonly afterRelease: number }[] = [];
  #released = 0;

  constructor(expiry: KernelExpiry) {
    this.#expiry = expiry;
  }

  get now(): BootMs {
    return boot(this.#nowMs);
  }

  get ctx(): HolderContext {
    const settings = profile({ leaseMs: durationMs(5000), kernelExpiry: this.#expiry });
    return hostAt(this.#nowMs, { profile: settings });
  }

  get holds(): boolean {
    return this.kernelUntil !== undefined && this.now < this.kernelUntil;
  }

  play(turn: Turn): void {
    this.#nowMs += turn.passMs;
    this.justSent = undefined;
    this.#happen(turn);
    if (!turn.slow) this.#obey(turn);
  }

  #happen(turn: Turn): void {
    switch (turn.do) {
      case 'tick':
        return this.#take({ kind: 'tick' });
      case 'send':
        return this.#send(turn);
      case 'answer':
        return this.#answer(turn);
      case 'look':
        return this.#look();
      case 'witness':
        return this.#take({ kind: 'witness', listed: turn.listed ? [VIP] : [] });
      case 'assess': {
        const health = turn.healthy ? 'ok' : 'fault';
        const assessment = { health, priority: 100, wavering: false, degradedBy: [] } as const;
        return this.#take({ kind: 'assessed', assessment });
      }
      case 'stop':
        return this.#take({ kind: 'terminate' });
      case 'name':
        this.#epoch += 1;
        this.#holder = turn.named;
        return;
      case 'lease':
        this.#leaseMs = turn.leaseMs;
        return;
      case 'restart':
        return this.#restart(turn);
    }
  }

  /** Not while a change is under way: what it shows is about to be different. */
  #look(): void {
    if (this.#orders.length === 0) this.#take({ kind: 'kernel', bound: this.#seen() });
  }

  #seen(): string[] {
    return this.holds ? [VIP] : [];
  }

  #send(turn: Turn): void {
    if (this.state.left) return;
    const report = reportOf(this.state, this.ctx);
    const request = { sentAt: this.now, report };
    this.justSent = report;
    if (report.released !== undefined) this.#released = Math.max(this.#released, report.released);
    this.#take({ kind: 'sent', claimed: report.claim !== undefined, deaf: report.deaf === true });
    if (turn.lost) return;
    // Who let go because no answer came is named again, or it would never hold again in this history.
    if ((report.released ?? 0) >= this.#epoch) this.#epoch += 1;
    this.taken = { ...request, holdMs: holdMsOf(durationMs(this.#leaseMs), report.holdMs) };
    this.#underWay.push({ request: this.taken, answer: this.#answerTo(this.taken, turn) });
  }

  #answerTo({ holdMs, report }: Taken, turn: Turn): GroupAnswer {
    this.#rev += 1;
    const mine = this.#holder === B;
    return {
      rev: this.#rev,
      role: mine && report.deaf !== true ? 'MASTER' : 'BACKUP',
      epoch: this.#epoch,
      holder: { node: this.#holder, beat: `1:${this.#rev}`, ageMs: 0, holdMs, priority: 100 },
      heartbeatMs: 1000,
      reason: 'test',
      ...(mine && turn.release ? { release: true } : {}),
    };
  }

  /** Answers overtake each other, and some never arrive. */
  #answer(turn: Turn): void {
    const [arrived] = this.#underWay.splice(turn.pick % Math.max(1, this.#underWay.length), 1);
    if (arrived === undefined || turn.lost) return;
    const { request, answer } = arrived;
    const { resign, released } = request.report;
    this.#take({ kind: 'answer', answer, sentAt: request.sentAt, resigned: resign === true, released });
  }

  /** kill -9 and a new agent: it knows what is on its disk (or not even that), and what the kernel still has. */
  #restart(turn: Turn): void {
    this.#orders = [];
    this.#underWay = [];
    // An answer to the new run's own request is never a late one: it may name an epoch that the last run gave up.
    this.#released = 0;
    this.state = initialHolder(turn.forgets ? { epoch: 0, relEpoch: 0, master: false } : this.#saved, {});
    const bound = this.holds ? [VIP] : [];
    const leftMs = this.kernelUntil === undefined ? 0 : this.kernelUntil - this.now;
    this.#take({ kind: 'kernel', bound, ...(this.holds ? { expiresInMs: leftMs } : {}) });
  }

  #take(input: HolderInput): void {
    const { state, effects } = stepHolder(deepFreeze(this.state), deepFreeze(input), this.ctx);
    this.state = state;
    for (const effect of effects) {
      // The newest order of a kind takes the place of one that has not begun.
      if (effect.kind === 'bind' || effect.kind === 'unbind')
        this.#orders = [...this.#orders.filter(({ kind }) => kind !== effect.kind), effect];
      if (effect.kind === 'persist')
        this.#saved = { epoch: state.epoch, relEpoch: state.relEpoch, master: state.role === 'MASTER' };
    }
  }

  /** Does what was ordered of the kernel, in order, and tells the reducer what became of it. */
  #obey(turn: Turn): void {
    for (let orders = 0; orders < ORDERS_MAX; orders += 1) {
      const order = this.#orders.shift();
      if (order === undefined) return;
      if (turn.fails) this.#orders = [];
      else if (order.kind === 'bind') this.#bind(order, turn);
      else if (this.state.role !== 'MASTER') this.kernelUntil = undefined;
      this.#take({ kind: 'kernel', bound: this.#seen(), ...(turn.fails ? { failed: true } : {}) });
    }
    throw new Error('the kernel is asked for ever');
  }

  #bind({ until, epoch }: Extract<KernelOrder, { kind: 'bind' }>, turn: Turn): void {
    const { state } = this;
    const wrong = state.role !== 'MASTER' || state.epoch !== epoch || epoch <= state.relEpoch;
    // Without an end it would be bound for ever: whoever plays must see it.
    const lifetime = until === undefined ? Infinity : lifetimeMs(until, this.now, this.#expiry);
    if (wrong || lifetime === 0) return;
    this.bindings.push({ epoch, afterRelease: this.#released });
    this.kernelUntil = boot(this.#nowMs + lifetime + KERNEL_EXPIRY[this.#expiry].lateMs * turn.late);
  }
}
