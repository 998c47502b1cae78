/** Heartbeats on the wire. Mirrors agent/loop/exchange.ts and, for what is sent when, agent/client.ts. */
import { newsOf } from '../../core/holder/call.ts';
import { type Identity, onStaleBeat } from '../../core/holder/identity.ts';
import { reportOf } from '../../core/holder/report.ts';
import type { BootMs } from '../../core/time.ts';
import type { GroupReport } from '../../core/wire/heartbeat.ts';
import type { Agent } from './agent.ts';
import type { Reply } from './invocation.ts';

const OUTSTANDING_MAX = 4;
const REGULAR_MAX = 3;
const TIMEOUT_MS = { regular: 1500, urgent: 10_000 } as const;
/** Signing is quick, except when credentials have to be fetched first. */
const SIGN_MS_MAX = 2;
/** At most; where one fault is tried alone, slow credentials would be another. */
const CREDENTIALS_MS_MAX = { alone: 150, among: 1450 } as const;
const CREDENTIALS_SHARE = 0.01;

export type Urgency = keyof typeof TIMEOUT_MS;

/** One heartbeat under way. */
export interface Sent {
  readonly urgency: Urgency;
  readonly boot: number;
  readonly seq: number;
  readonly report: GroupReport;
  /** By the host's boot clock, before credentials and signature. */
  readonly sentAt: BootMs;
  /** World time at which the agent stops waiting. */
  readonly waitsUntil: number;
  done: boolean;
}

export class Exchange {
  readonly #agent: Agent;
  #identity: Omit<Identity, 'seq'>;
  #seq = 0;
  #outstanding: Sent[] = [];

  constructor(agent: Agent, boot: number) {
    this.#agent = agent;
    this.#identity = { boot, acknowledged: false, jumped: false };
  }

  get boot(): number {
    return this.#identity.boot;
  }

  hasRoom(urgency: Urgency): boolean {
    const { now } = this.#agent.host.world.queue;
    if (this.#outstanding.length === 0) return true;
    this.#outstanding = this.#outstanding.filter((sent) => !sent.done && sent.waitsUntil > now);
    if (this.#outstanding.length >= OUTSTANDING_MAX) return false;
    return (
      urgency === 'urgent' ||
      this.#outstanding.filter((sent) => sent.urgency === 'regular').length < REGULAR_MAX
    );
  }

  /** When the first place becomes free, by the host's boot clock. */
  roomAt(): number {
    const { clock, world } = this.#agent.host;
    const first = Math.min(...this.#outstanding.map((sent) => sent.waitsUntil));
    return clock.read(first) + Math.max(0, first - world.queue.now > 0 ? 10 : 0);
  }

  send(urgency: Urgency): void {
    const agent = this.#agent;
    const { world } = agent.host;
    const ctx = agent.context();
    const report = reportOf(agent.state, ctx);
    this.#seq += 1;
    const sent: Sent = {
      urgency,
      boot: this.#identity.boot,
      seq: this.#seq,
      report,
      sentAt: ctx.now,
      waitsUntil: world.queue.now + TIMEOUT_MS[urgency],
      done: false,
    };
    this.#outstanding.push(sent);
    world.sentCount += 1;
    const slow = world.net.chance(CREDENTIALS_SHARE);
    const credentialsMsMax = CREDENTIALS_MS_MAX[world.settings.solo ? 'alone' : 'among'];
    const signMs = world.net.next() * (slow ? credentialsMsMax : SIGN_MS_MAX);
    world.network.send(agent, sent, signMs, (reply) => this.#receive(sent, reply));
    agent.dispatch({ kind: 'sent', claimed: report.claim !== undefined, deaf: report.deaf === true });
  }

  #receive(sent: Sent, reply: Reply): void {
    const agent = this.#agent;
    agent.callBack(() => {
      if (sent.done || agent.host.world.queue.now >= sent.waitsUntil) return;
      sent.done = true;
      const { world, name } = agent.host;
      if (reply.kind !== 'answer')
        world.trace?.line(
          world.queue.now,
          name,
          `answered: ${reply.kind}${reply.kind === 'refused' ? ` ${reply.refusal.code}` : ''}`,
        );
      this.#deliver(sent, reply);
    });
  }

  #deliver(sent: Sent, reply: Reply): void {
    const agent = this.#agent;
    switch (reply.kind) {
      case 'answer':
        if (sent.boot === this.#identity.boot && !this.#identity.acknowledged)
          this.#identity = { ...this.#identity, acknowledged: true };
        agent.dispatch({
          kind: 'answer',
          answer: reply.answer,
          sentAt: sent.sentAt,
          resigned: sent.report.resign === true,
          released: sent.report.released,
          news: newsOf(sent.report),
        });
        return;
      case 'throttled':
        agent.dispatch({ kind: 'unanswered', why: 'overloaded' });
        return;
      case 'failed':
        agent.dispatch({ kind: 'unanswered', why: 'failing' });
        return;
      case 'refused':
        this.#refused(sent, reply);
    }
  }

  #refused(sent: Sent, { refusal }: Extract<Reply, { kind: 'refused' }>): void {
    const agent = this.#agent;
    if (refusal.code !== 'StaleBeat' || refusal.stored === undefined) {
      agent.dispatch({ kind: 'unanswered', why: refusal.code === 'NotEnrolled' ? 'excluded' : 'refused' });
      return;
    }
    if (sent.boot !== this.#identity.boot) return;
    const meaning = onStaleBeat({ ...this.#identity, seq: this.#seq }, refusal.stored);
    if (meaning === 'superseded') agent.superseded();
    if (meaning === 'jump') {
      const { disk } = agent.host;
      disk.boot = Math.max(refusal.stored.boot, disk.boot) + 1;
      this.#identity = { boot: disk.boot, acknowledged: false, jumped: true };
    }
  }
}
