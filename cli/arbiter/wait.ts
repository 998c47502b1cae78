/** Waits until what was ordered has happened. */
import { setTimeout as delay } from 'node:timers/promises';
import type { GroupStatus, OrderRequest, OrderResponse } from '../../core/wire/admin.ts';
import { EXIT } from '../exit-codes.ts';
import { CliError } from '../failure.ts';
import type { ArbiterClient } from './client.ts';

const POLL_MS = 500;

/** `done`; `lapsed`: it will not happen any more; else what it still waits for. */
export type Progress = 'done' | 'lapsed' | { readonly missing: string };

const isSettled = ({ phase }: GroupStatus): boolean => phase === 'held' || phase === 'vacant';
const unsettled = ({ name, phase }: GroupStatus): Progress => ({ missing: `${name} is ${phase}` });

const failedOver = (to: string | null, taken: OrderResponse, now: GroupStatus): Progress => {
  if (now.epoch === taken.epoch) {
    if (now.handover === null && isSettled(now) && now.holder === taken.holder) return 'lapsed';
    return { missing: `${to ?? 'a standby'} has not taken it yet` };
  }
  if (!isSettled(now)) return unsettled(now);
  return to === null || now.holder === to ? 'done' : 'lapsed';
};

/** How far an order has got. Pure. */
export const progressOf = (request: OrderRequest, taken: OrderResponse, now: GroupStatus): Progress => {
  switch (request.do) {
    case 'failover':
      return failedOver(taken.to, taken, now);
    case 'drain':
      if (now.holder === request.node) return { missing: `${request.node} still holds it` };
      return isSettled(now) ? 'done' : unsettled(now);
    case 'undrain':
      return 'done';
    case 'pause':
    case 'resume':
    case 'adopt':
      return isSettled(now) ? 'done' : unsettled(now);
  }
};

export interface WaitOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Called at each look at what is not done yet, with the time waited. */
  readonly onMissing: (missing: string, waitedMs: number) => void;
}

const lapsed = (group: string): CliError =>
  new CliError('order-lapsed', `the order was dropped: the member did not take ${group} in time`, {
    remedy:
      'look at `keepaloft status`: is it silent, in FAULT or drained, or has its beforeMaster refused? Then order it again',
    exitCode: EXIT.refused,
  });

const tooLate = (group: string, missing: string, timeoutMs: number): CliError =>
  new CliError('not-yet', `after ${timeoutMs / 1000} s: ${missing}`, {
    remedy: `the order stands: look at \`keepaloft status ${group} --watch\``,
    exitCode: EXIT.failed,
  });

const lookAt = async (client: ArbiterClient, group: string): Promise<GroupStatus | string> => {
  try {
    const [now] = (await client.status(group)).groups;
    return now === undefined || 'error' in now ? `${group} cannot be read` : now;
  } catch (error) {
    if (error instanceof CliError && error.exitCode === EXIT.unreachable) return error.message;
    throw error;
  }
};

/**
 * Looks twice a second. An arbiter that does not answer meanwhile is asked again.
 * @returns the group as it is then
 * @throws CliError `order-lapsed`, `not-yet`
 */
export const waitFor = async (
  client: ArbiterClient,
  request: OrderRequest,
  taken: OrderResponse,
  options: WaitOptions,
): Promise<GroupStatus> => {
  const startedMs = performance.now();
  for (;;) {
    const now = await lookAt(client, request.group);
    options.signal.throwIfAborted();
    const progress = typeof now === 'string' ? { missing: now } : progressOf(request, taken, now);
    if (progress === 'done' && typeof now !== 'string') return now;
    if (progress === 'lapsed') throw lapsed(request.group);
    const missing = typeof progress === 'string' ? progress : progress.missing;
    const waitedMs = performance.now() - startedMs;
    if (waitedMs >= options.timeoutMs) throw tooLate(request.group, missing, options.timeoutMs);
    options.onMissing(missing, waitedMs);
    await delay(POLL_MS, undefined, { signal: options.signal }).catch(() => undefined);
  }
};
