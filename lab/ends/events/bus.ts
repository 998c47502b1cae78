/**
 * The default event bus of the lab and its schedules. An event is taken at once and delivered afterwards, at least
 * once, in no promised order; an invocation that fails is repeated twice, as Lambda does for asynchronous ones.
 */
import { randomUUID } from 'node:crypto';
import type { Cancel, Clock } from '../clock.ts';
import { LAB_ACCOUNT_ID, LAB_REGION } from '../credentials.ts';
import { type FaultSpan, FaultSwitch } from '../faults.ts';
import type { CloudEvent } from './pattern.ts';

/** After a failure Lambda waits a minute, then two. */
const RETRIES_AFTER_MS = [60_000, 120_000];
/** A schedule runs soon after it was made, and from then on at its rate. */
const FIRST_RUN_AFTER_MS = 10_000;

export interface Target {
  readonly id: string;
  /** Of a function, or of a topic. */
  readonly arn: string;
  /** What it gets in place of the event. */
  readonly input?: unknown;
}

/** A rule has a pattern or a rate. */
export interface BusRule {
  readonly name: string;
  readonly arn: string;
  readonly isEnabled: boolean;
  readonly matches?: (event: CloudEvent) => boolean;
  readonly everyMs?: number;
  /** Of the event that a schedule makes. */
  readonly source: string;
  readonly targets: readonly Target[];
}

/** What somebody puts on the bus. */
export interface NewEvent {
  readonly source: string;
  readonly detailType: string;
  readonly detail: unknown;
  readonly resources?: readonly string[];
  /** Milliseconds since 1970. @default now */
  readonly atMs?: number;
}

/** One attempt to deliver, as the journal tells it. */
export interface Delivery {
  readonly rule: string;
  readonly target: string;
  readonly eventId: string;
  readonly attempt: number;
  readonly outcome: 'ok' | 'failed' | 'lost';
}

/** `drop` loses deliveries, `hold` delays them by `holdMs`, `repeat` delivers twice. `detailType` absent: all. */
export type BusFault = FaultSpan & { detailType?: string } & (
    | { kind: 'drop' | 'repeat' }
    | { kind: 'hold'; holdMs: number }
  );

export interface EventBusOptions {
  readonly clock: Clock;
  readonly rules: readonly BusRule[];
  /** Hands the payload to a target; false says that it failed. */
  readonly deliver: (arn: string, payload: unknown) => Promise<boolean>;
  readonly onEvent?: (event: CloudEvent, rules: readonly string[]) => void;
  readonly onDelivery?: (delivery: Delivery) => void;
}

export class EventBus {
  readonly #options: EventBusOptions;
  readonly #clock: Clock;
  readonly #drops: FaultSwitch<true>;
  readonly #repeats: FaultSwitch<true>;
  readonly #holds: FaultSwitch<number>;
  readonly #pending = new Set<Cancel>();
  #isClosed = false;

  constructor(options: EventBusOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#drops = new FaultSwitch(options.clock);
    this.#repeats = new FaultSwitch(options.clock);
    this.#holds = new FaultSwitch(options.clock);
  }

  get schedules(): readonly BusRule[] {
    return this.#options.rules.filter(({ everyMs }) => everyMs !== undefined);
  }

  /** Lets the schedules run by themselves from now on. */
  start(): void {
    for (const rule of this.schedules) {
      if (rule.isEnabled) this.#runEvery(rule, Math.min(FIRST_RUN_AFTER_MS, rule.everyMs ?? 0));
    }
  }

  /** Ends schedules and whatever is on its way. */
  close(): void {
    this.#isClosed = true;
    for (const cancel of this.#pending) cancel();
    this.#pending.clear();
  }

  /** Takes an event. @returns its id; deliveries follow by themselves */
  put(entry: NewEvent): string {
    const event = this.#eventOf(entry);
    const rules = this.#options.rules.filter(({ isEnabled, matches }) => isEnabled && matches?.(event));
    this.#options.onEvent?.(
      event,
      rules.map(({ name }) => name),
    );
    for (const rule of rules) for (const target of rule.targets) this.#send(rule, target, event);
    return event.id;
  }

  /** Runs a schedule now, enabled or not, and resolves once its targets have answered. */
  async runSchedule(rule: BusRule): Promise<void> {
    const event = this.#eventOf({
      source: rule.source,
      detailType: 'Scheduled Event',
      // The older kind of schedule sends an empty object, the newer one the text of one.
      detail: rule.source === 'aws.scheduler' ? '{}' : {},
      resources: [rule.arn],
    });
    await Promise.all(rule.targets.map((target) => this.#attempt(rule, target, event, 0)));
  }

  fault(fault: BusFault): void {
    const scope = fault.detailType ?? '*';
    if (fault.kind === 'hold') this.#holds.set(scope, fault.holdMs, fault);
    else (fault.kind === 'drop' ? this.#drops : this.#repeats).set(scope, true, fault);
  }

  heal(detailType = '*'): void {
    this.#drops.heal(detailType);
    this.#repeats.heal(detailType);
    this.#holds.heal(detailType);
  }

  #eventOf({ source, detailType, detail, resources = [], atMs = this.#clock.nowMs() }: NewEvent): CloudEvent {
    return {
      version: '0',
      id: randomUUID(),
      'detail-type': detailType,
      source,
      account: LAB_ACCOUNT_ID,
      time: new Date(atMs).toISOString().replace(/\.\d+Z$/, 'Z'),
      region: LAB_REGION,
      resources: [...resources],
      detail,
    };
  }

  #send(rule: BusRule, target: Target, event: CloudEvent): void {
    const scope = event['detail-type'];
    if (this.#drops.strike(scope) === true) {
      this.#tell(rule, target, event, 0, 'lost');
      return;
    }
    const holdMs = this.#holds.strike(scope) ?? 0;
    const copies = this.#repeats.strike(scope) === true ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      this.#later(holdMs, () => void this.#attempt(rule, target, event, 0));
    }
  }

  async #attempt(rule: BusRule, target: Target, event: CloudEvent, attempt: number): Promise<void> {
    const payload = target.input === undefined ? event : target.input;
    const isDone = await this.#options.deliver(target.arn, payload);
    this.#tell(rule, target, event, attempt, isDone ? 'ok' : 'failed');
    const againAfterMs = RETRIES_AFTER_MS[attempt];
    if (isDone || againAfterMs === undefined) return;
    this.#later(againAfterMs, () => void this.#attempt(rule, target, event, attempt + 1));
  }

  #runEvery(rule: BusRule, afterMs: number): void {
    this.#later(afterMs, () => {
      this.#runEvery(rule, rule.everyMs ?? 0);
      if (this.#drops.strike('Scheduled Event') !== true) void this.runSchedule(rule);
    });
  }

  #later(afterMs: number, run: () => void): void {
    if (this.#isClosed) return;
    const cancel = this.#clock.after(afterMs, () => {
      this.#pending.delete(cancel);
      run();
    });
    this.#pending.add(cancel);
  }

  #tell(
    { name }: BusRule,
    { arn }: Target,
    { id }: CloudEvent,
    attempt: number,
    outcome: Delivery['outcome'],
  ): void {
    this.#options.onDelivery?.({ rule: name, target: arn, eventId: id, attempt, outcome });
  }
}
