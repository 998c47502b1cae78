import { Duration, Lazy } from 'aws-cdk-lib';
import { CfnRule, type EventPattern, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { Construct } from 'constructs';
import { ArbiterFunction, type ArbiterFunctionProps } from './function.ts';

/** Three questions to EC2, two pauses, and a move. */
const TIMEOUT = Duration.seconds(30);
/** What is older has been overtaken; the sweep sees what is. */
export const EVENT_AGE = Duration.minutes(10);
/** A pattern has 2,048 characters, and an instance's id takes 22 of them. */
const INSTANCES_MAX = 75;

/** As lambdas/events/event.ts knows them. */
const RETIREMENTS = [
  'AWS_EC2_INSTANCE_RETIREMENT_SCHEDULED',
  'AWS_EC2_PERSISTENT_INSTANCE_RETIREMENT_SCHEDULED',
  'AWS_EC2_INSTANCE_STOP_SCHEDULED',
];

/** A rule: what it is for, and its pattern for so many instances; undefined: for all there are. */
interface Watching {
  readonly id: string;
  readonly description: string;
  readonly patternOf: (instances: readonly string[] | undefined) => Record<string, unknown>;
}

const WATCHING: readonly Watching[] = [
  {
    id: 'Machines',
    description: 'Keepaloft: a member starts, stops or ends, or its spot instance will be interrupted',
    patternOf: (instances) => ({
      source: ['aws.ec2'],
      'detail-type': ['EC2 Instance State-change Notification', 'EC2 Spot Instance Interruption Warning'],
      ...(instances === undefined ? {} : { detail: { 'instance-id': instances } }),
    }),
  },
  {
    id: 'Lifecycle',
    description: 'Keepaloft: an Auto Scaling group is about to end a member',
    patternOf: (instances) => ({
      source: ['aws.autoscaling'],
      'detail-type': ['EC2 Instance-terminate Lifecycle Action'],
      ...(instances === undefined ? {} : { detail: { EC2InstanceId: instances } }),
    }),
  },
  {
    id: 'Retirements',
    description: "Keepaloft: a member's hardware will be retired",
    patternOf: (instances) => ({
      source: ['aws.health'],
      'detail-type': ['AWS Health Event'],
      detail: {
        service: ['EC2'],
        eventTypeCode: RETIREMENTS,
        ...(instances === undefined ? {} : { affectedEntities: { entityValue: instances } }),
      },
    }),
  },
];

/** Takes the cloud's events about the members' machines, and about no others as far as the members are known. */
export class CloudEventsFunction extends ArbiterFunction {
  readonly #instances = new Set<string>();
  #all = false;

  constructor(
    scope: Construct,
    id: string,
    props: Pick<ArbiterFunctionProps, 'logRetention' | 'verbose' | 'environment'>,
  ) {
    super(scope, id, {
      ...props,
      artefact: 'events',
      description: 'Keepaloft: takes events about the members’ machines',
      timeout: TIMEOUT,
      reservedConcurrency: undefined,
    });
    this.configureAsyncInvoke({ retryAttempts: 2, maxEventAge: EVENT_AGE });
    for (const watching of WATCHING) this.#addRule(watching);
  }

  /** Lets events about one more instance through. */
  watch(instanceId: string): void {
    this.#instances.add(instanceId);
  }

  /** Members come and go, and their ids are not known to the template: events about every instance come through. */
  watchAll(): void {
    this.#all = true;
  }

  #addRule({ id, description, patternOf }: Watching): void {
    const target = new LambdaFunction(this, { retryAttempts: 2, maxEventAge: EVENT_AGE });
    const eventPattern: EventPattern = { source: ['keepaloft.replaced-below'] };
    const rule = new Rule(this, id, { description, eventPattern, targets: [target] });
    // The members are known once all groups have been added.
    if (rule.node.defaultChild instanceof CfnRule)
      rule.node.defaultChild.eventPattern = Lazy.any({ produce: () => patternOf(this.#known()) });
  }

  /** Undefined: more than a pattern holds, or not known. The function asks for its members itself. */
  #known(): string[] | undefined {
    const few = this.#instances.size > 0 && this.#instances.size <= INSTANCES_MAX;
    return few && !this.#all ? [...this.#instances] : undefined;
  }
}
