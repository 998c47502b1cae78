/** What CloudWatch knows of an arbiter: its alarms, and some metrics of its groups. Shown beside the table, never instead of it. */
import { CloudWatchClient, GetMetricDataCommand, type MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import { alarmsOf } from '../cloudwatch/alarms.ts';
import type { Trace, Watched } from './scene.ts';

/** Whoever looks at a dashboard waits for the slowest part of it. */
const ANSWER_MS_MAX = 2000;
const NAMESPACE = 'Keepaloft';
const SPAN_MS = 3 * 3_600_000;
const PERIOD_S = 300;
/** CloudWatch takes a cent for a thousand metrics, and a dashboard asks every minute. */
const TRACED_GROUPS_MAX = 12;

const NOTHING: Watched = { alarms: [], traces: {}, problem: null };

const TRACES = [
  { metric: 'LeaseMargin', stat: 'Minimum', label: 'lease margin', unit: ' %' },
  { metric: 'EligibleStandbys', stat: 'Minimum', label: 'standbys', unit: '' },
  { metric: 'OutageMs', stat: 'Maximum', label: 'outage', unit: ' ms' },
] as const;

/** An id of a query begins with a lower-case letter and has no dash. */
const queryId = (group: number, trace: number): string => `g${group}t${trace}`;

const queriesOf = (arbiter: string, groups: readonly string[]): MetricDataQuery[] =>
  groups.flatMap((group, index) =>
    TRACES.map(({ metric, stat }, place) => ({
      Id: queryId(index, place),
      MetricStat: {
        Metric: {
          Namespace: NAMESPACE,
          MetricName: metric,
          Dimensions: [
            { Name: 'Arbiter', Value: arbiter },
            { Name: 'Group', Value: group },
          ],
        },
        Period: PERIOD_S,
        Stat: stat,
      },
    })),
  );

const tracesOf = async (
  client: CloudWatchClient,
  arbiter: string,
  groups: readonly string[],
  abortSignal: AbortSignal,
): Promise<Record<string, Trace[]>> => {
  if (groups.length === 0) return {};
  const now = Date.now();
  const command = new GetMetricDataCommand({
    MetricDataQueries: queriesOf(arbiter, groups),
    StartTime: new Date(now - SPAN_MS),
    EndTime: new Date(now),
    ScanBy: 'TimestampAscending',
  });
  const { MetricDataResults = [] } = await client.send(command, { abortSignal });
  const values = new Map(MetricDataResults.map(({ Id, Values }) => [Id, Values ?? []]));
  return Object.fromEntries(
    groups.map((group, index) => [
      group,
      TRACES.map(({ label, unit }, place) => ({
        label,
        unit,
        values: values.get(queryId(index, place)) ?? [],
      })),
    ]),
  );
};

/**
 * @param arbiter the arbiter's name; without one CloudWatch is not asked
 * @param client a test's own
 */
export const createWatch = (
  arbiter: string | undefined,
  client?: CloudWatchClient,
): ((groups: readonly string[]) => Promise<Watched>) => {
  if (arbiter === undefined) return () => Promise.resolve(NOTHING);
  // Once is enough: what is missing is there with the dashboard's next refresh.
  const asked = client ?? new CloudWatchClient({ maxAttempts: 1 });
  return async (groups) => {
    const signal = AbortSignal.timeout(ANSWER_MS_MAX);
    const traced = groups.slice(0, TRACED_GROUPS_MAX);
    try {
      const [alarms, traces] = await Promise.all([
        alarmsOf(asked, arbiter, signal),
        tracesOf(asked, arbiter, traced, signal),
      ]);
      return { alarms, traces, problem: null };
    } catch (cause) {
      const name = cause instanceof Error ? cause.name : String(cause);
      return { ...NOTHING, problem: `alarms and metrics cannot be read (${name})` };
    }
  };
};
