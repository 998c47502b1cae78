// Proves that the AWS SDK puts events on the lab's bus, that each entry is judged for itself, and that a function without the right is refused.
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LabClock } from '../../../../lab/ends/clock.ts';
import { ARBITER_ROLE, LAB_REGION, type Principal } from '../../../../lab/ends/credentials.ts';
import { EventBus } from '../../../../lab/ends/events/bus.ts';
import { type CloudEvent, compilePattern } from '../../../../lab/ends/events/pattern.ts';
import { createEventsEnd } from '../../../../lab/ends/events/server.ts';
import { storeOf } from '../small-vpc.ts';

const clock = new LabClock();
const credentials = storeOf(clock);
credentials.allow(ARBITER_ROLE, 'sweep', ['events:PutEvents']);
const delivered: CloudEvent[] = [];
const bus = new EventBus({
  clock,
  rules: [
    {
      name: 'changes',
      arn: 'arn:aws:events:us-east-1:111122223333:rule/changes',
      isEnabled: true,
      source: 'aws.events',
      matches: compilePattern({ source: ['keepaloft'] }),
      targets: [{ id: 'one', arn: 'arn:aws:lambda:us-east-1:111122223333:function:notify' }],
    },
  ],
  deliver: async (_arn, payload) => {
    delivered.push(payload as CloudEvent);
    return true;
  },
});
const end = createEventsEnd({ clock, credentials, bus });
let endpoint = '';

beforeAll(async () => {
  endpoint = await end.listen();
});
beforeEach(() => {
  delivered.length = 0;
});
afterAll(async () => {
  bus.close();
  await end.close();
});

const clientOf = ({ accessKeyId, secretAccessKey, sessionToken }: Principal): EventBridgeClient =>
  new EventBridgeClient({
    region: LAB_REGION,
    endpoint,
    maxAttempts: 1,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
  });
const sweep = () => clientOf(credentials.session(ARBITER_ROLE, 'sweep'));
const change = {
  Source: 'keepaloft',
  DetailType: 'Keepaloft Group State Change',
  Detail: '{"group":"mysql"}',
};

describe('PutEvents', () => {
  it('reaches the rules’ targets', async () => {
    const { FailedEntryCount, Entries } = await sweep().send(
      new PutEventsCommand({
        Entries: [{ ...change, Resources: ['arn:x'], Time: new Date(1_767_323_045_000) }],
      }),
    );
    expect(FailedEntryCount).toBe(0);
    await expect.poll(() => delivered).toHaveLength(1);
    expect(delivered[0]).toMatchObject({
      id: Entries?.[0]?.EventId,
      source: 'keepaloft',
      'detail-type': 'Keepaloft Group State Change',
      detail: { group: 'mysql' },
      resources: ['arn:x'],
      time: '2026-01-02T03:04:05Z',
    });
  });

  it('takes and refuses entries one by one, as EventBridge does', async () => {
    const { FailedEntryCount, Entries } = await sweep().send(
      new PutEventsCommand({
        Entries: [
          { ...change, Detail: 'no json' },
          { ...change, Source: 'aws.ec2' },
          { Source: 'keepaloft', Detail: '{}' },
          { ...change, EventBusName: 'another' },
          change,
        ],
      }),
    );
    expect(FailedEntryCount).toBe(3);
    expect(Entries?.map(({ ErrorCode }) => ErrorCode)).toEqual([
      'MalformedDetail',
      'NotAuthorizedForSourceException',
      'InvalidArgument',
      undefined,
      undefined,
    ]);
    await expect.poll(() => delivered).toHaveLength(1);
  });

  it('is refused without the right, with a wrong signature, and with too many entries', async () => {
    const put = (client: EventBridgeClient, count: number) =>
      client.send(new PutEventsCommand({ Entries: Array.from({ length: count }, () => change) }));
    const heartbeat = clientOf(credentials.session(ARBITER_ROLE, 'heartbeat'));
    await expect(put(heartbeat, 1)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    const stranger = clientOf({ ...credentials.operator(), secretAccessKey: 'guessed' });
    await expect(put(stranger, 1)).rejects.toMatchObject({ name: 'SignatureDoesNotMatch' });
    await expect(put(sweep(), 11)).rejects.toMatchObject({ name: 'ValidationError' });
    expect(delivered).toEqual([]);
  });
});
