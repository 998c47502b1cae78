import { Duration } from 'aws-cdk-lib';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { Construct } from 'constructs';
import { ArbiterFunction, type ArbiterFunctionProps } from './function.ts';

/** The finest that EventBridge schedules. */
const EVERY = Duration.minutes(1);
/** A sweep that has not ended when the next one is due is of no use any more. */
const TIMEOUT = Duration.seconds(50);
/** As lambdas/sweep/handler.ts demands. */
const EVENT = { v: 1, do: 'sweep' } as const;

export type SweepFunctionProps = Pick<ArbiterFunctionProps, 'logRetention' | 'verbose' | 'environment'>;

/** The backstop: once a minute it looks at every group, finishes what nobody has, and tells the gauges. */
export class SweepFunction extends ArbiterFunction {
  constructor(scope: Construct, id: string, props: SweepFunctionProps) {
    super(scope, id, {
      ...props,
      artefact: 'sweep',
      description: 'Keepaloft: looks at every group once a minute',
      timeout: TIMEOUT,
      reservedConcurrency: undefined,
    });
    // The next one comes in a minute: nothing is gained by trying this one again.
    this.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: EVERY });
    new Rule(this, 'Schedule', {
      description: 'Keepaloft: once a minute',
      schedule: Schedule.rate(EVERY),
      targets: [
        new LambdaFunction(this, {
          event: RuleTargetInput.fromObject(EVENT),
          retryAttempts: 0,
          maxEventAge: EVERY,
        }),
      ],
    });
  }
}
