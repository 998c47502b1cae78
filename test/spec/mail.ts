/** The heartbeats of one host on their way, in the order in which the model keeps them: the newest first. */
import type { Beat } from '../../core/beat.ts';
import type { BootMs } from '../../core/time.ts';
import type { GroupAnswer, GroupReport } from '../../core/wire/heartbeat.ts';
import type { NodeId } from '../../core/wire/names.ts';

export interface Request {
  readonly node: NodeId;
  readonly beat: Beat;
  readonly report: GroupReport;
  readonly sentAt: BootMs;
}

export interface Mail {
  readonly request: Request;
  /** The agent that sent it has died: nobody waits for the answer. */
  orphan: boolean;
  /** The arbiter has taken it and moves the fabric before it answers. */
  taken: boolean;
  answer?: GroupAnswer;
}

export class Mailbox {
  readonly #size: number;
  #mail: Mail[] = [];

  constructor(size: number) {
    this.#size = size;
  }

  at(position: number): Mail | undefined {
    return this.#mail[position];
  }

  send(request: Request): void {
    if (this.#mail.length >= this.#size)
      throw new Error('more heartbeats are on their way than the model has room for');
    this.#mail.unshift({ request, orphan: false, taken: false });
  }

  drop(mail: Mail): void {
    this.#mail = this.#mail.filter((other) => other !== mail);
  }

  /** Answered later than everything before. */
  answered(mail: Mail, answer: GroupAnswer): void {
    mail.answer = answer;
    mail.taken = false;
    this.#mail = [mail, ...this.#mail.filter((other) => other !== mail)];
  }

  /** The agent dies: what was answered reaches nobody, what was sent may still arrive. */
  orphan(): void {
    this.#mail = this.#mail.filter(({ answer, taken }) => answer === undefined && !taken);
    for (const mail of this.#mail) mail.orphan = true;
  }

  olderRequests(mail: Mail): Mail[] {
    return this.#olderThan(mail).filter(({ answer, taken }) => answer === undefined && !taken);
  }

  olderAnswers(mail: Mail): Mail[] {
    return this.#olderThan(mail).filter(({ answer }) => answer !== undefined);
  }

  #olderThan(mail: Mail): Mail[] {
    return this.#mail.slice(this.#mail.indexOf(mail) + 1);
  }
}
