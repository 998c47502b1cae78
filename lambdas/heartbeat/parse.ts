/** From a request's body to a heartbeat that can be believed. */
import { type HeartbeatRequest, heartbeatRequestSchema } from '../../core/wire/heartbeat.ts';
import { BadRequest } from '../errors.ts';
import { type Envelope, parseBody } from '../http/event.ts';

/**
 * The heartbeat in the body.
 * @throws BodyTooLarge before anything is parsed; BadRequest naming the path of what is wrong
 */
export const parseHeartbeat = (envelope: Pick<Envelope, 'body' | 'isBase64Encoded'>): HeartbeatRequest => {
  const request = parseBody(envelope, heartbeatRequestSchema, 'a version 1 heartbeat');
  const names = request.groups.map((group) => group.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new BadRequest(`the group "${twice}" is reported twice`);
  return request;
};
