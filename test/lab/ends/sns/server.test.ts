// Proves that the AWS SDK publishes to the lab's topics, that functions which subscribed hear it, and that SNS's limits hold.
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LabClock } from '../../../../lab/ends/clock.ts';
import { ARBITER_ROLE, LAB_REGION, type Principal } from '../../../../lab/ends/credentials.ts';
import { createSnsEnd } from '../../../../lab/ends/sns/server.ts';
import { Topics } from '../../../../lab/ends/sns/topics.ts';
import { storeOf } from '../small-vpc.ts';

const PAGES = 'arn:aws:sns:us-east-1:111122223333:pages';
const FN = 'arn:aws:lambda:us-east-1:111122223333:function:notify';
const clock = new LabClock();
const credentials = storeOf(clock);
credentials.allow(ARBITER_ROLE, 'notify', ['sns:Publish']);
const heard: { arn: string; payload: unknown }[] = [];
const topics = new Topics({
  clock,
  topics: { [PAGES]: [FN] },
  deliver: async (arn, payload) => {
    heard.push({ arn, payload });
    return true;
  },
});
const end = createSnsEnd({ clock, credentials, topics });
let endpoint = '';

beforeAll(async () => {
  endpoint = await end.listen();
});
afterAll(() => end.close());

const clientOf = ({ accessKeyId, secretAccessKey, sessionToken }: Principal): SNSClient =>
  new SNSClient({
    region: LAB_REGION,
    endpoint,
    maxAttempts: 1,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
  });
const notify = () => clientOf(credentials.session(ARBITER_ROLE, 'notify'));

describe('Publish', () => {
  it('is kept, and heard by the functions that subscribed', async () => {
    const message = { TopicArn: PAGES, Subject: '[keepaloft] mysql MASTER', Message: 'a < b & c' };
    const attributes = { MessageAttributes: { group: { DataType: 'String', StringValue: 'mysql' } } };
    const { MessageId } = await notify().send(new PublishCommand({ ...message, ...attributes }));
    expect(topics.published).toMatchObject([
      { messageId: MessageId, topicArn: PAGES, subject: message.Subject, message: message.Message },
    ]);
    expect(heard).toMatchObject([
      { arn: FN, payload: { Records: [{ EventSource: 'aws:sns', Sns: { Message: message.Message } }] } },
    ]);
  });

  it('takes any topic of the account, and no other', async () => {
    const Message = 'x';
    await notify().send(new PublishCommand({ TopicArn: `${PAGES}-elsewhere`, Message }));
    expect(topics.published).toHaveLength(2);
    expect(heard).toHaveLength(1);
    const foreign = new PublishCommand({ TopicArn: 'arn:aws:sns:us-east-1:444455556666:pages', Message });
    await expect(notify().send(foreign)).rejects.toMatchObject({ name: 'NotFoundException' });
  });

  it('is refused with a subject that SNS would refuse, and without the right', async () => {
    const publish = (client: SNSClient, Subject: string) =>
      client.send(new PublishCommand({ TopicArn: PAGES, Subject, Message: 'x' }));
    for (const subject of ['ä', 'x'.repeat(101), ' x', 'a\nb']) {
      await expect(publish(notify(), subject)).rejects.toMatchObject({ name: 'InvalidParameterException' });
    }
    const heartbeat = clientOf(credentials.session(ARBITER_ROLE, 'heartbeat'));
    await expect(publish(heartbeat, 'x')).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });
});
