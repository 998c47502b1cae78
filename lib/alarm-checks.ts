/** Checks that CloudWatch makes: who hears of their alarms, and who may ask about them. */
import { ArnFormat, Lazy, Stack, Validations } from 'aws-cdk-lib';
import { CfnRule, type EventPattern, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { type CloudEventsFunction, EVENT_AGE } from './cloud-events.ts';

/** Where a member's id stands in an alarm's name; what comes before it is the same for all. */
const PLACEHOLDER = '{instance}';

/** The alarms of all groups of an arbiter, by the beginnings of their names. Nothing is made while there are none. */
export class AlarmChecks {
  readonly #scope: Construct;
  readonly #events: CloudEventsFunction;
  readonly #askers: readonly IRole[];
  readonly #prefixes = new Set<string>();

  /** @param askers who asks how they stand */
  constructor(scope: Construct, events: CloudEventsFunction, askers: readonly IRole[]) {
    this.#scope = scope;
    this.#events = events;
    this.#askers = askers;
  }

  /** @param alarm the name of a check's alarm, with `{instance}` */
  watch(alarm: string): void {
    const prefix = alarm.slice(0, Math.max(0, alarm.indexOf(PLACEHOLDER)));
    if (this.#prefixes.has(prefix)) return;
    if (this.#prefixes.size === 0) this.#addRule();
    this.#prefixes.add(prefix);
    for (const role of this.#askers) this.#allow(role, prefix);
  }

  #addRule(): void {
    const target = new LambdaFunction(this.#events, { retryAttempts: 2, maxEventAge: EVENT_AGE });
    const eventPattern: EventPattern = { source: ['keepaloft.replaced-below'] };
    const description = 'Keepaloft: an alarm that is a check of a member has changed';
    const rule = new Rule(this.#scope, 'AlarmChecks', { description, eventPattern, targets: [target] });
    // The alarms are known once all groups have been added.
    if (rule.node.defaultChild instanceof CfnRule)
      rule.node.defaultChild.eventPattern = Lazy.any({ produce: () => this.#pattern() });
  }

  #pattern(): Record<string, unknown> {
    const prefixes = [...this.#prefixes];
    return {
      source: ['aws.cloudwatch'],
      'detail-type': ['CloudWatch Alarm State Change'],
      // One that begins with the member's id may be called anything.
      ...(prefixes.includes('') ? {} : { detail: { alarmName: prefixes.map((prefix) => ({ prefix })) } }),
    };
  }

  #allow(role: IRole, prefix: string): void {
    const resource = `${prefix}*`;
    const alarms = { service: 'cloudwatch', resource: 'alarm', resourceName: resource };
    const arn = Stack.of(role).formatArn({ ...alarms, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
    role.addToPrincipalPolicy(
      new PolicyStatement({ actions: ['cloudwatch:DescribeAlarms'], resources: [arn] }),
    );
    Validations.of(role).acknowledge({
      id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:cloudwatch:<AWS::Region>:<AWS::AccountId>:alarm:${resource}]`,
      reason: 'A check’s alarms are called alike but for the id of the member that they are about.',
    });
  }
}
