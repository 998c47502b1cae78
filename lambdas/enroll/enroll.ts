/** One request for a configuration, from event to answer. */
import { createHash } from 'node:crypto';
import { agentGroupDocument } from '../../core/wire/compile.ts';
import { type EnrolResponse, enrolRequestSchema } from '../../core/wire/enrol.ts';
import { GROUPS_MAX, type NodeId } from '../../core/wire/names.ts';
import { type ArbiterError, asArbiterError, NodeMismatch, NotEnrolled, UnknownGroup } from '../errors.ts';
import { callerOf } from '../heartbeat/identity.ts';
import { type Envelope, parseBody } from '../http/event.ts';
import { logFailure } from '../http/log-failure.ts';
import { type HttpAnswer, json } from '../http/respond.ts';
import { enrolmentOf, lookAt } from '../roster/instances.ts';
import { type Asker, type Seat, type SeatDeps, seatIn } from './seat.ts';

/** When everything that is waited for must have been answered: the function's own time-out is 10 s. */
const CALLS_MS_MAX = 8000;
/** An instance that has just been started may not be shown yet. */
const LOOKS_MAX = 3;
const LOOK_PAUSE_MS = 1000;
/** Of the list of groups, at a time; all of them are read at once. */
const PAGE_GROUPS = 32;
const HASH_CHARS = 16;

/** What one group says to this host. */
type Result = { readonly group: string } & (
  | { readonly seat: Seat | undefined }
  | { readonly error: ArbiterError }
);

const askerOf = async (node: NodeId, signal: AbortSignal, deps: SeatDeps): Promise<Asker> => {
  for (let looks = 1; looks <= LOOKS_MAX; looks += 1) {
    const sight = (await lookAt([node], signal, deps.ec2))[node];
    if (sight !== undefined) {
      enrolmentOf(node, sight);
      return { node, sight };
    }
    if (looks < LOOKS_MAX) await deps.pause(LOOK_PAUSE_MS);
  }
  throw new NotEnrolled(
    `EC2 does not show ${node}: one that has just been started is shown within a minute, ask again then; ` +
      'else the arbiter is deployed in another account or region than the instance',
  );
};

const resultOf = async (
  group: string,
  asker: Asker,
  signal: AbortSignal,
  deps: SeatDeps,
): Promise<Result> => {
  try {
    return { group, seat: await seatIn(group, asker, deps, signal) };
  } catch (thrown) {
    // Between the list and the look the group has been removed.
    if (thrown instanceof UnknownGroup) return { group, seat: undefined };
    const error = asArbiterError(thrown);
    // An answer without a group tells the host to leave it. What is not known must not look like that.
    if (error.status >= 500) throw thrown;
    return { group, error };
  }
};

const allResults = async (asker: Asker, signal: AbortSignal, deps: SeatDeps): Promise<Result[]> => {
  const results: Result[] = [];
  for (let after: string | undefined; ; ) {
    const names = await deps.store.groups(after, PAGE_GROUPS);
    results.push(...(await Promise.all(names.map((name) => resultOf(name, asker, signal, deps)))));
    after = names.at(-1);
    if (names.length < PAGE_GROUPS) return results;
  }
};

const isMember = (result: Result): result is { group: string; seat: Seat } =>
  'seat' in result && result.seat !== undefined;
const isRefused = (result: Result): result is { group: string; error: ArbiterError } => 'error' in result;

const answerOf = (
  node: NodeId,
  members: readonly { group: string; seat: Seat }[],
  refused: EnrolResponse['refused'],
): EnrolResponse => {
  const groups = Object.fromEntries(
    members.map(({ group, seat }) => [group, agentGroupDocument(seat.file, node, seat.members)]),
  );
  const config = { version: 1 as const, groups };
  const hash = createHash('sha256').update(JSON.stringify(config)).digest('hex').slice(0, HASH_CHARS);
  return { v: 1, hash, config, ...(refused === undefined ? {} : { refused }) };
};

const noMember = (node: NodeId): NotEnrolled =>
  new NotEnrolled(
    `${node} is a member of no group of this arbiter: name it in the members of one and deploy, ` +
      "or give it the tag, or start it in the Auto Scaling group, that one's members are selected by",
  );

/**
 * Tells a host its configuration. Who asks is in the signature, what it is EC2 says, what it is told the deployed groups
 * say: nothing comes from the request.
 * @throws ArbiterError: NodeMismatch, NotEnrolled when it is a member nowhere, the first group's refusal when all refuse
 */
export const takeEnrolment = async (
  envelope: Envelope,
  memberRoles: readonly string[] | undefined,
  deps: SeatDeps,
): Promise<HttpAnswer> => {
  const caller = callerOf(envelope.userArn, memberRoles);
  const request = parseBody(envelope, enrolRequestSchema, 'a version 1 enrolment');
  if (request.node !== caller) {
    throw new NodeMismatch(`the body speaks for ${request.node} but ${caller} signed it: nothing was done`);
  }
  const signal = AbortSignal.timeout(CALLS_MS_MAX);
  const results = await allResults(await askerOf(caller, signal, deps), signal, deps);
  const refused = results.filter(isRefused);
  const { requestId } = envelope;
  for (const { group, error } of refused) logFailure(error, { group, node: caller, requestId }, deps);
  // An agent runs no more groups than these: the first ones by name, and none of them half.
  const members = results.filter(isMember).slice(0, GROUPS_MAX);
  if (members.length === 0) throw refused[0]?.error ?? noMember(caller);
  const told = Object.fromEntries(refused.map(({ group, error }) => [group, error.toWire(requestId)]));
  const answer = answerOf(caller, members, refused.length === 0 ? undefined : told);
  deps.logger.info('enrolled', {
    node: caller,
    agent: request.agent,
    groups: members.map(({ group }) => group),
    hash: answer.hash,
  });
  return json(200, answer);
};
