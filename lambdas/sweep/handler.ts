/** Invoked once a minute by a rule, directly: the event is what the rule of the deployment hands over. */
import * as z from 'zod/mini';
import { createDeps } from '../arbiter/live.ts';
import { createAskRinging } from '../cloudwatch/ringing.ts';
import { parseEnvironment } from '../environment.ts';
import { BadRequest } from '../errors.ts';
import { createEc2Client } from '../fabric/ec2/client.ts';
import { createMovers } from '../fabric/movers.ts';
import type { SweepDeps } from './group.ts';
import { type SweepAnswer, sweep } from './sweep.ts';

/** As `lib/sweep.ts` has it in the rule. */
const eventSchema = z.strictObject({ v: z.literal(1), do: z.literal('sweep') });

/** @param deps made once for each environment */
export const createHandler =
  (deps: SweepDeps) =>
  async (event: unknown): Promise<SweepAnswer> => {
    const parsed = eventSchema.safeParse(event);
    if (!parsed.success) {
      throw new BadRequest('a sweep is asked for by {"v":1,"do":"sweep"} and nothing else', parsed.error);
    }
    return sweep(deps);
  };

const start = (): SweepDeps => {
  const ec2 = createEc2Client();
  const deps = createDeps(parseEnvironment(process.env), { fabricOf: createMovers(ec2) });
  return { ...deps, ec2, askRinging: createAskRinging() };
};

let take: ReturnType<typeof createHandler> | undefined;

/** @throws when nothing could be swept, so that the function's own errors count it */
export const handler = async (event: unknown): Promise<SweepAnswer> => {
  take ??= createHandler(start());
  return take(event);
};
