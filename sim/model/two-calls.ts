/**
 * The order of a kind that EC2 moves with two calls: look, take from whoever has it, give. Between the calls the addresses are
 * nowhere, and the Lambda may stand still, die, or be overtaken there. Mirrors lambdas/fabric/ipv6/transfer.ts, without its giving
 * back.
 */
import type { MoveEffect, Observation, VipResult } from '../../core/election/types.ts';
import type { World } from '../world.ts';
import type { CallOutcome } from './fabric.ts';
import type { Invocation } from './invocation.ts';

const RETRY_MS = 200;
const TRIES_MAX = 32;
const ANSWER_GRACE_MS = 3000;
const REQUEST_MS_MAX = 3000;
const TOO_LATE = { code: 'MoveAborted', message: 'too late', permanent: false };
const NO_ANSWER = { code: 'TimeoutError', message: 'no answer', permanent: false };

type Failure = NonNullable<VipResult['error']>;

/** Calls `done` with one result for each VIP, when nothing is in flight any more. */
export const sendTwoCalls = (
  world: World,
  invocation: Invocation,
  order: MoveEffect,
  done: (results: readonly VipResult[]) => void,
): void => {
  const { queue, fabric } = world;
  const { environment, hop } = invocation;
  const graceMs = Math.max(0, order.abortAt + ANSWER_GRACE_MS - environment.clock());
  const abortedAt = Math.min(queue.now + graceMs, invocation.signalAt);
  let tries = 0;
  const leftMs = (): number => Math.max(0, abortedAt - queue.now);
  const end = (error: Failure | undefined): void =>
    done(
      order.vips.map(({ address }) =>
        error === undefined ? { address, ok: true } : { address, ok: false, error },
      ),
    );
  const again = (failure: Failure): void => {
    world.trace?.line(queue.now, environment.name, `EC2: ${failure.code}`);
    if (failure.permanent || environment.clock() + RETRY_MS > order.abortAt) return end(failure);
    hop(Math.min(RETRY_MS, leftMs()), () => attempt(failure));
  };
  /** Sends nothing after the order's end. */
  const write = (what: string, send: () => CallOutcome, then: () => void): void => {
    const now = environment.clock();
    if (now > order.abortAt || queue.now >= abortedAt) return end(TOO_LATE);
    world.monitor.sent(order, now);
    world.trace?.line(queue.now, environment.name, `EC2: ${what}, order ${order.moveId}`);
    const outcome = send();
    const waitMs = Math.min(outcome.afterMs, REQUEST_MS_MAX, leftMs());
    hop(waitMs, () => {
      if (waitMs !== outcome.afterMs) return again(NO_ANSWER);
      return outcome.error === undefined ? then() : again(outcome.error);
    });
  };
  const give = (): void =>
    write(
      `give to ${world.nameOf(order.to)}`,
      () => fabric.give(order),
      () => {
        world.monitor.acknowledged(order);
        end(undefined);
      },
    );
  const take = (seen: readonly Observation[]): void => {
    const isAway = seen.some(
      ({ address, owner }) =>
        owner !== null && owner !== order.toEni && order.vips.some((vip) => vip.address === address),
    );
    if (isAway) write('take', () => fabric.take(order, seen), give);
    else give();
  };
  const attempt = (failure: Failure): void => {
    if (tries >= TRIES_MAX || environment.clock() > order.abortAt || queue.now >= abortedAt)
      return end(failure);
    tries += 1;
    const { afterMs, observations } = fabric.describe();
    const waitMs = Math.min(afterMs, leftMs());
    hop(waitMs, () =>
      observations === undefined || waitMs !== afterMs ? again(NO_ANSWER) : take(observations),
    );
  };
  attempt(TOO_LATE);
};
