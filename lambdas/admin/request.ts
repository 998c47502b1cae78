/** One request of an operator, from envelope to answer. */
import type { Deps } from '../arbiter/deps.ts';
import { callerArn, type Envelope } from '../http/event.ts';
import { type HttpAnswer, json } from '../http/respond.ts';
import { lookAtHistory, lookAtStatus } from './look.ts';
import { takeOrder } from './order.ts';
import { parseAdmin } from './parse.ts';

/**
 * Takes one request. Who may make it has been decided by IAM before: whoever is allowed `execute-api:Invoke` on the route.
 * @throws ArbiterError
 */
export const takeRequest = async (envelope: Envelope, deps: Deps): Promise<HttpAnswer> => {
  const by = callerArn(envelope);
  const request = parseAdmin(envelope);
  switch (request.do) {
    case 'status':
      return json(200, await lookAtStatus(request, envelope.requestId, deps));
    case 'history':
      return json(200, await lookAtHistory(request, deps));
    default:
      return json(200, await takeOrder(request, by, deps));
  }
};
