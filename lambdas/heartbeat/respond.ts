/** From results to the HTTP answer. */
import type { GroupResult, HeartbeatResponse } from '../../core/wire/heartbeat.ts';
import type { ArbiterError } from '../errors.ts';
import { type HttpAnswer, json } from '../http/respond.ts';

/** One group's answer, or why it has none. */
export type Result = { readonly group: string } & (
  | { readonly answer: Exclude<GroupResult, { error: unknown }> }
  | { readonly error: ArbiterError }
);

/**
 * 200 as soon as one group has an answer; a failing group has its error in its place. When all fail, the status is
 * the first one's and its error stands at the top as well, in the form of every other error.
 */
export const respond = (results: readonly Result[], requestId: string): HttpAnswer => {
  const groups: HeartbeatResponse['groups'] = {};
  for (const result of results) {
    groups[result.group] = 'answer' in result ? result.answer : { error: result.error.toWire(requestId) };
  }
  const first = results[0];
  const allFailed = results.every((result) => 'error' in result);
  return allFailed && first !== undefined && 'error' in first
    ? json(first.error.status, { v: 1, error: first.error.toWire(requestId), groups })
    : json(200, { v: 1, groups });
};
