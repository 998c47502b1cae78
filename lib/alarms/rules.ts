/** The default alarms: what is watched, when it is bad, and what a missing value means. */
import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';

export interface AlarmRule {
  /** The last part of the alarm's name. */
  readonly name: string;
  readonly metric: string;
  readonly statistic: string;
  readonly threshold: number;
  readonly comparison: ComparisonOperator;
  readonly period: Duration;
  /** Of so many periods… */
  readonly periods: number;
  /** …so many must be bad. */
  readonly datapoints: number;
  readonly missing: TreatMissingData;
  /** What it means, for whoever is woken by it. */
  readonly meaning: string;
}

const { LESS_THAN_THRESHOLD, GREATER_THAN_THRESHOLD, GREATER_THAN_OR_EQUAL_TO_THRESHOLD } =
  ComparisonOperator;
const { BREACHING, IGNORE, NOT_BREACHING } = TreatMissingData;

const MINUTE = Duration.minutes(1);
const TEN_MINUTES = Duration.minutes(10);
const MOVING_MS_MAX = 15_000;
/** Percent of the lease. */
const MARGIN_MIN = 30;

/** Once is enough. */
const once = { period: MINUTE, periods: 1, datapoints: 1 } as const;
/** Three minutes in a row. */
const lasting = { period: MINUTE, periods: 3, datapoints: 3 } as const;
/** Something was counted that ought never to be. */
const counted = {
  ...once,
  statistic: Stats.SUM,
  threshold: 1,
  comparison: GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
  missing: NOT_BREACHING,
} as const;
/** What ought to be there is not. While the arbiter is blind nothing is known, and `ArbiterBlind` says that. */
const absent = {
  statistic: Stats.MINIMUM,
  threshold: 1,
  comparison: LESS_THAN_THRESHOLD,
  missing: IGNORE,
} as const;

/** Of the arbiter itself. */
export const ARBITER_BLIND: AlarmRule = {
  name: 'ArbiterBlind',
  metric: 'Sweeps',
  statistic: Stats.SUM,
  threshold: 1,
  comparison: LESS_THAN_THRESHOLD,
  ...lasting,
  missing: BREACHING,
  meaning: 'the arbiter’s sweep has not run for three minutes: no other alarm can be trusted',
};

export const BRAKE: AlarmRule = {
  name: 'Brake',
  metric: 'Brake',
  ...counted,
  statistic: Stats.MAXIMUM,
  meaning: 'a fifth of all groups fell silent at once: nobody is replaced for silence until it lifts',
};

/** Of one group, most urgent first. */
export const GROUP_RULES = {
  noHolder: {
    name: 'NoHolder',
    metric: 'Held',
    ...absent,
    ...once,
    meaning: 'nobody serves the VIPs',
  },
  noStandby: {
    name: 'NoStandby',
    metric: 'EligibleStandbys',
    ...absent,
    ...lasting,
    meaning: 'nobody could take over: the next failure is an outage',
  },
  memberSilent: {
    name: 'MemberSilent',
    metric: 'Silent',
    statistic: Stats.MAXIMUM,
    threshold: 1,
    comparison: GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    ...lasting,
    missing: IGNORE,
    meaning: 'a member’s heartbeats have stopped: the host, its agent, or its way to the arbiter',
  },
  flapping: {
    name: 'Flapping',
    metric: 'Transfers',
    ...counted,
    threshold: 3,
    period: TEN_MINUTES,
    meaning: 'the VIPs change hands again and again: damping does not hold',
  },
  moveFailed: {
    name: 'MoveFailed',
    metric: 'MoveErrors',
    ...counted,
    meaning: 'EC2 refused to move a VIP',
  },
  moveStuck: {
    name: 'MoveStuck',
    metric: 'MovingAgeMs',
    ...counted,
    statistic: Stats.MAXIMUM,
    threshold: MOVING_MS_MAX,
    comparison: GREATER_THAN_THRESHOLD,
    meaning: 'a move has been under way for more than 15 seconds',
  },
  drift: {
    name: 'Drift',
    metric: 'DriftRepaired',
    ...counted,
    meaning: 'somebody else moved a VIP, and it was moved back',
  },
  leaseMargin: {
    name: 'LeaseMargin',
    metric: 'LeaseMargin',
    statistic: Stats.MINIMUM,
    threshold: MARGIN_MIN,
    comparison: LESS_THAN_THRESHOLD,
    period: MINUTE,
    periods: 5,
    datapoints: 3,
    missing: NOT_BREACHING,
    meaning:
      'the holder’s heartbeats come so late that less than 30 % of the lease is left: a false failover is near',
  },
  throttled: {
    name: 'Throttled',
    metric: 'Throttled',
    ...counted,
    meaning: 'EC2 throttles the moves',
  },
  configSkew: {
    name: 'ConfigSkew',
    metric: 'ConfigSkew',
    ...counted,
    statistic: Stats.MAXIMUM,
    period: TEN_MINUTES,
    meaning: 'a member runs another configuration than the group’s',
  },
} as const satisfies Readonly<Record<string, AlarmRule>>;

/** In place of `drift`, for a group that only says so. */
export const DRIFT_LEFT: AlarmRule = {
  ...GROUP_RULES.drift,
  metric: 'DriftLeft',
  meaning: 'somebody else moved a VIP, and it was left there',
};

export type GroupRuleName = keyof typeof GROUP_RULES;
