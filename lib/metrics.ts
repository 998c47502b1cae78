/** The arbiter's metrics, as its functions emit them: one namespace, dimensions `Arbiter` and, about a group, `Group`. */
import { Duration } from 'aws-cdk-lib';
import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { IConstruct } from 'constructs';

export const NAMESPACE = 'Keepaloft';

/** The sweep tells every gauge once a minute. */
const PERIOD = Duration.minutes(1);

/** Whose metric it is: of an arbiter, or of one of its groups. */
export interface MetricOwner {
  readonly arbiterName: string;
  readonly groupName?: string;
}

/**
 * What an arbiter is called in metrics, alarms and events: its path in the app, such as `Keepaloft-Arbiter`. Not its id
 * alone, or the arbiters of two stacks in one region would be counted as one, and one that is blind would not be missed.
 */
export const arbiterNameOf = (arbiter: IConstruct): string =>
  arbiter.node.path.replaceAll('/', '-').replaceAll(/[^A-Za-z0-9._-]/gu, '');

/** @param options what the caller wants otherwise */
export const metricOf = (
  { arbiterName, groupName }: MetricOwner,
  metricName: string,
  statistic: string,
  options: MetricOptions = {},
): Metric =>
  new Metric({
    namespace: NAMESPACE,
    metricName,
    dimensionsMap: { Arbiter: arbiterName, ...(groupName === undefined ? {} : { Group: groupName }) },
    statistic,
    period: PERIOD,
    ...options,
  });
