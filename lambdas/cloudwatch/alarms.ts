/** How the alarms of an arbiter stand: those whose names begin with its own. */
import { type CloudWatchClient, DescribeAlarmsCommand, type MetricAlarm } from '@aws-sdk/client-cloudwatch';

/** One alarm of this arbiter, by the last part of its name. */
export interface AlarmSight {
  readonly name: string;
  readonly state: 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';
  /** What CloudWatch says of how it came to that. */
  readonly reason: string;
}

/** One page. An arbiter with more alarms than this is told about by its alarms themselves. */
const ALARMS_MAX = 100;
const STATES: readonly string[] = ['ALARM', 'INSUFFICIENT_DATA', 'OK'] satisfies AlarmSight['state'][];
const isState = (state: string | undefined): state is AlarmSight['state'] =>
  state !== undefined && STATES.includes(state);

const sightOf = (prefix: string, { AlarmName, StateValue, StateReason }: MetricAlarm): AlarmSight[] =>
  AlarmName === undefined || !isState(StateValue)
    ? []
    : [{ name: AlarmName.slice(prefix.length), state: StateValue, reason: StateReason ?? '' }];

/**
 * @param arbiter the arbiter's name
 * @throws what the client throws
 */
export const alarmsOf = async (
  client: CloudWatchClient,
  arbiter: string,
  abortSignal: AbortSignal,
): Promise<AlarmSight[]> => {
  const prefix = `${arbiter}-`;
  const command = new DescribeAlarmsCommand({ AlarmNamePrefix: prefix, MaxRecords: ALARMS_MAX });
  const { MetricAlarms = [] } = await client.send(command, { abortSignal });
  return MetricAlarms.flatMap((alarm) => sightOf(prefix, alarm));
};
