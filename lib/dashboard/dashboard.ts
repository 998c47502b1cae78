import { Stack } from 'aws-cdk-lib';
import {
  CustomWidget,
  Dashboard,
  type IWidget,
  LogQueryVisualizationType,
  LogQueryWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { ConsoleFunction } from './console-function.ts';
import { groupGraphs, pathGraphs } from './graphs.ts';

const WIDTH = 24;
const CONSOLE_HEIGHT = 16;
const LOG_HEIGHT = 8;
const DECISIONS_MAX = 50;

export interface ArbiterDashboardProps {
  readonly name: string;
  readonly arbiterName: string;
  readonly console: ConsoleFunction;
  readonly apiId: string;
  /** What decides, by what a graph shall call it. */
  readonly functions: Readonly<Record<string, IFunction>>;
  /** Where what decides writes its lines. */
  readonly logs: readonly ILogGroup[];
  /** Of the API: who was throttled. Absent when nothing is logged there. */
  readonly accessLogs: ILogGroup | undefined;
}

const decisions = (logs: readonly ILogGroup[]): IWidget =>
  new LogQueryWidget({
    title: 'Decisions',
    logGroupNames: logs.map(({ logGroupName }) => logGroupName),
    view: LogQueryVisualizationType.TABLE,
    queryLines: [
      'fields @timestamp, group, epoch, type, from, to, reason, detail.by',
      "filter message = 'group-event'",
      'sort @timestamp desc',
      `limit ${DECISIONS_MAX}`,
    ],
    width: WIDTH,
    height: LOG_HEIGHT,
  });

const throttled = (accessLogs: ILogGroup): IWidget =>
  new LogQueryWidget({
    title: 'Requests that the API throttled (429)',
    logGroupNames: [accessLogs.logGroupName],
    view: LogQueryVisualizationType.BAR,
    queryLines: ['filter status = 429', 'stats count(*) by bin(1m)'],
    width: WIDTH,
    height: LOG_HEIGHT - 2,
  });

/** What a person wants to see at 3 a.m., the console first. */
export class ArbiterDashboard extends Dashboard {
  constructor(scope: Construct, id: string, props: ArbiterDashboardProps) {
    super(scope, id, { dashboardName: props.name });
    const { arbiterName, apiId, functions, logs, accessLogs } = props;
    const table = new CustomWidget({
      title: `Keepaloft ${arbiterName}, ${Stack.of(this).region}`,
      functionArn: props.console.functionArn,
      width: WIDTH,
      height: CONSOLE_HEIGHT,
      updateOnRefresh: true,
      updateOnResize: true,
      updateOnTimeRangeChange: false,
    });
    this.addWidgets(table);
    const graphs = [...groupGraphs(arbiterName), ...pathGraphs(apiId, functions)];
    for (let first = 0; first < graphs.length; first += 3) this.addWidgets(...graphs.slice(first, first + 3));
    this.addWidgets(decisions(logs));
    if (accessLogs !== undefined) this.addWidgets(throttled(accessLogs));
  }
}
