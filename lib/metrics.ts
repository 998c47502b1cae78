/** The arbiter's metrics, as its functions emit them: one namespace, dimensions `Arbiter` and, about a group, `Group`. */
import { Duration } from 'aws-cdk-lib';
import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';

export const NAMESPACE = 'Keepaloft';

/** The sweep tells every gauge once a minute. */
const PERIOD = Duration.minutes(1);

/** Whose metric it is: of an arbiter, or of one of its groups. */
export interface MetricOwner {
  readonly arbiterName: string;
  readonly groupName?: string;
}

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
