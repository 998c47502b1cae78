/** Drives the shipped reducers along a trace of the model and looks at them as the model looks at itself. */
import { durationMs } from '../../core/time.ts';
import { parseStep, type Step, type Trace, type View } from '../../scripts/spec/trace.ts';
import { ArbiterUnderTest, NODES, type Settings } from './arbiter.ts';
import { HostUnderTest } from './host.ts';
import { Mailbox } from './mail.ts';

/** A unit of the model, a twentieth of a tick, in milliseconds: long beside every margin and quantum of core/. */
export const UNIT_MS = 10_000;
const UNITS_PER_TICK = 20;

/** Where the shipped reducers and the model part. */
export interface Difference {
  /** Counted from 0. */
  readonly index: number;
  readonly step: Step;
  /** What the reducers do there instead. */
  readonly actual: View | string;
}

/** The action cannot be done: what it acts upon does not exist here. */
class Impossible extends Error {
  override readonly name = 'Impossible';
}

export class Replay {
  readonly #hosts: readonly HostUnderTest[];
  readonly #mail: readonly Mailbox[];
  readonly #arbiter: ArbiterUnderTest;
  readonly #trace: Trace;
  /** How many of the mail belong to the hosts before: what the model's numbers begin with. */
  readonly #begins: readonly number[];

  constructor(trace: Trace) {
    const leaseMsOf = (ticks: number) => durationMs(ticks * UNITS_PER_TICK * UNIT_MS);
    const settings: Settings = {
      hosts: trace.rates.length,
      leaseMs: leaseMsOf(trace.lease),
      profileLeaseMs: leaseMsOf(trace.profile),
      listed: trace.listed,
    };
    this.#trace = trace;
    this.#arbiter = new ArbiterUnderTest(settings);
    this.#hosts = trace.rates.map((rate, index) => new HostUnderTest(index, rate * UNIT_MS, settings));
    this.#mail = trace.rates.map((_, index) => new Mailbox(trace.mail[Math.min(index, 1)] ?? 0));
    this.#begins = trace.rates.map((_, index) =>
      index === 0 ? 0 : trace.mail[0] + (index - 1) * trace.mail[1],
    );
  }

  /** Undefined when the reducers did at every step what the model did. */
  run(): Difference | undefined {
    for (const [index, line] of this.#trace.steps.entries()) {
      const step = parseStep(line);
      try {
        this.#do(step);
      } catch (error) {
        if (!(error instanceof Impossible)) throw error;
        return { index, step, actual: error.message };
      }
      const actual = this.view();
      this.#checkExclusive(actual, index);
      if (JSON.stringify(actual) !== JSON.stringify(step.view)) return { index, step, actual };
    }
    return undefined;
  }

  view(): View {
    const { state } = this.#arbiter;
    return {
      phase: state.phase,
      epoch: state.epoch,
      holder: state.holder === null ? undefined : NODES.indexOf(state.holder),
      hosts: this.#hosts.map((host) => host.view()),
    };
  }

  /** What all of this is for, whatever the model says. */
  #checkExclusive({ hosts }: View, index: number): void {
    if (hosts.filter(({ bound }) => bound).length > 1) throw new Error(`two hosts serve after step ${index}`);
  }

  #do({ action, a, b }: Step): void {
    switch (action) {
      case 'begin':
        return;
      case 'pass':
        for (const host of this.#hosts) host.pass(a);
        return;
      case 'wait':
        return this.#arbiter.wait();
      case 'deploy':
        return this.#arbiter.deploy(durationMs(this.#trace.leaseDeployed * UNITS_PER_TICK * UNIT_MS));
      case 'commit':
        return this.#arbiter.commit();
      default:
        return this.#doAtHost(action, a, b);
    }
  }

  #doAtHost(action: string, n: number, number: number): void {
    const host = this.#hosts[n];
    const mail = this.#mail[n];
    if (host === undefined || mail === undefined) throw new Error(`there is no host ${n}`);
    switch (action) {
      case 'unbind':
        return host.unbind();
      case 'fault':
        return host.fail();
      case 'crash':
        mail.orphan();
        return host.crash();
      case 'restart':
        return host.restart();
      case 'send':
      case 'send-deaf':
        return this.#send(host, mail, action === 'send-deaf');
      default:
        return this.#doWithMail(action, host, mail, number - (this.#begins[n] ?? 0));
    }
  }

  #send(host: HostUnderTest, mail: Mailbox, deaf: boolean): void {
    const request = host.send(deaf);
    if (request === undefined) throw new Impossible(`host ${host.index} does not say that it is deaf`);
    mail.send(request);
  }

  #doWithMail(action: string, host: HostUnderTest, mail: Mailbox, position: number): void {
    const item = mail.at(position);
    if (item === undefined) throw new Impossible(`there is no mail ${position} of host ${host.index}`);
    switch (action) {
      case 'lose':
        return mail.drop(item);
      case 'handle':
      case 'handle-batch': {
        if (item.answer !== undefined) throw new Impossible('it is answered already');
        this.#arbiter.handle(item, mail, action === 'handle');
        return;
      }
      case 'reply':
        return this.#arbiter.reply(item, mail);
      case 'apply': {
        if (item.answer === undefined) throw new Impossible('it is not answered yet');
        host.apply(item);
        for (const older of mail.olderAnswers(item)) host.ignore(older);
        for (const older of mail.olderAnswers(item)) mail.drop(older);
        return mail.drop(item);
      }
      default:
        throw new Error(`the model does what is not known here: ${action}`);
    }
  }
}
