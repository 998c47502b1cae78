// Proves what the dashboard consists of, that groups which come later are on it, and every right of its function: none to
// write and none in EC2 unless it may operate, and then still none in EC2.
import { Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { type DashboardOptions, DeploymentError, KeepaloftArbiter, Member, Vip } from '../../lib/index.ts';
import { inApp, named, nodeA, ofType, statementsOf, templateOf } from './synthesis.ts';

const template = (options?: DashboardOptions): Template =>
  templateOf((stack) => {
    const arbiter = new KeepaloftArbiter(stack, 'Ha');
    arbiter.addDashboard(options);
    arbiter.addGroup('mysql', {
      vips: [Vip.secondaryIp('172.31.0.201')],
      members: [Member.fromInstanceId(nodeA)],
    });
  });

interface Widget {
  readonly type: string;
  readonly width: number;
  readonly properties: {
    readonly title: string;
    readonly endpoint?: string;
    readonly query?: string;
    readonly updateOn?: object;
    readonly metrics?: readonly (readonly unknown[])[];
  };
}

/** The body is JSON with references in it; here each reference is its own text. */
const widgetsOf = (of: Template): Widget[] => {
  const [, { Properties = {} }] = named(of, 'HaDashboard', 'AWS::CloudWatch::Dashboard');
  const [, parts] = (Properties['DashboardBody'] as { 'Fn::Join': [string, unknown[]] })['Fn::Join'];
  const text = parts
    .map((part) => (typeof part === 'string' ? part : JSON.stringify(part).replaceAll('"', "'")))
    .join('');
  return (JSON.parse(text) as { widgets: Widget[] }).widgets;
};
const titled = (widgets: readonly Widget[], title: string): Widget => {
  const found = widgets.find(({ properties }) => properties.title.startsWith(title));
  if (found === undefined) throw new Error(`no widget ${title}`);
  return found;
};

describe('the dashboard', () => {
  const shown = template();
  const widgets = widgetsOf(shown);

  it('is named after its arbiter, and begins with the console over its whole width', () => {
    shown.hasResourceProperties('AWS::CloudWatch::Dashboard', { DashboardName: 'Stack-Ha' });
    const [first] = widgets;
    const [fn] = named(shown, 'HaConsole', 'AWS::Lambda::Function');
    expect(first).toMatchObject({
      type: 'custom',
      width: 24,
      properties: { updateOn: { refresh: true, resize: true, timeRange: false } },
    });
    expect(first?.properties.endpoint).toContain(fn);
  });

  it('has every graph, each with its metrics', () => {
    const searched = (title: string): string => JSON.stringify(titled(widgets, title).properties.metrics);
    for (const [title, ...metrics] of [
      ['Lease margin', 'LeaseMargin'],
      ['Members that could take over', 'EligibleStandbys'],
      ['Outage, ms', 'OutageMs'],
      ['EC2: time of a move', 'FabricMs', 'MoveErrors', 'Throttled', 'p50', 'p99'],
      ['Changes of holder', 'Transfers', 'DriftRepaired', 'DriftLeft'],
      ['Sweeps', 'Sweeps', 'Brake'],
      ['Requests a minute', 'Count', 'Latency', 'p50', 'p99'],
      ['API: refused', '4xx', '5xx'],
      ['Functions', 'Errors', 'Throttles'],
    ] as const) {
      for (const metric of metrics) expect(searched(title)).toContain(metric);
    }
  });

  it('searches for groups, so that those which come later are on it', () => {
    const [[line]] = titled(widgets, 'Lease margin').properties.metrics as [[{ expression: string }]];
    expect(line.expression).toBe(
      `SEARCH('{Keepaloft,Arbiter,Group} Arbiter="Stack-Ha" MetricName="LeaseMargin"', 'Minimum', 60)`,
    );
  });

  it('asks the logs for decisions, and for requests that were throttled', () => {
    const query = titled(widgets, 'Decisions').properties.query ?? '';
    for (const prefix of ['HaHeartbeatLogs', 'HaAdminLogs', 'HaSweepLogs', 'HaEventsLogs', 'HaConsoleLogs']) {
      expect(query).toContain(named(shown, prefix, 'AWS::Logs::LogGroup')[0]);
    }
    expect(query).toContain("filter message = 'group-event'");
    expect(titled(widgets, 'Requests that the API throttled').properties.query).toContain(
      'filter status = 429',
    );
  });

  it('keeps the lines of its function as long as all others', () => {
    const [, { Properties }] = named(shown, 'HaConsoleLogs', 'AWS::Logs::LogGroup');
    expect(Properties).toEqual({ RetentionInDays: 90 });
  });

  it('is one for an arbiter, may have another name, and is none by default', () => {
    template({ name: 'Databases' }).hasResourceProperties('AWS::CloudWatch::Dashboard', {
      DashboardName: 'Databases',
    });
    templateOf((stack) => new KeepaloftArbiter(stack, 'Ha')).resourceCountIs('AWS::CloudWatch::Dashboard', 0);
    expect(() =>
      templateOf((stack) => {
        const arbiter = new KeepaloftArbiter(stack, 'Ha');
        arbiter.addDashboard();
        arbiter.addDashboard();
      }),
    ).toThrow(DeploymentError);
  });
});

describe('the console’s function', () => {
  const rights = (of: Template): unknown[] => {
    const tableArn = { 'Fn::GetAtt': [named(of, 'HaTable', 'AWS::DynamoDB::Table')[0], 'Arn'] };
    const logArn = { 'Fn::GetAtt': [named(of, 'HaConsoleLogs', 'AWS::Logs::LogGroup')[0], 'Arn'] };
    return statementsOf(of, 'HaConsoleRole').map(({ Action, Resource }) => [
      Action,
      JSON.stringify(Resource) === JSON.stringify(tableArn)
        ? 'table'
        : JSON.stringify(Resource) === JSON.stringify(logArn)
          ? 'logs'
          : Resource,
    ]);
  };
  const environmentOf = (of: Template): unknown =>
    named(of, 'HaConsole', 'AWS::Lambda::Function')[1].Properties?.['Environment'];
  const writesLogs = [['logs:CreateLogStream', 'logs:PutLogEvents'], 'logs'];
  const asksCloudWatch = [['cloudwatch:DescribeAlarms', 'cloudwatch:GetMetricData'], '*'];

  it('reads, and nothing else, unless it may operate', () => {
    const shown = template();
    expect(rights(shown)).toEqual([
      writesLogs,
      [['dynamodb:GetItem', 'dynamodb:Query'], 'table'],
      asksCloudWatch,
    ]);
    expect(environmentOf(shown)).toMatchObject({ Variables: { OPERATE: 'false', ARBITER: 'Stack-Ha' } });
  });

  it('that may operate writes items and publishes orders, and still has no right in EC2', () => {
    const operated = template({ operate: true });
    expect(rights(operated)).toEqual([
      writesLogs,
      [['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query'], 'table'],
      ['events:PutEvents', expect.anything()] as unknown[],
      asksCloudWatch,
    ]);
    expect(environmentOf(operated)).toMatchObject({ Variables: { OPERATE: 'true', EVENT_BUS: 'default' } });
    expect(JSON.stringify(statementsOf(operated, 'HaConsoleRole'))).toContain('"events:source":"keepaloft"');
  });

  it('that may operate is warned of at synthesis', () => {
    inApp((app) => {
      const stack = new Stack(app, 'Stack');
      new KeepaloftArbiter(stack, 'Ha').addDashboard({ operate: true });
      Annotations.fromStack(stack).hasWarning('*', Match.stringLikeRegexp('the dashboard has buttons'));
    });
  });

  it('may be invoked by nobody whom the template names', () => {
    const [fn] = named(template(), 'HaConsole', 'AWS::Lambda::Function');
    const permissions = ofType(template(), 'AWS::Lambda::Permission').map(([, one]) => JSON.stringify(one));
    expect(permissions.filter((one) => one.includes(fn))).toEqual([]);
  });
});
