/** The graphs of an arbiter's dashboard. Groups are searched for, so that one that comes later is there without a word. */
import { Duration } from 'aws-cdk-lib';
import {
  GraphWidget,
  type IMetric,
  type IWidget,
  MathExpression,
  Metric,
  Stats,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { metricOf, NAMESPACE } from '../metrics.ts';

const PERIOD = Duration.minutes(1);
const WIDTH = 8;
const HEIGHT = 6;

/** One line for each group that has such a metric. */
const ofGroups = (arbiterName: string, metric: string, statistic: string, label: string): MathExpression =>
  new MathExpression({
    expression: `SEARCH('{${NAMESPACE},Arbiter,Group} Arbiter="${arbiterName}" MetricName="${metric}"', '${statistic}', 60)`,
    usingMetrics: {},
    label,
    period: PERIOD,
  });

const graph = (title: string, left: IMetric[], right: IMetric[] = []): IWidget =>
  new GraphWidget({ title, left, right, width: WIDTH, height: HEIGHT, period: PERIOD, liveData: true });

/** How near the groups are to a failover, and what the last ones cost. */
export const groupGraphs = (arbiterName: string): IWidget[] => {
  const search = (metric: string, statistic: string, label = ''): MathExpression =>
    ofGroups(arbiterName, metric, statistic, label);
  return [
    graph('Lease margin, % (alarm below 30)', [search('LeaseMargin', Stats.MINIMUM)]),
    graph('Members that could take over', [search('EligibleStandbys', Stats.MINIMUM)]),
    graph('Outage, ms', [search('OutageMs', Stats.MAXIMUM)]),
    graph(
      'EC2: time of a move, ms, and errors',
      [search('FabricMs', 'p50', 'p50'), search('FabricMs', 'p99', 'p99')],
      [search('MoveErrors', Stats.SUM, 'refused'), search('Throttled', Stats.SUM, 'throttled')],
    ),
    graph('Changes of holder, and drift', [
      search('Transfers', Stats.SUM, 'changes'),
      search('DriftRepaired', Stats.SUM, 'repaired'),
      search('DriftLeft', Stats.SUM, 'left'),
    ]),
    graph('Sweeps (alarm when none), and the brake', [
      metricOf({ arbiterName }, 'Sweeps', Stats.SUM, { label: 'sweeps' }),
      metricOf({ arbiterName }, 'Brake', Stats.MAXIMUM, { label: 'brake' }),
    ]),
  ];
};

/** An HTTP API counts a throttled request (429) among its 4xx. */
const ofApi = (ApiId: string, metricName: string, statistic: string, label: string): Metric =>
  new Metric({
    namespace: 'AWS/ApiGateway',
    metricName,
    statistic,
    label,
    dimensionsMap: { ApiId },
    period: PERIOD,
  });

/** How the way from the hosts to the decision is. */
export const pathGraphs = (apiId: string, functions: Readonly<Record<string, IFunction>>): IWidget[] => {
  const each = (metric: (of: IFunction, label: string) => IMetric): IMetric[] =>
    Object.entries(functions).map(([label, of]) => metric(of, label));
  return [
    graph(
      'Requests a minute, and their latency, ms',
      [ofApi(apiId, 'Count', Stats.SUM, 'requests')],
      [ofApi(apiId, 'Latency', 'p50', 'p50'), ofApi(apiId, 'Latency', 'p99', 'p99')],
    ),
    graph('API: refused and failed', [
      ofApi(apiId, '4xx', Stats.SUM, '4xx, with 429'),
      ofApi(apiId, '5xx', Stats.SUM, '5xx'),
    ]),
    graph(
      'Functions: errors and throttles',
      each((of, label) => of.metricErrors({ label: `${label} errors`, period: PERIOD })),
      each((of, label) => of.metricThrottles({ label: `${label} throttles`, period: PERIOD })),
    ),
  ];
};
