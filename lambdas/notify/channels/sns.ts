/** An SNS topic: e-mail, SMS, a pager's endpoint. */
import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import { NotDelivered } from '../errors.ts';
import type { Happening } from '../event.ts';
import { factsOf, subjectOf } from '../words.ts';

/** Subscriptions may filter by them. */
const attributesOf = ({ type, group, arbiter }: Happening) => ({
  type: { DataType: 'String', StringValue: type },
  arbiter: { DataType: 'String', StringValue: arbiter },
  ...(group === null ? {} : { group: { DataType: 'String', StringValue: group } }),
});

/** @throws NotDelivered */
export const sendSns = async (
  happenings: readonly Happening[],
  topicArn: string,
  client: SNSClient,
): Promise<void> => {
  for (const happening of happenings) {
    const command = new PublishCommand({
      TopicArn: topicArn,
      Subject: subjectOf(happening),
      Message: factsOf(happening)
        .map(([name, value]) => `${name}: ${value}`)
        .join('\n'),
      MessageAttributes: attributesOf(happening),
    });
    try {
      await client.send(command);
    } catch (cause) {
      const reason = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
      throw new NotDelivered('SNS', reason, false);
    }
  }
};
