// Proves that an alarm follows what is measured: fires, clears, says so once, and that time can be let pass.
import { beforeEach, describe, expect, it } from 'vitest';
import {
  type AlarmChange,
  type AlarmDefinition,
  Alarms,
  notificationOf,
  stateChangeOf,
} from '../../../../lab/ends/cloudwatch/alarms.ts';
import { MetricStore } from '../../../../lab/ends/cloudwatch/metrics.ts';
import { ManualClock } from '../small-vpc.ts';

const START_MS = Date.UTC(2026, 0, 2);
const MINUTE_MS = 60_000;
const held = { namespace: 'Keepaloft', name: 'Held', dimensions: { Arbiter: 'Ha', Group: 'mysql' } };
const sweeps = { namespace: 'Keepaloft', name: 'Sweeps', dimensions: { Arbiter: 'Ha' } };

const alarm = (name: string, rest: Partial<AlarmDefinition>): AlarmDefinition => ({
  name,
  arn: `arn:aws:cloudwatch:us-east-1:111122223333:alarm:${name}`,
  description: 'why it matters',
  metric: held,
  statistic: 'Minimum',
  periodMs: MINUTE_MS,
  evaluationPeriods: 1,
  datapointsToAlarm: 1,
  comparison: 'LessThanThreshold',
  threshold: 1,
  missingData: 'ignore',
  actionsEnabled: true,
  actions: { ALARM: ['arn:aws:sns:us-east-1:111122223333:pages'], OK: [], INSUFFICIENT_DATA: [] },
  ...rest,
});
const noHolder = alarm('NoHolder', {});
const blind = alarm('ArbiterBlind', {
  metric: sweeps,
  statistic: 'Sum',
  evaluationPeriods: 3,
  datapointsToAlarm: 3,
  missingData: 'breaching',
});

let clock: ManualClock;
let metrics: MetricStore;
let alarms: Alarms;
let changes: AlarmChange[];

beforeEach(() => {
  clock = new ManualClock(START_MS);
  metrics = new MetricStore();
  changes = [];
  alarms = new Alarms({
    clock,
    metrics,
    definitions: [noHolder, blind],
    onChange: (change) => changes.push(change),
  });
});

const measure = (key: typeof held | typeof sweeps, value: number): void =>
  metrics.put({ ...key, values: [value], atMs: clock.nowMs() });
const states = (): string[] => alarms.all.map(({ state }) => state);
/** A minute in which these were measured. */
const minute = (...values: (readonly [typeof held | typeof sweeps, number])[]): void => {
  for (const [key, value] of values) measure(key, value);
  clock.advance(1);
  metrics.age(MINUTE_MS - 1);
  alarms.age(MINUTE_MS - 1);
  alarms.evaluate();
};

describe('an alarm', () => {
  it('begins without data, fires, and clears', () => {
    expect(states()).toEqual(['INSUFFICIENT_DATA', 'INSUFFICIENT_DATA']);
    minute([held, 1], [sweeps, 1]);
    expect(states()).toEqual(['OK', 'OK']);
    minute([held, 0], [sweeps, 1]);
    expect(states()).toEqual(['ALARM', 'OK']);
    minute([held, 1], [sweeps, 1]);
    expect(states()).toEqual(['OK', 'OK']);
    expect(changes.map(({ alarm: { name }, before }) => `${name} was ${before.state}`)).toEqual([
      'NoHolder was INSUFFICIENT_DATA',
      'ArbiterBlind was INSUFFICIENT_DATA',
      'NoHolder was OK',
      'NoHolder was ALARM',
    ]);
  });

  it('that treats silence as breaching fires when the last datapoint has left its range', () => {
    minute([sweeps, 1]);
    const silentMinutes = [1, 2, 3, 4, 5].map(() => {
      minute();
      return states()[1];
    });
    expect(silentMinutes).toEqual(['OK', 'OK', 'OK', 'OK', 'ALARM']);
    minute([sweeps, 1]);
    expect(states()[1]).toBe('OK');
  });

  it('judges by itself once a minute', () => {
    measure(held, 0);
    alarms.start();
    clock.advance(MINUTE_MS - 1);
    expect(changes).toEqual([]);
    clock.advance(1);
    expect(states()[0]).toBe('ALARM');
    alarms.close();
    measure(held, 1);
    clock.advance(5 * MINUTE_MS);
    expect(states()[0]).toBe('ALARM');
  });

  it('says what happened to people and to the event bus', () => {
    minute([held, 0]);
    const [change] = changes;
    if (change === undefined) throw new Error('nothing changed');
    const { subject, message } = notificationOf(change, '111122223333');
    expect(subject).toBe('ALARM: "NoHolder" in US East (N. Virginia)');
    expect(JSON.parse(message)).toMatchObject({
      AlarmName: 'NoHolder',
      AlarmDescription: 'why it matters',
      NewStateValue: 'ALARM',
      OldStateValue: 'INSUFFICIENT_DATA',
      NewStateReason:
        'Threshold Crossed: 1 out of the last 1 datapoints, LessThanThreshold (1): [0.0], 2 missing treated as ignore',
      Trigger: {
        MetricName: 'Held',
        Statistic: 'MINIMUM',
        Period: 60,
        Dimensions: [
          { name: 'Arbiter', value: 'Ha' },
          { name: 'Group', value: 'mysql' },
        ],
      },
    });
    expect(stateChangeOf(change)).toMatchObject({
      alarmName: 'NoHolder',
      state: { value: 'ALARM' },
      previousState: { value: 'INSUFFICIENT_DATA' },
      configuration: {
        metrics: [{ metricStat: { metric: held, period: 60, stat: 'Minimum' }, returnData: true }],
      },
    });
  });
});
