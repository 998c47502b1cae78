import { Duration, Lazy, Stack } from 'aws-cdk-lib';
import { CfnLifecycleHook } from 'aws-cdk-lib/aws-autoscaling';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { CfnRule, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { Construct } from 'constructs';
import { DeploymentError } from './errors.ts';
import { ArbiterFunction, type ArbiterFunctionProps } from './function.ts';
import { allowComplete, allowReading } from './rights.ts';

/** How long an instance waits at most before it is terminated, seconds: a holder hands over within a few. */
const WAIT_S = 60;
/** The function looks until shortly before that. */
const TIMEOUT = Duration.seconds(WAIT_S);
/** What is older waits no longer. */
const RETRY = { retryAttempts: 2, maxEventAge: Duration.seconds(WAIT_S) };

interface Hook {
  readonly autoScalingGroupName: string;
  readonly hook: CfnLifecycleHook;
}

export interface TerminationProps extends Pick<ArbiterFunctionProps, 'logRetention' | 'verbose'> {
  readonly table: Table;
}

/** Lets an instance be terminated once no group needs it. It may say so to the hooks' groups, and read the table. */
class LifecycleFunction extends ArbiterFunction {
  constructor(
    scope: Construct,
    id: string,
    { table, ...rest }: TerminationProps,
    hooks: () => readonly Hook[],
  ) {
    super(scope, id, {
      ...rest,
      artefact: 'lifecycle',
      description: 'Keepaloft: lets an instance be terminated once no group needs it',
      timeout: TIMEOUT,
      environment: { TABLE_NAME: table.tableName },
      reservedConcurrency: undefined,
    });
    this.configureAsyncInvoke(RETRY);
    if (this.role === undefined) throw new DeploymentError('a function has no role');
    allowReading(table, this.role);
    const rule = new Rule(this, 'Waiting', {
      description: 'Keepaloft: an instance waits to be terminated',
      eventPattern: { source: ['keepaloft.replaced-below'] },
      targets: [new LambdaFunction(this, RETRY)],
    });
    // Other hooks of the same group are somebody else's to answer.
    const eventPattern = () => ({
      source: ['aws.autoscaling'],
      'detail-type': ['EC2 Instance-terminate Lifecycle Action'],
      detail: { LifecycleHookName: hooks().map(({ hook }) => hook.ref) },
    });
    if (rule.node.defaultChild instanceof CfnRule)
      rule.node.defaultChild.eventPattern = Lazy.any({ produce: eventPattern });
  }

  /** Of this Auto Scaling group it may complete lifecycle actions. */
  answer(autoScalingGroupName: string): void {
    if (this.role !== undefined) allowComplete(this.role, autoScalingGroupName);
  }
}

/**
 * Auto Scaling says that it is about to terminate an instance, and waits: the instance still runs while its VIPs move. It
 * goes on as soon as no group needs the instance, and after the wait in any case.
 */
export class TerminationHooks {
  readonly #scope: Construct;
  readonly #props: TerminationProps;
  readonly #hooks = new Map<string, Hook>();
  #answering: LifecycleFunction | undefined;

  constructor(scope: Construct, props: TerminationProps) {
    this.#scope = scope;
    this.#props = props;
  }

  get names(): string[] {
    return [...this.#hooks.values()].map(({ autoScalingGroupName }) => autoScalingGroupName);
  }

  /**
   * The hook of an Auto Scaling group, one however many failover groups its instances are in, and the one function that
   * answers all hooks.
   */
  of(autoScalingGroupName: string): Construct[] {
    this.#answering ??= new LifecycleFunction(this.#scope, 'Lifecycle', this.#props, () => [
      ...this.#hooks.values(),
    ]);
    const key = JSON.stringify(Stack.of(this.#scope).resolve(autoScalingGroupName));
    const known = this.#hooks.get(key);
    if (known !== undefined) return [known.hook, this.#answering];
    const hook = new CfnLifecycleHook(this.#scope, `Termination${this.#hooks.size}`, {
      autoScalingGroupName,
      lifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
      heartbeatTimeout: WAIT_S,
      defaultResult: 'CONTINUE',
    });
    this.#hooks.set(key, { autoScalingGroupName, hook });
    this.#answering.answer(autoScalingGroupName);
    return [hook, this.#answering];
  }
}
