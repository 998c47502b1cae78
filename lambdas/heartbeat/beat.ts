/** One heartbeat request, from event to answer. */
import { answerFor } from '../../core/election/answer.ts';
import type { Refusal } from '../../core/election/types.ts';
import type { EpochMs } from '../../core/time.ts';
import type { GroupReport, HeartbeatRequest } from '../../core/wire/heartbeat.ts';
import type { Deps } from '../arbiter/deps.ts';
import { arbitrate } from '../arbiter/run.ts';
import {
  type ArbiterError,
  asArbiterError,
  Internal,
  NodeMismatch,
  NotEnrolled,
  StaleBeat,
} from '../errors.ts';
import type { Envelope } from '../http/event.ts';
import { logFailure } from '../http/log-failure.ts';
import type { HttpAnswer } from '../http/respond.ts';
import { callerOf } from './identity.ts';
import { parseHeartbeat } from './parse.ts';
import { type Result, respond } from './respond.ts';

/** A heartbeat is refused for two reasons. The others are an operator's, and met here they are a defect. */
const refused = ({ code, message, stored }: Refusal): ArbiterError => {
  switch (code) {
    case 'StaleBeat':
      return new StaleBeat(message, stored);
    case 'NotEnrolled':
      return new NotEnrolled(message);
    default:
      return new Internal(new Error(`a heartbeat was refused as an order: ${code}: ${message}`));
  }
};

const takeGroup = async (
  request: HeartbeatRequest,
  report: GroupReport,
  startedAt: EpochMs,
  deps: Deps,
): Promise<Result> => {
  const { node, boot, seq } = request;
  const group = report.name;
  const input = { kind: 'report', node, beat: { boot, seq }, report } as const;
  const alone = request.groups.length === 1;
  try {
    const done = await arbitrate(input, { group, alone, startedAt }, deps);
    if (done.kind === 'refused') return { group, error: refused(done.refusal) };
    const answer = answerFor(done.state, node, { ...done.context, now: deps.clock() }, done.work);
    const { hash } = done.context.config;
    return { group, answer: report.configHash === hash ? answer : { ...answer, configHash: hash } };
  } catch (thrown) {
    return { group, error: asArbiterError(thrown) };
  }
};

/**
 * Takes one heartbeat: identity first, then all its groups at once.
 * @throws ArbiterError for what concerns the whole request; a single group's failure stands in its place
 */
export const takeHeartbeat = async (
  envelope: Envelope,
  memberRoles: readonly string[] | undefined,
  deps: Deps,
): Promise<HttpAnswer> => {
  const startedAt = deps.clock();
  const caller = callerOf(envelope.userArn, memberRoles);
  const request = parseHeartbeat(envelope);
  if (request.node !== caller) {
    throw new NodeMismatch(`the body speaks for ${request.node} but ${caller} signed it: nothing was taken`);
  }
  const results = await Promise.all(
    request.groups.map((report) => takeGroup(request, report, startedAt, deps)),
  );
  for (const result of results) {
    if (!('error' in result)) continue;
    logFailure(result.error, { group: result.group, node: caller, requestId: envelope.requestId }, deps);
  }
  return respond(results, envelope.requestId);
};
