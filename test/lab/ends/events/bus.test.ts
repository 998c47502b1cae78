// Proves that events reach the targets of the rules they match, afterwards and at least once; that schedules keep their rate; and that deliveries can be lost, held and repeated.
import { beforeEach, describe, expect, it } from 'vitest';
import { type BusRule, type Delivery, EventBus } from '../../../../lab/ends/events/bus.ts';
import { type CloudEvent, compilePattern } from '../../../../lab/ends/events/pattern.ts';
import { ManualClock } from '../small-vpc.ts';

const FN = 'arn:aws:lambda:us-east-1:111122223333:function:events';
const OTHER = 'arn:aws:lambda:us-east-1:111122223333:function:notify';
const START_MS = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const MINUTE_MS = 60_000;

const rule = (name: string, rest: Partial<BusRule>): BusRule => ({
  name,
  arn: `arn:aws:events:us-east-1:111122223333:rule/${name}`,
  isEnabled: true,
  source: 'aws.events',
  targets: [{ id: 'one', arn: FN }],
  ...rest,
});
const ofEc2 = compilePattern({ source: ['aws.ec2'], detail: { state: ['stopping'] } });
const stopping = {
  source: 'aws.ec2',
  detailType: 'EC2 Instance State-change Notification',
  detail: { state: 'stopping' },
};

let clock: ManualClock;
let delivered: { arn: string; payload: unknown; atMs: number }[];
let told: Delivery[];
let failing: number;
let bus: EventBus;

const open = (...rules: BusRule[]): EventBus =>
  new EventBus({
    clock,
    rules,
    deliver: async (arn, payload) => {
      delivered.push({ arn, payload, atMs: clock.nowMs() - START_MS });
      failing -= 1;
      return failing < 0;
    },
    onDelivery: (delivery) => told.push(delivery),
  });
/** What is due now, and whatever its promises lead to. */
const pass = async (ms: number): Promise<void> => {
  clock.advance(ms);
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
};

beforeEach(() => {
  clock = new ManualClock(START_MS);
  delivered = [];
  told = [];
  failing = 0;
});

describe('an event', () => {
  it('reaches every target of each rule that it matches, as EventBridge writes it', async () => {
    bus = open(
      rule('a', {
        matches: ofEc2,
        targets: [
          { id: '1', arn: FN },
          { id: '2', arn: OTHER, input: { fixed: 1 } },
        ],
      }),
      rule('b', { matches: compilePattern({ source: ['keepaloft'] }) }),
      rule('off', { matches: ofEc2, isEnabled: false }),
    );
    const id = bus.put({ ...stopping, resources: ['arn:1'] });
    expect(delivered).toEqual([]);
    await pass(0);
    const event: CloudEvent = {
      version: '0',
      id,
      'detail-type': stopping.detailType,
      source: 'aws.ec2',
      account: '111122223333',
      time: '2026-01-02T03:04:05Z',
      region: 'us-east-1',
      resources: ['arn:1'],
      detail: { state: 'stopping' },
    };
    expect(delivered).toEqual([
      { arn: FN, payload: event, atMs: 0 },
      { arn: OTHER, payload: { fixed: 1 }, atMs: 0 },
    ]);
    expect(told).toMatchObject([
      { rule: 'a', target: FN, outcome: 'ok', attempt: 0 },
      { rule: 'a', target: OTHER, outcome: 'ok', attempt: 0 },
    ]);
  });

  it('is tried again after a minute and after two more, and then no more', async () => {
    failing = 9;
    bus = open(rule('a', { matches: ofEc2 }));
    bus.put(stopping);
    await pass(0);
    for (let minute = 0; minute < 10; minute += 1) await pass(MINUTE_MS);
    expect(told.map(({ outcome }) => outcome)).toEqual(['failed', 'failed', 'failed']);
    expect(delivered.map(({ atMs }) => atMs)).toEqual([0, MINUTE_MS, 3 * MINUTE_MS]);
  });

  it('is not delivered once the bus is closed', async () => {
    bus = open(rule('a', { matches: ofEc2 }));
    bus.put(stopping);
    bus.close();
    bus.put(stopping);
    await pass(MINUTE_MS);
    expect(delivered).toEqual([]);
  });
});

describe('faults', () => {
  beforeEach(() => {
    bus = open(rule('a', { matches: ofEc2 }));
  });

  it('lose what they name, until they heal', async () => {
    bus.fault({ kind: 'drop', detailType: stopping.detailType });
    bus.put(stopping);
    bus.put({ ...stopping, detailType: 'Another' });
    await pass(0);
    expect(told.map(({ outcome }) => outcome)).toEqual(['lost', 'ok']);
    bus.heal(stopping.detailType);
    bus.put(stopping);
    await pass(0);
    expect(delivered).toHaveLength(2);
  });

  it('hold a delivery', async () => {
    bus.fault({ kind: 'hold', holdMs: 5000 });
    bus.put(stopping);
    await pass(4999);
    expect(delivered).toEqual([]);
    await pass(1);
    expect(delivered).toMatchObject([{ atMs: 5000 }]);
  });

  it('deliver twice', async () => {
    bus.fault({ kind: 'repeat', forMs: 1000 });
    bus.put(stopping);
    await pass(1000);
    bus.put(stopping);
    await pass(0);
    expect(delivered).toHaveLength(3);
    expect(new Set(delivered.slice(0, 2).map(({ payload }) => (payload as CloudEvent).id)).size).toBe(1);
  });
});

describe('a schedule', () => {
  const everyMinute = rule('sweep', { everyMs: MINUTE_MS });

  it('runs soon after the start, then at its rate', async () => {
    bus = open(everyMinute, rule('off', { everyMs: MINUTE_MS, isEnabled: false }));
    bus.start();
    for (let second = 0; second < 150; second += 1) await pass(1000);
    expect(delivered.map(({ atMs }) => atMs)).toEqual([10_000, 70_000, 130_000]);
    expect(delivered[0]?.payload).toMatchObject({
      'detail-type': 'Scheduled Event',
      source: 'aws.events',
      resources: [everyMinute.arn],
      detail: {},
    });
  });

  it('runs when it is told to, and says when it has', async () => {
    bus = open(everyMinute);
    await bus.runSchedule(everyMinute);
    expect(delivered).toHaveLength(1);
    expect(bus.schedules).toEqual([everyMinute]);
  });

  it('that takes events has no rate', () => {
    expect(open(rule('a', { matches: ofEc2 })).schedules).toEqual([]);
  });
});
