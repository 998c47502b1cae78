/** Groups that are held and quiet, whose heartbeats the shipped handler takes: what each of them costs. */
import type { HeartbeatRequest } from '../../core/wire/heartbeat.ts';
import { CredentialStore } from '../../lab/ends/credentials.ts';
import { BenchError } from '../errors.ts';
import { type Handler, loadArtefact } from '../handler/artefact.ts';
import { spreadOf } from '../statistics.ts';
import type { Reply } from './agent.ts';
import { NETWORK_MS, OWN_WORK_MS } from './assumptions.ts';
import { Fleet } from './fleet.ts';
import type { FunctionLog } from './function-log.ts';
import { type Call, callHandler } from './handler-call.ts';
import type { SteadyCase, SteadyOrder, SteadyResult } from './messages.ts';
import { randomOf } from './random.ts';
import { StoryClock } from './story-clock.ts';
import { configItem, putItems, stateItem } from './table.ts';
import { between, NO_TRAFFIC, plus, type TrafficCounter } from './traffic.ts';
import { planVillage } from './village.ts';

const SEED = 20_261_120;

export interface Instruments {
  readonly traffic: TrafficCounter;
  readonly log: FunctionLog;
}

interface Tally {
  calls: Call[];
  traffic: SteadyResult['traffic'];
  logBytes: number;
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

export class SteadyStory {
  readonly clock: StoryClock;
  readonly #order: SteadyOrder;
  readonly #case: SteadyCase;
  readonly #instruments: Instruments;
  readonly #fleet: Fleet;
  readonly #credentials: CredentialStore;
  readonly #random = randomOf(SEED);
  #environments: readonly Handler[] = [];
  #calls: Call[] = [];
  #tally: Tally = { calls: [], traffic: NO_TRAFFIC, logBytes: 0 };

  constructor(order: SteadyOrder, one: SteadyCase, instruments: Instruments) {
    this.#order = order;
    this.#case = one;
    this.#instruments = instruments;
    this.clock = new StoryClock(Date.now());
    this.#credentials = new CredentialStore({ clock: this.clock });
    this.#fleet = new Fleet(planVillage(one.groups, one.heartbeatMs), this.clock, this.#random);
  }

  /** Plays until all groups are held and quiet, and fills the table with their items. */
  async prepare(): Promise<void> {
    const states = await this.#fleet.rehearse();
    const configs = this.#fleet.groups.map(({ config }) => configItem(config));
    await putItems(this.#order.endpoint, this.#case.table, [...states.map(stateItem), ...configs]);
    this.#fleet.connect((request, reply) => this.#post(request, reply));
  }

  /** Replaces all environments of the function by new ones, which know nothing yet. */
  async place(environments: number): Promise<void> {
    const { table } = this.#case;
    process.env['TABLE_NAME'] = table;
    const copies = Array.from({ length: environments }, (_, index) => `${table}-${environments}-${index}`);
    this.#environments = await Promise.all(copies.map((copy) => loadArtefact(this.#order.heartbeat, copy)));
    this.#tally = { calls: [], traffic: NO_TRAFFIC, logBytes: 0 };
  }

  /** Plays so many heartbeats that do not count. */
  async warmUp(beats: number): Promise<void> {
    await this.#play(beats);
  }

  /** Plays so many heartbeats and adds them to the result. */
  async count(beats: number): Promise<void> {
    const { traffic, log } = this.#instruments;
    const before = { traffic: traffic.count, logBytes: log.bytes };
    const calls = await this.#play(beats);
    this.#tally.calls.push(...calls);
    this.#tally.traffic = plus(this.#tally.traffic, between(before.traffic, traffic.count));
    this.#tally.logBytes += log.bytes - before.logBytes;
  }

  result(): SteadyResult {
    const { table, groups, heartbeatMs } = this.#case;
    const { calls, traffic, logBytes } = this.#tally;
    return {
      table,
      groups,
      heartbeatMs,
      environments: this.#environments.length,
      beats: calls.length,
      failures: calls.filter(({ reply }) => reply.kind !== 'answer').length,
      latencyMs: spreadOf(calls.map(({ tookMs }) => tookMs)),
      traffic,
      requestBytes: mean(calls.map(({ requestBytes }) => requestBytes)),
      answerBytes: mean(calls.map(({ answerBytes }) => answerBytes)),
      logBytes,
    };
  }

  async #play(beats: number): Promise<Call[]> {
    this.#calls = [];
    await this.clock.play(Infinity, () => this.#calls.length < beats);
    return this.#calls;
  }

  #post(request: HeartbeatRequest, reply: (reply: Reply) => void): void {
    this.clock.after(NETWORK_MS, () => this.clock.work(() => this.#take(request, reply)));
  }

  /** Any environment takes it: what one of them remembers helps least then. */
  async #take(request: HeartbeatRequest, reply: (reply: Reply) => void): Promise<void> {
    const handler = this.#environments[Math.floor(this.#random() * this.#environments.length)];
    if (handler === undefined) throw new BenchError('the function has no environment');
    const { address } = this.#fleet.member(request.node);
    const call = await callHandler(handler, request, address, this.#credentials);
    this.#calls.push(call);
    this.clock.after(OWN_WORK_MS + NETWORK_MS, () => reply(call.reply));
  }
}
