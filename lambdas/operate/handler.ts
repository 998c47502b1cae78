/**
 * Takes an operator's order: failover, drain, undrain, pause, resume. Invoked directly, by whoever may invoke it; the
 * caller says in `by` who ordered it.
 */
import { createDeps } from '../arbiter/live.ts';
import { parseEnvironment } from '../environment.ts';
import { type OrderResult, takeOrder } from './order.ts';

const deps = createDeps(parseEnvironment(process.env));

/**
 * @param event `{group, command: {do, to?, node?}, ifEpoch?, by, reason}`
 * @returns `{group, epoch, phase, holder, rev}`, or `{refused: {code, message}}` when the rules do not allow it
 * @throws when the event is no order, the group does not exist or the table cannot be reached
 */
export const handler = (event: unknown): Promise<OrderResult> => takeOrder(event, deps);
