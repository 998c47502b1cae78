import { CfnResource, type Duration, Stack } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  ApplicationLogLevel,
  Architecture,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { type ARTEFACT, codeOf } from './artefacts.ts';

/** Every function's own. Processor time comes with memory: at 128 MB the first request takes twice as long. */
const MEMORY_MB = 256;

export interface ArbiterFunctionProps {
  readonly artefact: keyof typeof ARTEFACT;
  readonly description: string;
  readonly timeout: Duration;
  readonly logRetention: RetentionDays;
  readonly verbose: boolean;
  readonly environment: { readonly [name: string]: string };
  readonly reservedConcurrency: number | undefined;
}

/** A role that may write the lines of its own function, and nothing else yet. */
export const roleFor = (scope: Construct, id: string, logGroup: LogGroup): Role => {
  const role = new Role(scope, id, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  // Not the managed policy for basic execution, which allows every log group of the account.
  logGroup.grantWrite(role);
  return role;
};

/** One of the arbiter's Lambdas, from its built artefact. */
export class ArbiterFunction extends LambdaFunction {
  readonly logs: LogGroup;

  constructor(scope: Construct, id: string, props: ArbiterFunctionProps) {
    const { logRetention: retention, verbose, reservedConcurrency } = props;
    const logs = new LogGroup(scope, `${id}Logs`, { retention });
    super(scope, id, {
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: MEMORY_MB,
      timeout: props.timeout,
      code: codeOf(props.artefact),
      handler: 'index.handler',
      description: props.description,
      role: roleFor(scope, `${id}Role`, logs),
      environment: { ...props.environment, LOG_LEVEL: verbose ? 'DEBUG' : 'INFO' },
      logGroup: logs,
      loggingFormat: LoggingFormat.JSON,
      // Lambda's own START, END and REPORT lines would cost about as much as the function.
      systemLogLevelV2: SystemLogLevel.WARN,
      applicationLogLevelV2: verbose ? ApplicationLogLevel.DEBUG : ApplicationLogLevel.INFO,
      ...(reservedConcurrency === undefined ? {} : { reservedConcurrentExecutions: reservedConcurrency }),
    });
    this.logs = logs;
  }

  /** Its name in the template. */
  get logicalId(): string {
    const resource = this.node.defaultChild;
    return CfnResource.isCfnResource(resource) ? Stack.of(this).getLogicalId(resource) : '';
  }
}
