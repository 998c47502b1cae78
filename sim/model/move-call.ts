/** One fabric call, repeated until it is answered for good or its time is over. Mirrors lambdas/fabric/ec2/send.ts. */
import type { MoveEffect, VipResult } from '../../core/election/types.ts';
import type { World } from '../world.ts';
import type { Invocation } from './invocation.ts';

const RETRY_MS = 200;
const RETRY_JITTER = 0.25;
const TRIES_MAX = 32;
const ANSWER_GRACE_MS = 3000;
const REQUEST_MS_MAX = 3000;
const CODE_TOO_LATE = { code: 'MoveAborted', message: 'too late', permanent: false };
const NO_ANSWER = { code: 'TimeoutError', message: 'no answer', permanent: false };

type Failure = NonNullable<VipResult['error']>;

/** Calls `done` with one result for each VIP, when nothing is in flight any more. */
export const sendMove = (
  world: World,
  invocation: Invocation,
  order: MoveEffect,
  done: (results: readonly VipResult[]) => void,
): void => {
  const { queue, lambda, fabric } = world;
  const { environment, hop } = invocation;
  const graceMs = Math.max(0, order.abortAt + ANSWER_GRACE_MS - environment.clock());
  const abortedAt = Math.min(queue.now + graceMs, invocation.signalAt);
  let tries = 0;
  let failure: Failure = CODE_TOO_LATE;
  const end = (error: Failure | undefined): void =>
    done(
      order.vips.map(({ address }) =>
        error === undefined ? { address, ok: true } : { address, ok: false, error },
      ),
    );
  const attempt = (): void => {
    const now = environment.clock();
    if (tries >= TRIES_MAX || now > order.abortAt || queue.now >= abortedAt) return end(failure);
    tries += 1;
    world.monitor.sent(order, now);
    world.trace?.line(
      queue.now,
      environment.name,
      `EC2: assign to ${world.nameOf(order.to)}, order ${order.moveId}`,
    );
    const { afterMs, error } = fabric.assign(order);
    const leftMs = Math.max(0, abortedAt - queue.now);
    const waitMs = Math.min(afterMs, REQUEST_MS_MAX, leftMs);
    hop(waitMs, () => {
      if (waitMs === afterMs && error === undefined) {
        world.monitor.acknowledged(order);
        return end(undefined);
      }
      failure = waitMs === afterMs && error !== undefined ? error : NO_ANSWER;
      world.trace?.line(queue.now, environment.name, `EC2: ${failure.code}`);
      if (failure.permanent) return end(failure);
      const pauseMs = RETRY_MS * (1 + RETRY_JITTER * (2 * lambda.next() - 1));
      if (environment.clock() + pauseMs > order.abortAt) return end(failure);
      hop(Math.min(pauseMs, Math.max(0, abortedAt - queue.now)), attempt);
    });
  };
  attempt();
};
