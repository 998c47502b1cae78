import { Duration, Validations } from 'aws-cdk-lib';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Provider } from 'aws-cdk-lib/custom-resources';
import type { Construct } from 'constructs';
import { ArbiterFunction, roleFor } from './function.ts';

const TIMEOUT = Duration.minutes(1);

export interface ConfigProviderProps {
  readonly tableName: string;
  readonly logRetention: RetentionDays;
  readonly verbose: boolean;
}

/** Takes groups from CloudFormation: the configure function, and the CDK's framework that answers in its place. */
export class ConfigProvider extends Provider {
  readonly configure: ArbiterFunction;

  constructor(scope: Construct, id: string, { tableName, logRetention, verbose }: ConfigProviderProps) {
    const configure = new ArbiterFunction(scope, 'Configure', {
      artefact: 'configure',
      description: 'Keepaloft: validates a group against EC2 and writes its configuration',
      timeout: TIMEOUT,
      logRetention,
      verbose,
      environment: { TABLE_NAME: tableName },
      reservedConcurrency: undefined,
    });
    const logGroup = new LogGroup(scope, `${id}Logs`, { retention: logRetention });
    const frameworkOnEventRole = roleFor(scope, `${id}Role`, logGroup);
    super(scope, id, { onEventHandler: configure, logGroup, frameworkOnEventRole });
    this.configure = configure;
    const { logicalId } = configure;
    Validations.of(frameworkOnEventRole).acknowledge({
      id: `AwsSolutions-IAM5[Resource::<${logicalId}.Arn>:*]`,
      reason: 'The framework may invoke any version of the one configure function; it has no other right.',
    });
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-L1',
      reason: "The framework's runtime is chosen by the CDK and rises with it.",
    });
  }
}
