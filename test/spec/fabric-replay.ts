/** Drives the shipped arbiter of a fenced group along a trace of spec/fabric.pml, with Lambdas and a fabric in memory. */
import { initialState } from '../../core/election/initial.ts';
import { step } from '../../core/election/step.ts';
import type { Effect, Input, MoveEffect, StepContext } from '../../core/election/types.ts';
import { after, durationMs, type EpochMs, epochMs } from '../../core/time.ts';
import type { GroupConfig, GroupState } from '../../core/wire/item.ts';
import { type FabricTrace, type FabricView, parseFabricStep } from '../../scripts/spec/trace.ts';
import { A, B, C, ENI, groupConfig, report, VIP } from '../core/fixtures.ts';
import { PRIORITIES } from './arbiter.ts';

const NODES = [A, B, C] as const;
/** A unit of the model: a second look is due after one, an order is lost after three. */
const UNIT_MS = 2000;
/** Added to each unit, so that what is due after whole units here is due there. */
const SLACK_MS = 5;
const ACTION_MS = 1;
const START_MS = 10_000_000;
/** Nobody is ever silent in this model. */
const HEARTBEAT_MS = 1_000_000;

/** A call that was sent in time may take effect so much later. */
const CALL_MS = 3000;

interface Mover {
  readonly order: MoveEffect;
  /** It brings no results any more. */
  gone: boolean;
  acted: boolean;
  units: number;
}

/** In the model, and in `core/election/rules.ts` in milliseconds. */
const TIMED_OUT_UNITS = 3;

const CONFIG: GroupConfig = groupConfig({
  heartbeatMs: durationMs(HEARTBEAT_MS),
  leaseMs: durationMs(3 * HEARTBEAT_MS),
  members: Object.fromEntries(
    NODES.map((node, index) => [
      node,
      { eni: ENI[node], address: `172.31.0.${11 + index}`, priority: PRIORITIES[index] ?? 1 },
    ]),
  ),
});

/** The action cannot be done: the order does not allow it. */
class Impossible extends Error {
  override readonly name = 'Impossible';
}

export interface FabricDifference {
  /** Counted from 0. */
  readonly index: number;
  readonly action: string;
  readonly actual: FabricView | string;
}

export class FabricReplay {
  #now: EpochMs = epochMs(START_MS);
  #state: GroupState;
  #fabric = 0;
  #movers: (Mover | undefined)[] = [undefined, undefined, undefined];
  #saw: number | undefined;
  readonly #faulty = [false, false, false];
  readonly #seq = [0, 0, 0];

  constructor() {
    this.#state = { ...initialState(CONFIG, this.#now), epoch: 1, holder: A, phase: 'held' };
    for (const index of NODES.keys()) this.#beat(index);
  }

  /** Undefined when the arbiter did at every step what the model did. */
  run(trace: FabricTrace): FabricDifference | undefined {
    for (const [index, line] of trace.steps.entries()) {
      const { action, a, view } = parseFabricStep(line);
      try {
        this.#do(action, a);
      } catch (error) {
        if (!(error instanceof Impossible)) throw error;
        return { index, action, actual: error.message };
      }
      const actual = this.view();
      if (JSON.stringify(actual) !== JSON.stringify(view)) return { index, action, actual };
    }
    return undefined;
  }

  view(): FabricView {
    const { phase, epoch, holder, dirtyAt } = this.#state;
    const index = NODES.findIndex((node) => node === holder);
    return { phase, epoch, holder: index, fabric: this.#fabric, marked: dirtyAt !== undefined };
  }

  #do(action: string, a: number): void {
    switch (action) {
      case 'begin':
      case 'show':
        return;
      case 'beat':
        return this.#beat(a);
      case 'change':
        this.#faulty[a] = this.#faulty[a] !== true;
        return this.#beat(a);
      case 'see':
        this.#saw = a;
        return;
      case 'observe':
        return this.#observe();
      case 'overlook':
        this.#saw = undefined;
        return;
      case 'pass':
        return this.#pass();
      default:
        return this.#doWithMover(action, a);
    }
  }

  #doWithMover(action: string, slot: number): void {
    const mover = this.#movers[slot];
    if (mover === undefined) throw new Error(`there is no mover ${slot} to ${action}`);
    switch (action) {
      case 'act':
        if (this.#now > after(mover.order.abortAt, CALL_MS)) throw new Impossible('no call is sent so late');
        this.#fabric = NODES.findIndex((node) => node === mover.order.to);
        mover.acted = true;
        break;
      case 'die':
        mover.gone = true;
        break;
      default:
        return this.#results(slot, mover, action.startsWith('succeed'), !action.endsWith('-late'));
    }
    this.#clear();
  }

  #results(slot: number, { order }: Mover, ok: boolean, mayMove: boolean): void {
    this.#movers[slot] = undefined;
    const error = { code: 'RequestLimitExceeded', message: 'later', permanent: false };
    const result = { address: VIP, ok, ...(ok ? {} : { error }) };
    const { epoch, moveId } = order;
    this.#step({ kind: 'moved', epoch, moveId, results: [result] }, mayMove);
  }

  #observe(): void {
    const owner = this.#saw === undefined ? undefined : NODES[this.#saw];
    this.#saw = undefined;
    if (owner === undefined) throw new Error('nothing was seen');
    this.#step({ kind: 'observed', observations: [{ address: VIP, owner: ENI[owner] }] }, true);
  }

  #beat(index: number): void {
    const node = NODES[index] ?? A;
    this.#seq[index] = (this.#seq[index] ?? 0) + 1;
    const holds = this.#state.holder === node;
    const beat = { boot: 1, seq: this.#seq[index] ?? 0 };
    const health = this.#faulty[index] === true ? 'fault' : 'ok';
    const vips = { [VIP]: { bound: holds, inFabric: holds } };
    const said = report({ priority: PRIORITIES[index] ?? 1, health, vips, epochSeen: 1 });
    this.#step({ kind: 'report', node, beat, report: said }, true);
  }

  #step(input: Input, mayMove: boolean): void {
    this.#now = after(this.#now, ACTION_MS);
    const ctx: StepContext = { now: this.#now, config: CONFIG, mayMove };
    const { state, effects, refusal } = step(this.#state, input, ctx);
    if (refusal !== undefined) throw new Error(refusal.message);
    this.#state = state;
    this.#clear();
    for (const effect of effects) this.#carryOut(effect);
  }

  /** As in the model, the free place with the highest number is taken. */
  #carryOut(effect: Effect): void {
    if (effect.kind !== 'move') return;
    const slot = this.#movers.lastIndexOf(undefined);
    this.#movers[slot] = { order: effect, gone: false, acted: false, units: 0 };
  }

  #pass(): void {
    this.#now = after(this.#now, UNIT_MS + SLACK_MS);
    for (const mover of this.#movers) if (mover !== undefined) mover.units += 1;
    this.#clear();
  }

  /** Forgets Lambdas of which nothing more can come. */
  #clear(): void {
    this.#movers = this.#movers.map((mover) => {
      if (mover === undefined || !mover.gone) return mover;
      const isCurrent = mover.order.moveId === this.#state.move?.id;
      return !isCurrent && (mover.acted || mover.units >= TIMED_OUT_UNITS) ? undefined : mover;
    });
  }
}
