/** One order of an operator, from event to result. */
import type { Refusal } from '../../core/election/types.ts';
import type { Phase } from '../../core/wire/item.ts';
import type { NodeId } from '../../core/wire/names.ts';
import type { Deps } from '../arbiter/deps.ts';
import { arbitrate } from '../arbiter/run.ts';
import { parseOrder } from './parse.ts';

/** The group after an order that was taken: a failover or a drain has been noted and follows at a heartbeat. */
export interface Taken {
  readonly group: string;
  readonly epoch: number;
  readonly phase: Phase;
  readonly holder: NodeId | null;
  readonly rev: number;
}

/** `refused`: the rules do not allow it now, and nothing has changed. */
export type OrderResult = Taken | { readonly refused: Pick<Refusal, 'code' | 'message'> };

/**
 * Takes one order.
 * @throws BadRequest, UnknownGroup, and as `arbitrate`: then nothing is known to have been taken
 * @example takeOrder({ group: 'mysql', command: { do: 'pause' }, by: 'arn:aws:…', reason: 'upgrade' }, deps)
 */
export const takeOrder = async (event: unknown, deps: Deps): Promise<OrderResult> => {
  const startedAt = deps.clock();
  const { group, command, ifEpoch, by, reason } = parseOrder(event);
  const input = { kind: 'operator', command, ifEpoch, by, reason } as const;
  // What follows at once, such as a move that a pause has held up, is done here.
  const done = await arbitrate(input, { group, alone: true, startedAt }, deps);
  if (done.kind === 'refused') {
    const { code, message } = done.refusal;
    deps.logger.warn('refused', { code, reason: message, group, by });
    return { refused: { code, message } };
  }
  const { epoch, phase, holder, rev } = done.state;
  return { group, epoch, phase, holder, rev };
};
