/**
 * Tells people what the arbiter has published: invoked by an EventBridge rule, or by a queue where messages must not come
 * too often. It throws what did not arrive, and whoever invoked it tries again.
 */
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SNSClient } from '@aws-sdk/client-sns';
import { dingTalkSecretSchema, sendDingTalk } from './channels/dingtalk.ts';
import { sendSlack, slackSecretSchema } from './channels/slack.ts';
import { sendSns } from './channels/sns.ts';
import { type NotifyEnvironment, parseNotifyEnvironment } from './environment.ts';
import { NotDelivered } from './errors.ts';
import { type Happening, parseHappenings } from './event.ts';
import { createSecretReader, type SecretReader } from './secret.ts';

export type Send = (happenings: readonly Happening[]) => Promise<void>;

/** A secret that did not work is read anew the next time: it may have been rotated. */
const withSecret = async (secret: SecretReader, send: () => Promise<void>): Promise<void> => {
  try {
    await send();
  } catch (error) {
    if (error instanceof NotDelivered && error.isPermanent) secret.forget();
    throw error;
  }
};

/** @param environment where it sends to */
export const createSend = (environment: NotifyEnvironment): Send => {
  if (environment.CHANNEL === 'sns') {
    const client = new SNSClient({});
    return (happenings) => sendSns(happenings, environment.TOPIC_ARN, client);
  }
  const secret = createSecretReader(new SecretsManagerClient({}), environment.SECRET_ARN);
  if (environment.CHANNEL === 'slack') {
    const { LINK } = environment;
    return (happenings) =>
      withSecret(secret, async () => sendSlack(happenings, await secret.read(slackSecretSchema), LINK));
  }
  const { TIME_ZONE } = environment;
  return (happenings) =>
    withSecret(secret, async () =>
      sendDingTalk(happenings, await secret.read(dingTalkSecretSchema), TIME_ZONE),
    );
};

/** @param start gives what sends; if it throws, every event fails with that error, and is tried again */
export const createHandler = (start: () => Send) => {
  let send: Send | undefined;
  return async (event: unknown): Promise<void> => {
    try {
      send ??= start();
      const happenings = parseHappenings(event);
      await send(happenings);
      console.log(JSON.stringify({ level: 'INFO', message: 'told', events: happenings.length }));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      console.error(JSON.stringify({ level: 'ERROR', message: 'not-told', reason }));
      throw error;
    }
  };
};

export const handler = createHandler(() => createSend(parseNotifyEnvironment(process.env)));
