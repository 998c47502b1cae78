/** Hears in passing whether the arbiter answers, and what it was told of letting go. */
import type { HeartbeatRequest } from '../../core/wire/heartbeat.ts';
import type { Ports, Reply } from '../loop/ports.ts';
import type { EventHub } from './hub.ts';

/** Heartbeats in a row without an answer: as many as a lease has at the least. */
export const UNANSWERED_MAX = 3;

/** Passes heartbeats on. */
export const heardBy = (hub: Pick<EventHub, 'arbiter' | 'happened'>, post: Ports['post']): Ports['post'] => {
  let unanswered = 0;
  const told = new Map<string, number>();
  const tellReleased = ({ groups }: HeartbeatRequest): void => {
    for (const { name, released } of groups) {
      if (released === undefined || told.get(name) === released) continue;
      told.set(name, released);
      hub.happened({ event: 'released', group: name, epoch: released });
    }
  };
  const judge = (reply: Reply, request: HeartbeatRequest): void => {
    if (reply.kind === 'answer' || reply.kind === 'refused') {
      unanswered = 0;
      hub.arbiter(true);
      if (reply.kind === 'answer') tellReleased(request);
      return;
    }
    unanswered += 1;
    if (unanswered >= UNANSWERED_MAX) hub.arbiter(false);
  };
  return async (request, options) => {
    const reply = await post(request, options);
    judge(reply, request);
    return reply;
  };
};
