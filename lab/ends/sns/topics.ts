/** The topics of the lab: what is published is kept for whoever looks, and handed to functions that subscribed. */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { LAB_ACCOUNT_ID, LAB_REGION } from '../credentials.ts';

const KEPT_MAX = 1000;
const OF_ACCOUNT = new RegExp(`^arn:aws:sns:${LAB_REGION}:${LAB_ACCOUNT_ID}:[\\w-]{1,256}$`);

export interface Notification {
  readonly messageId: string;
  readonly topicArn: string;
  readonly subject: string | undefined;
  readonly message: string;
  readonly atMs: number;
}

export interface TopicsOptions {
  readonly clock: Clock;
  /** ARNs of functions that subscribed, by ARN of the topic. */
  readonly topics: Readonly<Record<string, readonly string[]>>;
  readonly deliver: (functionArn: string, payload: unknown) => Promise<boolean>;
  readonly onNotification?: (notification: Notification) => void;
}

export class Topics {
  readonly #options: TopicsOptions;
  #kept: Notification[] = [];

  constructor(options: TopicsOptions) {
    this.#options = options;
  }

  /** What has been published, oldest first; the oldest are forgotten. */
  get published(): readonly Notification[] {
    return this.#kept;
  }

  /** A topic of the template, or any other of the account: a deployment may name one that exists already. */
  has(topicArn: string): boolean {
    return Object.hasOwn(this.#options.topics, topicArn) || OF_ACCOUNT.test(topicArn);
  }

  /** @returns the id of the message */
  publish(topicArn: string, subject: string | undefined, message: string): string {
    const notification = {
      messageId: randomUUID(),
      topicArn,
      subject,
      message,
      atMs: this.#options.clock.nowMs(),
    };
    this.#kept = [...this.#kept, notification].slice(-KEPT_MAX);
    this.#options.onNotification?.(notification);
    for (const functionArn of this.#options.topics[topicArn] ?? [])
      void this.#options.deliver(functionArn, eventOf(notification));
    return notification.messageId;
  }
}

/** What a function gets. */
const eventOf = ({ messageId, topicArn, subject, message, atMs }: Notification): object => ({
  Records: [
    {
      EventSource: 'aws:sns',
      EventVersion: '1.0',
      EventSubscriptionArn: `${topicArn}:${messageId}`,
      Sns: {
        Type: 'Notification',
        MessageId: messageId,
        TopicArn: topicArn,
        Subject: subject ?? null,
        Message: message,
        Timestamp: new Date(atMs).toISOString(),
        MessageAttributes: {},
      },
    },
  ],
});
