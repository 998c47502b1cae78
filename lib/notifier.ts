import { Duration, Validations } from 'aws-cdk-lib';
import { Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ArbiterFunction } from './function.ts';
import type { FunctionDefaults } from './watched-arbiter.ts';

/** Three tries of a webhook, each of five seconds, with pauses in between. */
const TIMEOUT = Duration.seconds(40);
const RETRIES = 2;
/** What is older is no news any more, and an alarm has told it. */
const AGE_MAX = Duration.minutes(30);
const EVENT_SOURCE = 'keepaloft';

/** DingTalk takes 20 messages a minute: two functions at most, each with what ten seconds have brought, send twelve. */
const COALESCED_FOR = Duration.seconds(10);
const BATCH_MAX = 100;
const CONCURRENCY = 2;
/** Of a robot that was told too much and hears nothing for ten minutes. */
const RECEIVES_MAX = 4;

/** A webhook of Slack. */
export interface SlackNotifierProps {
  /** `{"url": "https://hooks.slack.com/services/…"}` */
  readonly secret: ISecret;

  /**
   * Where a message's button leads.
   *
   * @default - there is none
   */
  readonly link?: string;
}

/** A robot of a DingTalk group, with a signature as its security setting. */
export interface DingTalkNotifierProps {
  /** `{"url": "https://oapi.dingtalk.com/robot/send?access_token=…", "secret": "SEC…"}` */
  readonly secret: ISecret;

  /**
   * Of the times in its messages.
   *
   * @default UTC
   */
  readonly timeZone?: string;
}

/** What a notifier is made in. */
export interface NotifierScope {
  readonly arbiterName: string;
  readonly defaults: FunctionDefaults;
}

interface Channel {
  readonly environment: { readonly [name: string]: string };
  /** Many events become one message. */
  readonly coalesced: boolean;
  readonly grant: (of: ArbiterFunction) => void;
}

/** Who is told what the arbiter does: changes of holder and of standbys, repairs, orders, the brake. */
export class Notifier {
  /** A topic: e-mail, SMS, a pager. With a key of its own, the topic must let the function use it. */
  static sns(topic: ITopic): Notifier {
    return new Notifier({
      environment: { CHANNEL: 'sns', TOPIC_ARN: topic.topicArn },
      coalesced: false,
      grant: (of) => topic.grantPublish(of),
    });
  }

  static slack({ secret, link }: SlackNotifierProps): Notifier {
    return new Notifier({
      environment: {
        CHANNEL: 'slack',
        SECRET_ARN: secret.secretArn,
        ...(link === undefined ? {} : { LINK: link }),
      },
      coalesced: false,
      grant: (of) => secret.grantRead(of),
    });
  }

  static dingTalk({ secret, timeZone }: DingTalkNotifierProps): Notifier {
    return new Notifier({
      environment: {
        CHANNEL: 'dingtalk',
        SECRET_ARN: secret.secretArn,
        ...(timeZone === undefined ? {} : { TIME_ZONE: timeZone }),
      },
      coalesced: true,
      grant: (of) => secret.grantRead(of),
    });
  }

  readonly #channel: Channel;

  private constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** Builds it. Called by `KeepaloftArbiter.addNotifier`. */
  bind(scope: Construct, id: string, { arbiterName, defaults }: NotifierScope): void {
    const inner = new Construct(scope, id);
    const { environment, coalesced, grant } = this.#channel;
    const notify = new ArbiterFunction(inner, 'Notify', {
      ...defaults,
      artefact: 'notify',
      description: 'Keepaloft: tells people what the arbiter has done',
      timeout: TIMEOUT,
      environment,
      reservedConcurrency: undefined,
    });
    grant(notify);
    const rule = new Rule(inner, 'Rule', {
      description: 'Keepaloft: what the arbiter publishes',
      eventPattern: { source: [EVENT_SOURCE], detail: { arbiter: [arbiterName] } },
    });
    const retry = { retryAttempts: RETRIES, maxEventAge: AGE_MAX };
    if (!coalesced) {
      notify.configureAsyncInvoke(retry);
      rule.addTarget(new LambdaFunction(notify, retry));
      return;
    }
    const queue = queueFor(inner);
    rule.addTarget(new SqsQueue(queue, retry));
    notify.addEventSource(
      new SqsEventSource(queue, {
        batchSize: BATCH_MAX,
        maxBatchingWindow: COALESCED_FOR,
        maxConcurrency: CONCURRENCY,
      }),
    );
  }
}

/** Events wait here for one another, and stay for a day where they were not taken. */
const queueFor = (scope: Construct): Queue => {
  const secure = { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true };
  const untold = new Queue(scope, 'Untold', { ...secure, retentionPeriod: Duration.days(1) });
  Validations.of(untold).acknowledge({
    id: 'AwsSolutions-SQS3',
    reason: 'It is the dead-letter queue itself: what was not taken by the robot stays in it for a day.',
  });
  return new Queue(scope, 'Queue', {
    ...secure,
    retentionPeriod: AGE_MAX,
    // Six times the function's time-out and the batching window, as Lambda wants it.
    visibilityTimeout: Duration.seconds(6 * TIMEOUT.toSeconds() + COALESCED_FOR.toSeconds()),
    deadLetterQueue: { queue: untold, maxReceiveCount: RECEIVES_MAX },
  });
};
