/** One change of the fabric, sent until it is answered for good or its time is over. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { EC2Client, ServiceInputTypes, ServiceOutputTypes } from '@aws-sdk/client-ec2';
import type { EpochMs } from '../../../core/time.ts';
import type { FabricScope } from '../fabric.ts';
import { classify, type FabricFailure } from './classify.ts';

/** Between two tries, ± a quarter, so that the groups of one failed host do not hit the throttle in step. */
const RETRY_MS = 200;
const RETRY_JITTER = 0.25;
/** More tries than fit between an order and its `abortAt`: the time ends the loop, this only bounds it. */
const TRIES_MAX = 32;
/** How long after `abortAt` an answer may still arrive to a call sent before it. */
const ANSWER_GRACE_MS = 3000;

/** Thrown where a call would be sent too late, by the guard that {@link Deadline} gives to it. */
class SentTooLate extends Error {
  override readonly name = 'MoveAborted';
}

export interface Deadline {
  /** Throws when it is too late to send. To be called immediately before the bytes go out. */
  readonly guard: () => void;
  readonly signal: AbortSignal;
}

/** A call, and what its refusal may mean. */
export interface Attempt {
  /** EC2's name of the call, for the journal. */
  readonly action: string;
  /** Must hand `signal` to the connection and run `guard` last before sending: {@link sendGuarded} does. */
  readonly call: (deadline: Deadline) => Promise<unknown>;
  /** What is to be sent in its place, at once, when it was refused with this code. A chain of these has an end. */
  readonly instead?: (code: string) => Attempt | undefined;
  /** Codes that time may cure here, although they are permanent elsewhere. */
  readonly passing?: ReadonlySet<string>;
}

export type Sent = { readonly ok: true } | { readonly ok: false; readonly error: FabricFailure };

const tooLate = (abortAt: EpochMs): FabricFailure => ({
  code: 'MoveAborted',
  message: `not sent: the order had expired at ${new Date(abortAt).toISOString()}`,
  permanent: false,
});

/** Every call in flight ends shortly after the order does, or earlier when the invocation must answer. */
const deadlineOf = (abortAt: EpochMs, scope: FabricScope): Deadline => ({
  guard: () => {
    if (scope.now() > abortAt) throw new SentTooLate(tooLate(abortAt).message);
  },
  signal: AbortSignal.any([
    scope.signal,
    AbortSignal.timeout(Math.max(0, abortAt + ANSWER_GRACE_MS - scope.now())),
  ]),
});

/** A command as `EC2Client.send` takes it. */
type Command<I extends ServiceInputTypes, O extends ServiceOutputTypes> = Parameters<
  typeof EC2Client.prototype.send<I, O>
>[0];

/** Sends a command unless its deadline has passed when everything else is ready. */
export const sendGuarded = <I extends ServiceInputTypes, O extends ServiceOutputTypes>(
  client: EC2Client,
  command: Command<I, O>,
  { guard, signal }: Deadline,
): Promise<O> => {
  // The innermost place: after credentials, endpoint and signature, each of which may have taken its time.
  command.middlewareStack.add(
    (next) => (args) => {
      guard();
      return next(args);
    },
    { step: 'deserialize', priority: 'low', name: 'keepaloftSendDeadline' },
  );
  return client.send(command, { abortSignal: signal });
};

const failureOf = (thrown: unknown, { passing }: Attempt): FabricFailure => {
  const failure = classify(thrown);
  return passing?.has(failure.code) === true ? { ...failure, permanent: false } : failure;
};

/** Sends until one attempt succeeds, one fails for good, or `abortAt` has come; then the last failure is the answer. */
export const sendUntil = async (first: Attempt, abortAt: EpochMs, scope: FabricScope): Promise<Sent> => {
  const deadline = deadlineOf(abortAt, scope);
  let attempt = first;
  let failure = tooLate(abortAt);
  for (let tries = 0; tries < TRIES_MAX && scope.now() <= abortAt && !deadline.signal.aborted; tries += 1) {
    const startMs = performance.now();
    const journal = (code: string): void =>
      scope.onCall({
        action: attempt.action,
        ms: Math.round(performance.now() - startMs),
        ok: code === 'ok',
        code,
      });
    try {
      await attempt.call(deadline);
      journal('ok');
      return { ok: true };
    } catch (thrown) {
      if (thrown instanceof SentTooLate) break;
      failure = failureOf(thrown, attempt);
      journal(failure.code);
    }
    const other = attempt.instead?.(failure.code);
    if (other !== undefined) {
      attempt = other;
      // It was an answer to the wrong call, and says nothing of the target if time ends before the right one is sent.
      failure = { ...failure, permanent: false };
      continue;
    }
    if (failure.permanent) break;
    const waitMs = RETRY_MS * (1 + RETRY_JITTER * (2 * Math.random() - 1));
    if (scope.now() + waitMs > abortAt) break;
    // An abort while waiting is seen by the loop's own condition.
    await sleep(waitMs, undefined, { signal: deadline.signal }).catch(() => undefined);
  }
  return { ok: false, error: failure };
};
