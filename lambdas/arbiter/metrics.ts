/**
 * What CloudWatch is told: lines in its embedded metric format on standard output, so that no call is made. Namespace
 * `Keepaloft`; dimensions `Arbiter` and, about a group, `Group`. Told on change and by the sweep, never per heartbeat.
 */
import { MetricUnit, Metrics as PowertoolsMetrics } from '@aws-lambda-powertools/metrics';
import type { MetricName } from '../../core/election/types.ts';

/** What is counted when it happens: by the rules, and by whoever carries them out. */
export type CountName =
  | MetricName
  /** A decision, or what a member says, could not be kept. */
  | 'HistoryErrors'
  /** A decision could not be published. */
  | 'PublishErrors'
  /** EC2 refused a call for the pace of calls. */
  | 'Throttled';

/** What is measured, with its unit. */
export const GAUGE_UNITS = {
  /** A sweep has run. Of the arbiter as a whole. */
  Sweeps: MetricUnit.Count,
  /** 1 while nobody is replaced for silence. Of the arbiter as a whole. */
  Brake: MetricUnit.Count,
  /** 1 while somebody holds the group, is heard, is well and has bound it; else 0. */
  Held: MetricUnit.Count,
  /** Healthy members that could take over now. */
  EligibleStandbys: MetricUnit.Count,
  /** Members whose heartbeats have stopped. */
  Silent: MetricUnit.Count,
  /** Members that run another configuration than the group's. */
  ConfigSkew: MetricUnit.Count,
  /** For how long the fabric has been being changed; 0 while it is not. */
  MovingAgeMs: MetricUnit.Milliseconds,
  /** The least of its lease that the holder has had left in the last one to two minutes. */
  LeaseMargin: MetricUnit.Percent,
  /** From the order to EC2's answer. */
  FabricMs: MetricUnit.Milliseconds,
  /** From the last heartbeat of a holder that died until EC2 had answered for its successor. */
  OutageMs: MetricUnit.Milliseconds,
} as const;
export type GaugeName = keyof typeof GAUGE_UNITS;

export interface Metrics {
  /** Counts `value` of `name` for one group. */
  count(name: CountName, value: number, group: string): void;
  /** Tells values that belong together, in one line. @param group none: of the arbiter as a whole */
  tell(values: Readonly<Partial<Record<GaugeName, number>>>, group?: string): void;
}

const NAMESPACE = 'Keepaloft';

/** @param arbiter the name of the deployment */
export const createMetrics = (arbiter: string): Metrics => {
  const lines = new PowertoolsMetrics({ namespace: NAMESPACE, serviceName: arbiter });
  const print = (group: string | undefined, add: () => void): void => {
    // The library's own dimension would make these other metrics than those that the alarms watch.
    lines.clearDefaultDimensions();
    lines.addDimensions({ Arbiter: arbiter, ...(group === undefined ? {} : { Group: group }) });
    add();
    lines.publishStoredMetrics();
  };
  return {
    count: (name, value, group) => print(group, () => lines.addMetric(name, MetricUnit.Count, value)),
    tell: (values, group) =>
      print(group, () => {
        for (const [name, value] of Object.entries(values) as [GaugeName, number][])
          lines.addMetric(name, GAUGE_UNITS[name], value);
      }),
  };
};
