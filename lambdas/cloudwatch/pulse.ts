/** How many heartbeats an arbiter takes, and how long it works on one: Lambda's own metrics of its function. */
import { CloudWatchClient, GetMetricDataCommand, type MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import type { Pulse } from '../../core/wire/admin.ts';
import { alarmsOf } from './alarms.ts';

/** Whoever looks at a status waits for the slowest part of it. */
const ANSWER_MS_MAX = 2000;
/** Lambda's metrics come a minute at a time, and some minutes late. */
const PERIOD_S = 60;
const SPAN_MS = 10 * 60_000;
/** What was asked stays good for so long: a status that is watched is asked for each second, and each question costs. */
const KEPT_MS = 30_000;

const statOf = (id: string, functionName: string, metric: string, stat: string): MetricDataQuery => ({
  Id: id,
  MetricStat: {
    Metric: {
      Namespace: 'AWS/Lambda',
      MetricName: metric,
      Dimensions: [{ Name: 'FunctionName', Value: functionName }],
    },
    Period: PERIOD_S,
    Stat: stat,
  },
});

/** Of the last whole minute that CloudWatch knows of; null: of none. */
const beatsOf = async (
  client: CloudWatchClient,
  functionName: string,
  nowMs: number,
  abortSignal: AbortSignal,
): Promise<Pulse['beats']> => {
  const endMs = Math.floor(nowMs / (PERIOD_S * 1000)) * PERIOD_S * 1000;
  const command = new GetMetricDataCommand({
    MetricDataQueries: [
      statOf('count', functionName, 'Invocations', 'Sum'),
      statOf('p99', functionName, 'Duration', 'p99'),
    ],
    StartTime: new Date(endMs - SPAN_MS),
    EndTime: new Date(endMs),
    ScanBy: 'TimestampDescending',
  });
  const { MetricDataResults = [] } = await client.send(command, { abortSignal });
  const newest = (id: string) => MetricDataResults.find(({ Id }) => Id === id)?.Values?.[0];
  const [count, p99Ms] = [newest('count'), newest('p99')];
  return count === undefined || p99Ms === undefined ? null : { perSecond: count / PERIOD_S, p99Ms };
};

export interface PulseOptions {
  /** The arbiter's name: the beginning of its alarms' names. */
  readonly arbiter: string;
  /** The function that takes heartbeats. */
  readonly functionName: string;
  /** A test's own. */
  readonly client?: CloudWatchClient;
}

/** @returns what CloudWatch says now, or said a moment ago. @throws what the client throws; nothing of that is kept */
export const createPulse = ({ arbiter, functionName, client }: PulseOptions): (() => Promise<Pulse>) => {
  const asked = client ?? new CloudWatchClient({ maxAttempts: 1 });
  let kept: { readonly atMs: number; readonly pulse: Pulse } | undefined;
  return async () => {
    const nowMs = Date.now();
    if (kept !== undefined && nowMs - kept.atMs < KEPT_MS && nowMs >= kept.atMs) return kept.pulse;
    const signal = AbortSignal.timeout(ANSWER_MS_MAX);
    const [alarms, beats] = await Promise.all([
      alarmsOf(asked, arbiter, signal),
      beatsOf(asked, functionName, nowMs, signal),
    ]);
    const alarming = alarms
      .filter(({ state }) => state === 'ALARM')
      .map(({ name, reason }) => ({ name, reason }));
    kept = { atMs: nowMs, pulse: { beats, alarms: { known: alarms.length, alarming } } };
    return kept.pulse;
  };
};
