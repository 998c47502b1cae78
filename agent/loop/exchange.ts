/** Heartbeats on the wire: numbering, how many may be under way, and what each reply means for each group. */
import { newsOf } from '../../core/holder/call.ts';
import { type Identity, onStaleBeat } from '../../core/holder/identity.ts';
import { type DurationMs, durationMs } from '../../core/time.ts';
import type { GroupReport, GroupResult, HeartbeatRequest, WireError } from '../../core/wire/heartbeat.ts';
import type { GroupRunner } from './group.ts';
import type { Ports, Reply } from './ports.ts';

/** More requests than this under way say that the path is gone; a new one waits for a place. */
const OUTSTANDING_MAX = 4;
/** Of these, regular heartbeats may take so many: one place is always left for what cannot wait. */
const REGULAR_MAX = 3;

/** `regular`: the heartbeat at its time. `urgent`: a claim, a FAULT, a resignation, fabric work. */
export type Urgency = 'regular' | 'urgent';

/**
 * How long to wait for an answer. What may order a move waits as long as a Lambda lives. A regular heartbeat makes
 * room for a newer one much sooner: on a path that lost packets, retries must never be further apart than beats.
 */
const TIMEOUT_MS: Readonly<Record<Urgency, DurationMs>> = {
  regular: durationMs(1500),
  urgent: durationMs(10_000),
};

/** What the arbiter says to a host that it will not hear; any other error of a group is the arbiter's own trouble. */
const REFUSALS: ReadonlySet<string> = new Set([
  'UnknownGroup',
  'NodeMismatch',
  'BadRequest',
  'Unauthorized',
  'Forbidden',
  'NotFound',
  'PayloadTooLarge',
  'BodyTooLarge',
]);

const whyOf = ({ code }: WireError): 'excluded' | 'refused' | 'failing' => {
  if (code === 'NotEnrolled') return 'excluded';
  return REFUSALS.has(code) ? 'refused' : 'failing';
};

export class Exchange {
  readonly #ports: Ports;
  readonly #onSuperseded: () => void;
  #identity: Omit<Identity, 'seq'>;
  #seq = 0;
  readonly #outstanding: Record<Urgency, number> = { regular: 0, urgent: 0 };
  #lastTrouble = '';
  #answeredSeq = 0;

  /** @param onSuperseded another agent speaks for this host now */
  constructor(ports: Ports, boot: number, onSuperseded: () => void) {
    this.#ports = ports;
    this.#identity = { boot, acknowledged: false, jumped: false };
    this.#onSuperseded = onSuperseded;
  }

  get boot(): number {
    return this.#identity.boot;
  }

  /** A place is free for one more request of this kind. */
  hasRoom(urgency: Urgency): boolean {
    const { regular, urgent } = this.#outstanding;
    return regular + urgent < OUTSTANDING_MAX && (urgency === 'urgent' || regular < REGULAR_MAX);
  }

  /** Sends one heartbeat for these groups and hands each its part of the reply. Never rejects. */
  async send(groups: readonly GroupRunner[], urgency: Urgency): Promise<void> {
    const reports = groups.map((group) => group.report());
    this.#seq += 1;
    const request: HeartbeatRequest = {
      v: 1,
      node: this.#ports.node,
      boot: this.#identity.boot,
      seq: this.#seq,
      agent: this.#ports.version,
      groups: reports,
    };
    this.#outstanding[urgency] += 1;
    const replied = this.#ports.post(request, { timeoutMs: TIMEOUT_MS[urgency] });
    groups.forEach((group, index) => {
      const { claim, deaf = false } = reports[index] ?? {};
      group.dispatch({ kind: 'sent', claimed: claim !== undefined, deaf });
    });
    const reply = await replied;
    this.#outstanding[urgency] -= 1;
    groups.forEach((group, index) => this.#deliver(group, reply, request, reports[index]));
    this.#noteTrouble(reply, request.seq);
  }

  #deliver(group: GroupRunner, reply: Reply, request: HeartbeatRequest, said: GroupReport | undefined): void {
    switch (reply.kind) {
      case 'answer':
        this.#deliverResult(group, reply.response.groups[group.profile.name], reply, request, said);
        return;
      case 'refused':
        this.#refuse(group, reply.error, request);
        return;
      case 'throttled':
        group.dispatch({ kind: 'unanswered', why: 'overloaded' });
        return;
      case 'server':
        group.dispatch({ kind: 'unanswered', why: 'failing' });
        return;
      case 'network':
        group.dispatch({ kind: 'unanswered', why: 'unreachable' });
    }
  }

  #deliverResult(
    group: GroupRunner,
    result: GroupResult | undefined,
    reply: Reply,
    request: HeartbeatRequest,
    said: GroupReport | undefined,
  ): void {
    if (result === undefined) {
      group.dispatch({ kind: 'unanswered', why: 'refused' });
    } else if ('error' in result) {
      this.#refuse(group, result.error, request);
    } else {
      if (request.boot === this.#identity.boot) this.#identity = { ...this.#identity, acknowledged: true };
      const { resign: resigned = false, released } = said ?? {};
      const news = said === undefined ? undefined : newsOf(said);
      group.dispatch({ kind: 'answer', answer: result, sentAt: reply.sentAt, resigned, released, news });
    }
  }

  #refuse(group: GroupRunner, error: WireError, request: HeartbeatRequest): void {
    if (error.code !== 'StaleBeat' || error.stored === undefined) {
      this.#ports.log.warn({ group: group.profile.name, code: error.code }, error.message);
      group.dispatch({ kind: 'unanswered', why: whyOf(error) });
      return;
    }
    // A request of an earlier boot number says nothing about the present one.
    if (request.boot !== this.#identity.boot) return;
    const meaning = onStaleBeat({ ...this.#identity, seq: this.#seq }, error.stored);
    if (meaning === 'superseded') this.#onSuperseded();
    if (meaning === 'jump') this.#jumpAbove(error.stored.boot);
  }

  #jumpAbove(stored: number): void {
    const boot = this.#ports.raiseBoot(stored);
    this.#ports.log.warn(
      { stored, boot },
      'the arbiter knows a later start of this host: continuing above it',
    );
    this.#identity = { boot, acknowledged: false, jumped: true };
  }

  /** One line when the arbiter stops answering and one when it answers again, not one for each heartbeat. */
  #noteTrouble(reply: Reply, seq: number): void {
    // A heartbeat that a later one overtook was refused, and that says nothing about the arbiter.
    if (reply.kind === 'refused' && reply.error.code === 'StaleBeat') return;
    // Nor does one that nobody answered, if a later one has been answered since.
    if (seq < this.#answeredSeq) return;
    if (reply.kind === 'answer') this.#answeredSeq = seq;
    const trouble = reply.kind === 'answer' ? '' : reply.kind;
    if (trouble === this.#lastTrouble) return;
    this.#lastTrouble = trouble;
    if (reply.kind === 'answer') this.#ports.log.info({}, 'the arbiter answers again');
    else if (reply.kind === 'network')
      this.#ports.log.warn({ cause: String(reply.cause) }, 'the arbiter does not answer');
    else this.#ports.log.warn({ status: reply.status }, 'the arbiter refuses heartbeats');
  }
}
