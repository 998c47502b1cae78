/**
 * How CloudWatch judges an alarm: pure. After AWS's "Alarm evaluation" and "Configuring how CloudWatch alarms treat missing
 * data"; their tables are the test.
 */

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';
export type MissingData = 'missing' | 'ignore' | 'breaching' | 'notBreaching';
export type Comparison =
  | 'GreaterThanOrEqualToThreshold'
  | 'GreaterThanThreshold'
  | 'LessThanThreshold'
  | 'LessThanOrEqualToThreshold';

export interface AlarmRule {
  readonly comparison: Comparison;
  readonly threshold: number;
  /** N: how many datapoints are judged. */
  readonly evaluationPeriods: number;
  /** M: how many of them must breach. */
  readonly datapointsToAlarm: number;
  readonly missingData: MissingData;
}

/**
 * More datapoints are looked at than are judged, so that late or missing ones may be replaced by older ones. AWS does not
 * say how many more; in its examples it is two.
 */
const EXTRA_DATAPOINTS = 2;

/** How many of the latest datapoints {@link evaluate} wants: the evaluation range. */
export const evaluationRange = ({ evaluationPeriods }: AlarmRule): number =>
  evaluationPeriods + EXTRA_DATAPOINTS;

export const isBreaching = ({ comparison, threshold }: AlarmRule, value: number): boolean => {
  switch (comparison) {
    case 'GreaterThanOrEqualToThreshold':
      return value >= threshold;
    case 'GreaterThanThreshold':
      return value > threshold;
    case 'LessThanThreshold':
      return value < threshold;
    case 'LessThanOrEqualToThreshold':
      return value <= threshold;
  }
};

/** Some datapoints are missing, and nothing stands in for them. */
const withGaps = (rule: AlarmRule, latestFirst: readonly (boolean | undefined)[]): AlarmState | undefined => {
  const real = latestFirst.filter((one) => one !== undefined);
  if (real.filter(Boolean).length >= rule.datapointsToAlarm) return 'ALARM';
  if (real.includes(false)) return 'OK';
  if (rule.missingData === 'ignore') return undefined;
  if (real.length === 0) return 'INSUFFICIENT_DATA';
  // Only breaching ones, and fewer than it takes. Once the oldest of them is old enough, and only breaching or missing
  // ones followed, there is nothing left to wait for; until then the next one may still be well.
  const oldest = latestFirst.slice(0, rule.evaluationPeriods).lastIndexOf(true) + 1;
  return oldest >= rule.datapointsToAlarm ? 'ALARM' : undefined;
};

/**
 * The state that the datapoints call for.
 *
 * @param datapoints the evaluation range, oldest first; undefined where nothing was measured
 * @returns undefined: the state stays as it is
 */
export const evaluate = (
  rule: AlarmRule,
  datapoints: readonly (number | undefined)[],
): AlarmState | undefined => {
  const latestFirst = datapoints
    .map((value) => (value === undefined ? undefined : isBreaching(rule, value)))
    .toReversed();
  const real = latestFirst.filter((one) => one !== undefined);
  const { evaluationPeriods, datapointsToAlarm, missingData } = rule;
  const toFill = Math.max(0, evaluationPeriods - real.length);
  if (toFill > 0 && (missingData === 'missing' || missingData === 'ignore'))
    return withGaps(rule, latestFirst);
  // Missing ones stand in as seldom as possible: those that are there count, however old.
  const breaching =
    real.slice(0, evaluationPeriods).filter(Boolean).length + (missingData === 'breaching' ? toFill : 0);
  return breaching >= datapointsToAlarm ? 'ALARM' : 'OK';
};
