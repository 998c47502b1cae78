import { Validations } from 'aws-cdk-lib';
import {
  type Alarm,
  type Dashboard,
  type Metric,
  type MetricOptions,
  Stats,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { alarmOf } from './alarms/alarm.ts';
import { ARBITER_BLIND, BRAKE } from './alarms/rules.ts';
import { arbiterNameOf } from './arbiter-name.ts';
import { ConsoleFunction } from './dashboard/console-function.ts';
import { ArbiterDashboard } from './dashboard/dashboard.ts';
import type { DashboardOptions } from './dashboard/options.ts';
import { DeploymentError } from './errors.ts';
import type { ArbiterFunction } from './function.ts';
import { metricOf } from './metrics.ts';
import type { Notifier } from './notifier.ts';
import type { ArbiterWatch } from './watched-group.ts';

/** What functions for watching share with all others of the arbiter. */
export interface FunctionDefaults {
  readonly logRetention: RetentionDays;
  readonly verbose: boolean;
}

/** An arbiter's metrics, alarms and dashboard. */
export abstract class WatchedArbiter extends Construct implements ArbiterWatch {
  abstract readonly table: Table;
  abstract readonly heartbeatFunction: ArbiterFunction;
  abstract readonly adminFunction: ArbiterFunction;
  abstract readonly sweepFunction: ArbiterFunction;
  abstract readonly eventsFunction: ArbiterFunction;
  abstract readonly apiId: string;
  /** What it is called in metrics, alarms and events. */
  readonly arbiterName: string;
  protected readonly functionDefaults: FunctionDefaults;
  #notifiers = 0;

  constructor(scope: Construct, id: string, functionDefaults: FunctionDefaults) {
    super(scope, id);
    this.arbiterName = arbiterNameOf(this);
    this.functionDefaults = functionDefaults;
  }

  /** Runs of the sweep, which also tells every gauge. Sum over 1 minute. */
  metricSweeps(options?: MetricOptions): Metric {
    return metricOf(this, 'Sweeps', Stats.SUM, options);
  }

  /** The one alarm that rings when the watcher itself is dead. @param topic hears when it begins and when it ends */
  alarmOnArbiterBlind(topic?: ITopic): Alarm {
    return alarmOf(this, ARBITER_BLIND, this.#owner, topic);
  }

  /** A fifth of all groups fell silent at once, and nobody is replaced for silence. */
  alarmOnBrake(topic?: ITopic): Alarm {
    return alarmOf(this, BRAKE, this.#owner, topic);
  }

  /** `alarmOnArbiterBlind` and `alarmOnBrake`. `FailoverGroup.addDefaultAlarms` adds them, too. */
  addOwnAlarms(topic: ITopic): void {
    this.alarmOnArbiterBlind(topic);
    this.alarmOnBrake(topic);
  }

  /**
   * A CloudWatch dashboard with every group, the arbiter's own state and its decisions. Groups that are added later are
   * on it, too. Whoever shall see the group table needs `lambda:InvokeFunction` on its function.
   */
  addDashboard(options: DashboardOptions = {}): Dashboard {
    if (this.node.tryFindChild('Dashboard') !== undefined) {
      throw new DeploymentError('the arbiter has a dashboard already: one shows all its groups');
    }
    const { name = this.arbiterName, operate = false } = options;
    const consoleFunction = new ConsoleFunction(this, 'Console', {
      ...this.functionDefaults,
      arbiterName: this.arbiterName,
      table: this.table,
      operate,
    });
    const accessLogs = this.node.tryFindChild('AccessLogs');
    const { heartbeatFunction, adminFunction, sweepFunction, eventsFunction } = this;
    const functions = {
      heartbeat: heartbeatFunction,
      admin: adminFunction,
      sweep: sweepFunction,
      events: eventsFunction,
    };
    const dashboard = new ArbiterDashboard(this, 'Dashboard', {
      name,
      arbiterName: this.arbiterName,
      console: consoleFunction,
      apiId: this.apiId,
      functions,
      logs: [...Object.values(functions), consoleFunction].map((each) => each.logs),
      accessLogs: accessLogs instanceof LogGroup ? accessLogs : undefined,
    });
    if (operate) Validations.of(this).addWarning('keepaloft:consoleOperates', CONSOLE_OPERATES);
    return dashboard;
  }

  /** Tells somebody what the arbiter publishes. Each notifier is a function of its own, with rights of its own. */
  addNotifier(notifier: Notifier): void {
    this.#notifiers += 1;
    notifier.bind(this, `Notifier${this.#notifiers}`, {
      arbiterName: this.arbiterName,
      defaults: this.functionDefaults,
    });
  }

  get #owner(): { readonly arbiterName: string } {
    return { arbiterName: this.arbiterName };
  }
}

const CONSOLE_OPERATES =
  'the dashboard has buttons: whoever may invoke its function may move VIPs, and the history cannot name who did. ' +
  'Grant lambda:InvokeFunction on it as carefully as execute-api:Invoke on POST /v1/admin';
