/** Which of some alarms are on now. Events about them only say what was. */
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { alarmNameOf } from '../../core/election/alarm.ts';
import type { Input } from '../../core/election/types.ts';
import type { GroupConfig, GroupState } from '../../core/wire/item.ts';
import type { NodeId } from '../../core/wire/names.ts';

/** CloudWatch takes no more names in one question. */
const NAMES_MAX = 100;

/** @returns those of the names that are in state ALARM. @throws what the client throws: no answer is no "over" */
export type AskRinging = (names: readonly string[], signal: AbortSignal) => Promise<ReadonlySet<string>>;

/** @param client a test's own */
export const createAskRinging = (client?: CloudWatchClient): AskRinging => {
  let asked = client;
  return async (names, abortSignal) => {
    if (names.length === 0) return new Set();
    // Most arbiters have no such check, and pay for no client.
    asked ??= new CloudWatchClient({ maxAttempts: 2 });
    const cloudWatch = asked;
    const pages = Array.from({ length: Math.ceil(names.length / NAMES_MAX) }, (_, page) =>
      names.slice(page * NAMES_MAX, (page + 1) * NAMES_MAX),
    );
    const answers = await Promise.all(
      pages.map((AlarmNames) =>
        cloudWatch.send(
          new DescribeAlarmsCommand({ AlarmNames, StateValue: 'ALARM', MaxRecords: NAMES_MAX }),
          { abortSignal },
        ),
      ),
    );
    return new Set(
      answers.flatMap(({ MetricAlarms = [] }) => MetricAlarms.flatMap(({ AlarmName }) => AlarmName ?? [])),
    );
  };
};

/** An alarm that a group's check of one member is made by. */
export interface MemberAlarm {
  readonly node: NodeId;
  readonly check: string;
  readonly name: string;
}

/** Every alarm that is about a member of the group. */
export const memberAlarms = ({ alarms = [], members }: GroupConfig): MemberAlarm[] =>
  alarms.flatMap((spec) =>
    Object.keys(members).map((node) => ({ node, check: spec.check, name: alarmNameOf(spec, node) })),
  );

/** What is to be told to the group: alarms that are not as it knows them, and those that it should forget. */
export const alarmInputs = (
  state: GroupState,
  alarms: readonly MemberAlarm[],
  ringing: ReadonlySet<string>,
): Extract<Input, { kind: 'alarm' }>[] =>
  alarms
    .map(({ node, check, name }) => ({ kind: 'alarm' as const, node, check, rings: ringing.has(name) }))
    .filter(({ node, check, rings }) => {
      const member = state.members[node];
      return member !== undefined && (member.alarms?.includes(check) === true) !== rings;
    });
