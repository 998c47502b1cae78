/** A CloudWatch alarm has changed: if it is a check of somebody, CloudWatch is asked, and its group is told. */
import * as z from 'zod/mini';
import type { GroupConfig, GroupState } from '../../core/wire/item.ts';
import type { Deps } from '../arbiter/deps.ts';
import { arbitrate } from '../arbiter/run.ts';
import { type AskRinging, alarmInputs, memberAlarms } from '../cloudwatch/ringing.ts';
import { asArbiterError } from '../errors.ts';
import { logFailure } from '../http/log-failure.ts';
import { allGroups } from '../store/groups.ts';
import type { EventAnswer } from './take.ts';

const ASK_MS_MAX = 4000;

/** The envelope and the detail are AWS's, which may add to them. What state the event says is not read: it is asked for. */
const eventSchema = z.object({
  id: z.string().check(z.maxLength(64)),
  source: z.literal('aws.cloudwatch'),
  'detail-type': z.literal('CloudWatch Alarm State Change'),
  detail: z.object({ alarmName: z.string().check(z.minLength(1), z.maxLength(255)) }),
});

/** @returns the name of the alarm; undefined: it is an event about something else */
export const alarmIn = (event: unknown): string | undefined =>
  eventSchema.safeParse(event).data?.detail.alarmName;

export interface AlarmDeps extends Deps {
  readonly askRinging: AskRinging;
}

interface Concerned {
  readonly group: string;
  readonly state: GroupState;
  readonly config: GroupConfig;
}

/** Groups with a check that this alarm makes. One that cannot be read keeps none of the others from being told. */
const concerned = async (alarm: string, deps: AlarmDeps): Promise<Concerned[]> => {
  const found = await Promise.all(
    (await allGroups(deps.store)).map(async (group): Promise<Concerned[]> => {
      try {
        const state = await deps.store.load(group);
        const config = await deps.configs.of(group, state.configHash);
        return memberAlarms(config).some(({ name }) => name === alarm) ? [{ group, state, config }] : [];
      } catch (thrown) {
        logFailure(asArbiterError(thrown), { group, about: 'alarm' }, deps);
        return [];
      }
    }),
  );
  return found.flat();
};

/**
 * Takes the news that an alarm has changed. Safe to repeat, late or out of order.
 * @throws what CloudWatch's client throws, StoreUnavailable, Contended: Lambda delivers it again
 */
export const takeAlarmEvent = async (alarm: string, deps: AlarmDeps): Promise<EventAnswer> => {
  const groups = await concerned(alarm, deps);
  if (groups.length === 0) return { groups: [] };
  const ringing = await deps.askRinging([alarm], AbortSignal.timeout(ASK_MS_MAX));
  deps.logger.info('alarm-event', { alarm, rings: ringing.has(alarm) });
  await Promise.all(
    groups.map(async ({ group, state, config }) => {
      const about = memberAlarms(config).filter(({ name }) => name === alarm);
      for (const input of alarmInputs(state, about, ringing)) {
        const on = { group, alone: true, startedAt: deps.clock(), patient: true };
        await arbitrate(input, on, deps);
      }
    }),
  );
  return { groups: groups.map(({ group }) => group) };
};
