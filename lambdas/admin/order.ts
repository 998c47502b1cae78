/** One order of an operator, from request to result. */
import type { Command } from '../../core/election/types.ts';
import type { OrderRequest, OrderResponse } from '../../core/wire/admin.ts';
import type { Deps } from '../arbiter/deps.ts';
import { arbitrate } from '../arbiter/run.ts';
import { OrderRefused } from '../errors.ts';

const commandOf = (request: OrderRequest): Command => {
  switch (request.do) {
    case 'failover':
      return { do: request.do, ...(request.to === undefined ? {} : { to: request.to }) };
    case 'drain':
    case 'undrain':
      return { do: request.do, node: request.node };
    case 'pause':
    case 'resume':
    case 'adopt':
      return { do: request.do };
  }
};

/**
 * Takes one order.
 * @param by who gives it: the ARN that API Gateway has verified, never something that the request says
 * @param options mayMove false: what follows at once is left to the next heartbeat, for a function that may not move
 * @throws OrderRefused when the rules do not allow it, and nothing has changed; UnknownGroup; and as `arbitrate`: then
 *   nobody knows whether it was taken
 * @example takeOrder({ v: 1, do: 'pause', group: 'mysql', reason: 'upgrade' }, 'arn:aws:…', deps)
 */
export const takeOrder = async (
  request: OrderRequest,
  by: string,
  deps: Deps,
  { mayMove = true }: { readonly mayMove?: boolean } = {},
): Promise<OrderResponse> => {
  const startedAt = deps.clock();
  const { group, ifEpoch, reason } = request;
  const input = { kind: 'operator', command: commandOf(request), ifEpoch, by, reason } as const;
  // What follows at once, such as a move that a pause has held up, is done here.
  const done = await arbitrate(input, { group, alone: mayMove, startedAt }, deps);
  if (done.kind === 'refused') throw new OrderRefused(done.refusal.code, done.refusal.message);
  const { epoch, phase, holder, handover, rev } = done.state;
  return { v: 1, group, epoch, phase, holder, to: handover?.to ?? null, rev };
};
