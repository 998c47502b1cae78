/** Invoked by the deployment's rules with EventBridge's events about the members' machines. */
import { setTimeout as pause } from 'node:timers/promises';
import { createDeps } from '../arbiter/live.ts';
import { parseEnvironment } from '../environment.ts';
import { createEc2Client } from '../fabric/secondary-ip/client.ts';
import { createSecondaryIp } from '../fabric/secondary-ip/driver.ts';
import { parseEvent } from './event.ts';
import { type EventAnswer, type EventDeps, takeEvent } from './take.ts';

/** @param deps made once for each environment */
export const createHandler =
  (deps: EventDeps) =>
  async (event: unknown): Promise<EventAnswer> =>
    takeEvent(parseEvent(event), deps);

const start = (): EventDeps => {
  const ec2 = createEc2Client();
  const fabric = createSecondaryIp(ec2);
  return { ...createDeps(parseEnvironment(process.env), { fabricOf: () => fabric }), ec2, pause };
};

let take: ReturnType<typeof createHandler> | undefined;

/** @throws so that Lambda delivers the event again, and its errors count it */
export const handler = async (event: unknown): Promise<EventAnswer> => {
  take ??= createHandler(start());
  return take(event);
};
