import { Duration } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { DeploymentError } from '../errors.ts';
import { ArbiterFunction } from '../function.ts';
import { allowItems, allowPublish, allowReading, allowWatching, DEFAULT_BUS } from '../rights.ts';

/** It waits for CloudWatch for two seconds, and for the table in between. */
const TIMEOUT = Duration.seconds(10);

export interface ConsoleFunctionProps {
  readonly arbiterName: string;
  readonly table: Table;
  readonly logRetention: RetentionDays;
  readonly verbose: boolean;
  readonly operate: boolean;
}

/**
 * The function behind a dashboard's console. It never moves anything itself: what follows from an order is done by the
 * next heartbeat, so it needs no right in EC2.
 */
export class ConsoleFunction extends ArbiterFunction {
  constructor(scope: Construct, id: string, props: ConsoleFunctionProps) {
    const { arbiterName, table, logRetention, verbose, operate } = props;
    super(scope, id, {
      artefact: 'widget',
      description: 'Keepaloft: shows groups on a CloudWatch dashboard',
      timeout: TIMEOUT,
      logRetention,
      verbose,
      environment: {
        TABLE_NAME: table.tableName,
        ARBITER: arbiterName,
        OPERATE: String(operate),
        // An order is published by whoever takes it.
        ...(operate ? { EVENT_BUS: DEFAULT_BUS } : {}),
      },
      reservedConcurrency: undefined,
    });
    const { role } = this;
    if (role === undefined) throw new DeploymentError('the console’s function has no role');
    if (operate) {
      allowItems(table, role, 'dynamodb:Query');
      allowPublish(role);
    } else allowReading(table, role);
    allowWatching(role);
  }
}
