/** The shipped arbiter, one input at a time, on a clock that the trace moves. */
import { answerFor } from '../../core/election/answer.ts';
import { initialState } from '../../core/election/initial.ts';
import { step } from '../../core/election/step.ts';
import type { Input, Outcome, StepContext } from '../../core/election/types.ts';
import { after, type DurationMs, durationMs, type EpochMs, epochMs } from '../../core/time.ts';
import type { GroupConfig, GroupState } from '../../core/wire/item.ts';
import { A, B, C, ENI, groupConfig, VIP } from '../core/fixtures.ts';
import type { Mail, Mailbox } from './mail.ts';

export const NODES: readonly string[] = [A, B, C];
/** In the model a lower number is better. */
export const PRIORITIES = [120, 110, 100] as const;
/** Longer than a release may take, than a deaf holder is given, and than a report is fresh. */
const WAIT_MS = 10_000;
/** Nothing else on the arbiter's clock takes any time. */
const ACTION_MS = 1;
const START_MS = 10_000_000_000;

export interface Settings {
  readonly hosts: number;
  readonly leaseMs: DurationMs;
  /** The lease in the agents' own configuration. */
  readonly profileLeaseMs: DurationMs;
  /** The witness lists the VIPs on every host, or on none. */
  readonly listed: boolean;
}

const rosterOf = (hosts: number): GroupConfig['members'] =>
  Object.fromEntries(
    ([A, B, C] as const)
      .slice(0, hosts)
      .map((node, index) => [
        node,
        { eni: ENI[node], address: `172.31.0.${11 + index}`, priority: PRIORITIES[index] ?? 1 },
      ]),
  );

export class ArbiterUnderTest {
  #now: EpochMs = epochMs(START_MS);
  #config: GroupConfig;
  state: GroupState;

  constructor({ hosts, leaseMs }: Settings) {
    this.#config = groupConfig({ exclusive: true, leaseMs, members: rosterOf(hosts) });
    // The model does not wait for everybody's first report before it names the first holder.
    this.state = { ...initialState(this.#config, this.#now), firstReportAt: epochMs(0) };
  }

  wait(): void {
    this.#now = after(this.#now, WAIT_MS);
  }

  deploy(leaseMs: DurationMs): void {
    this.#config = { ...this.#config, leaseMs };
  }

  #context(mayMove: boolean): StepContext {
    this.#now = after(this.#now, ACTION_MS);
    return { now: this.#now, config: this.#config, mayMove };
  }

  #step(input: Input, ctx: StepContext): Outcome {
    const outcome = step(this.state, input, ctx);
    this.state = outcome.state;
    return outcome;
  }

  /** The fabric has done what was ordered last. */
  commit(): void {
    const { epoch, move } = this.state;
    const moveId = move?.id ?? -1;
    this.#step({ kind: 'moved', epoch, moveId, results: [{ address: VIP, ok: true }] }, this.#context(true));
  }

  /** Takes a heartbeat; one that moves the fabric is answered later. What is older is refused from now on. */
  handle(mail: Mail, box: Mailbox, mayMove: boolean): void {
    const ctx = this.#context(mayMove);
    const { effects, refusal, work } = this.#step({ kind: 'report', ...mail.request }, ctx);
    if (refusal !== undefined) throw new Error(`a heartbeat that is newer is refused: ${refusal.message}`);
    for (const older of box.olderRequests(mail)) this.#refuse(older, box, ctx);
    if (mail.orphan) box.drop(mail);
    else if (effects.some(({ kind }) => kind === 'move') && this.#isNewOrder()) mail.taken = true;
    else box.answered(mail, answerFor(this.state, mail.request.node, ctx, work));
  }

  /** A further attempt of the same order is nothing that the model knows. */
  #isNewOrder(): boolean {
    return this.state.move?.attempt === 1;
  }

  #refuse(mail: Mail, box: Mailbox, ctx: StepContext): void {
    const { refusal } = this.#step({ kind: 'report', ...mail.request }, ctx);
    if (refusal?.code !== 'StaleBeat') throw new Error('a heartbeat that is older was taken');
    box.drop(mail);
  }

  reply(mail: Mail, box: Mailbox): void {
    box.answered(mail, answerFor(this.state, mail.request.node, this.#context(true)));
  }
}

/** A span that nobody's patience outlasts. */
export const AGES_MS: DurationMs = durationMs(1_000_000_000);
