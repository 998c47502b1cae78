import { type Alarm, type Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { alarmOf } from './alarms/alarm.ts';
import { type AlarmRule, DRIFT_LEFT, GROUP_RULES, type GroupRuleName } from './alarms/rules.ts';
import { Drift } from './conduct.ts';
import { type MetricOwner, metricOf } from './metrics.ts';

/** What a group needs of its arbiter in order to be watched. */
export interface ArbiterWatch {
  readonly arbiterName: string;
  /** The alarms of the arbiter itself, which are the same for all its groups. */
  addOwnAlarms(topic: ITopic): void;
}

/** What decides which of its alarms watch what. */
export interface WatchedConduct {
  readonly drift: Drift;
}

/** A group's metrics and alarms. */
export abstract class WatchedGroup extends Construct {
  readonly groupName: string;
  readonly #arbiter: ArbiterWatch;
  readonly #drift: Drift;

  constructor(scope: Construct, groupName: string, arbiter: ArbiterWatch, { drift }: WatchedConduct) {
    super(scope, groupName);
    this.groupName = groupName;
    this.#arbiter = arbiter;
    this.#drift = drift;
  }

  /** Changes of holder. Sum over 1 minute. */
  metricFailovers(options?: MetricOptions): Metric {
    return metricOf(this.#owner, 'Transfers', Stats.SUM, options);
  }

  /** From the last heartbeat of the old holder until the fabric led to the new one, milliseconds. Maximum over 1 minute. */
  metricOutage(options?: MetricOptions): Metric {
    return metricOf(this.#owner, 'OutageMs', Stats.MAXIMUM, options);
  }

  /** Members that could take over. Minimum over 1 minute. */
  metricEligibleStandbys(options?: MetricOptions): Metric {
    return metricOf(this.#owner, 'EligibleStandbys', Stats.MINIMUM, options);
  }

  /** The least of the lease that the holder had left, percent. Minimum over 1 minute. */
  metricLeaseMargin(options?: MetricOptions): Metric {
    return metricOf(this.#owner, 'LeaseMargin', Stats.MINIMUM, options);
  }

  /** How often a VIP was moved back after another hand had moved it. Sum over 1 minute. */
  metricDriftRepaired(options?: MetricOptions): Metric {
    return metricOf(this.#owner, 'DriftRepaired', Stats.SUM, options);
  }

  /** `drift: alarm`: how often a VIP was seen elsewhere, and left there. Sum over 1 minute. */
  metricDriftLeft(options?: MetricOptions): Metric {
    return metricOf(this.#owner, 'DriftLeft', Stats.SUM, options);
  }

  /** Nobody serves the VIPs. @param topic hears when it begins and when it ends */
  alarmOnNoHolder(topic?: ITopic): Alarm {
    return this.#alarm('noHolder', topic);
  }

  /** The next failure is an outage. */
  alarmOnNoStandby(topic?: ITopic): Alarm {
    return this.#alarm('noStandby', topic);
  }

  /** A member's heartbeats have stopped. */
  alarmOnMemberSilent(topic?: ITopic): Alarm {
    return this.#alarm('memberSilent', topic);
  }

  /** Three changes of holder within ten minutes. */
  alarmOnFlapping(topic?: ITopic): Alarm {
    return this.#alarm('flapping', topic);
  }

  /** EC2 refused to move a VIP. */
  alarmOnMoveFailed(topic?: ITopic): Alarm {
    return this.#alarm('moveFailed', topic);
  }

  /** A move is under way for more than 15 seconds. */
  alarmOnMoveStuck(topic?: ITopic): Alarm {
    return this.#alarm('moveStuck', topic);
  }

  /** Another hand moved a VIP, and it was moved back, or with `drift: alarm` left there. */
  alarmOnDrift(topic?: ITopic): Alarm {
    return this.#alarm('drift', topic);
  }

  /** Less than 30 % of the lease was left in three of five minutes. */
  alarmOnLeaseMargin(topic?: ITopic): Alarm {
    return this.#alarm('leaseMargin', topic);
  }

  /** EC2 throttles the moves. */
  alarmOnThrottled(topic?: ITopic): Alarm {
    return this.#alarm('throttled', topic);
  }

  /** A member runs another configuration than the group's. */
  alarmOnConfigSkew(topic?: ITopic): Alarm {
    return this.#alarm('configSkew', topic);
  }

  /** Every alarm of the group, and once those of its arbiter. @param topic hears when one begins to ring and when it ends */
  addDefaultAlarms(topic: ITopic): void {
    for (const name of Object.keys(GROUP_RULES) as GroupRuleName[]) this.#alarm(name, topic);
    this.#arbiter.addOwnAlarms(topic);
  }

  get #owner(): MetricOwner {
    return { arbiterName: this.#arbiter.arbiterName, groupName: this.groupName };
  }

  #alarm(name: GroupRuleName, topic: ITopic | undefined): Alarm {
    return alarmOf(this, this.#ruleOf(name), this.#owner, topic);
  }

  #ruleOf(name: GroupRuleName): AlarmRule {
    return name === 'drift' && this.#drift === Drift.ALARM ? DRIFT_LEFT : GROUP_RULES[name];
  }
}
