/** The alarms of the lab: judged once a minute, or whenever a test lets minutes pass. */
import type { Cancel, Clock } from '../clock.ts';
import { type AlarmRule, type AlarmState, evaluate, evaluationRange } from './evaluate.ts';
import { type MetricKey, type MetricStore, statisticOf } from './metrics.ts';

/** CloudWatch judges an alarm once a minute, whatever its period; the last period ends at that moment. */
export const EVALUATED_EVERY_MS = 60_000;
const MS_PER_S = 1000;

export interface AlarmDefinition extends AlarmRule {
  readonly name: string;
  readonly arn: string;
  readonly description: string;
  readonly metric: MetricKey;
  readonly statistic: string;
  readonly periodMs: number;
  readonly actionsEnabled: boolean;
  /** ARNs of topics and functions that hear of a change to this state. */
  readonly actions: Readonly<Record<AlarmState, readonly string[]>>;
}

/** An alarm as it stands. */
export interface Alarm extends AlarmDefinition {
  readonly state: AlarmState;
  readonly reason: string;
  readonly changedAtMs: number;
}

export interface AlarmChange {
  readonly alarm: Alarm;
  readonly before: { readonly state: AlarmState; readonly reason: string; readonly changedAtMs: number };
}

export interface AlarmsOptions {
  readonly clock: Clock;
  readonly metrics: MetricStore;
  readonly definitions: readonly AlarmDefinition[];
  readonly onChange: (change: AlarmChange) => void;
}

const shown = (datapoints: readonly (number | undefined)[]): string =>
  datapoints
    .filter((value) => value !== undefined)
    .map((value) => value.toFixed(1))
    .join(', ');

const reasonOf = (
  state: AlarmState,
  rule: AlarmRule,
  datapoints: readonly (number | undefined)[],
): string => {
  if (state === 'INSUFFICIENT_DATA') return 'Insufficient Data: no datapoints were received.';
  const { evaluationPeriods: n, datapointsToAlarm: m, comparison, threshold, missingData } = rule;
  const crossed = state === 'ALARM' ? 'Threshold Crossed' : 'Threshold not crossed';
  const gaps = datapoints.filter((value) => value === undefined).length;
  const missing = gaps === 0 ? '' : `, ${gaps} missing treated as ${missingData}`;
  return `${crossed}: ${m} out of the last ${n} datapoints, ${comparison} (${threshold}): [${shown(datapoints)}]${missing}`;
};

export class Alarms {
  readonly #options: AlarmsOptions;
  readonly #alarms: Map<string, Alarm>;
  #cancel: Cancel | undefined;

  constructor(options: AlarmsOptions) {
    this.#options = options;
    const changedAtMs = options.clock.nowMs();
    this.#alarms = new Map(
      options.definitions.map((definition) => [
        definition.name,
        {
          ...definition,
          state: 'INSUFFICIENT_DATA',
          reason: 'Unchecked: Initial alarm creation',
          changedAtMs,
        },
      ]),
    );
  }

  get all(): Alarm[] {
    return [...this.#alarms.values()];
  }

  /** Judges by itself from now on. */
  start(): void {
    this.#cancel = this.#options.clock.after(EVALUATED_EVERY_MS, () => {
      this.start();
      this.evaluate();
    });
  }

  close(): void {
    this.#cancel?.();
  }

  /** Judges every alarm by what has been measured until now. */
  evaluate(): void {
    const nowMs = this.#options.clock.nowMs();
    for (const alarm of this.#alarms.values()) this.#judge(alarm, nowMs);
  }

  /** Lets every alarm have changed `byMs` earlier, see `MetricStore.age`. */
  age(byMs: number): void {
    for (const [name, alarm] of this.#alarms)
      this.#alarms.set(name, { ...alarm, changedAtMs: alarm.changedAtMs - byMs });
  }

  #judge(alarm: Alarm, nowMs: number): void {
    const datapoints = this.#datapoints(alarm, nowMs);
    const state = evaluate(alarm, datapoints) ?? alarm.state;
    if (state === alarm.state) return;
    const { state: was, reason: wasReason, changedAtMs } = alarm;
    const now = { ...alarm, state, reason: reasonOf(state, alarm, datapoints), changedAtMs: nowMs };
    this.#alarms.set(alarm.name, now);
    this.#options.onChange({ alarm: now, before: { state: was, reason: wasReason, changedAtMs } });
  }

  /** Oldest first. */
  #datapoints({ metric, periodMs, statistic, ...rule }: Alarm, nowMs: number): (number | undefined)[] {
    return Array.from({ length: evaluationRange(rule) }, (_, index) => {
      const toMs = nowMs - index * periodMs;
      return statisticOf(this.#options.metrics.values(metric, toMs - periodMs, toMs), statistic);
    }).toReversed();
  }
}

/** What CloudWatch tells a topic, as the JSON text of the message. */
export const notificationOf = (
  { alarm, before }: AlarmChange,
  account: string,
): { subject: string; message: string } => {
  const { name, state, metric } = alarm;
  const region = 'US East (N. Virginia)';
  return {
    subject: `${state}: "${name}" in ${region}`.slice(0, 100),
    message: JSON.stringify({
      AlarmName: name,
      AlarmDescription: alarm.description,
      AWSAccountId: account,
      NewStateValue: state,
      NewStateReason: alarm.reason,
      StateChangeTime: new Date(alarm.changedAtMs).toISOString().replace('Z', '+0000'),
      Region: region,
      AlarmArn: alarm.arn,
      OldStateValue: before.state,
      Trigger: {
        MetricName: metric.name,
        Namespace: metric.namespace,
        Statistic: alarm.statistic.toUpperCase(),
        Dimensions: dimensionList(metric, 'name', 'value'),
        Period: alarm.periodMs / MS_PER_S,
        EvaluationPeriods: alarm.evaluationPeriods,
        DatapointsToAlarm: alarm.datapointsToAlarm,
        ComparisonOperator: alarm.comparison,
        Threshold: alarm.threshold,
        TreatMissingData: alarm.missingData,
      },
    }),
  };
};

/** What CloudWatch puts on the event bus. */
export const stateChangeOf = ({ alarm, before }: AlarmChange): Record<string, unknown> => {
  const stateOf = ({ state, reason, changedAtMs }: AlarmChange['before']): object => ({
    value: state,
    reason,
    timestamp: new Date(changedAtMs).toISOString().replace('Z', '+0000'),
  });
  const { metric, periodMs, statistic, description } = alarm;
  const { namespace, name, dimensions } = metric;
  return {
    alarmName: alarm.name,
    state: stateOf(alarm),
    previousState: stateOf(before),
    configuration: {
      description,
      metrics: [
        {
          id: 'm1',
          metricStat: {
            metric: { namespace, name, dimensions },
            period: periodMs / MS_PER_S,
            stat: statistic,
          },
          returnData: true,
        },
      ],
    },
  };
};

/** Dimensions as a list of pairs, under whichever names. */
export const dimensionList = (
  { dimensions }: MetricKey,
  nameKey: string,
  valueKey: string,
): Record<string, string>[] =>
  Object.entries(dimensions).map(([name, value]) => ({ [nameKey]: name, [valueKey]: value }));
