// Proves that alarms are judged as AWS documents it: the tables of "Configuring how CloudWatch alarms treat missing data", and what surrounds them.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AlarmRule,
  type AlarmState,
  type Comparison,
  evaluate,
  evaluationRange,
  type MissingData,
} from '../../../../lab/ends/cloudwatch/evaluate.ts';

const TREATMENTS = ['missing', 'ignore', 'breaching', 'notBreaching'] as const;

const rule = (m: number, n: number, missingData: MissingData): AlarmRule => ({
  comparison: 'GreaterThanOrEqualToThreshold',
  threshold: 1,
  evaluationPeriods: n,
  datapointsToAlarm: m,
  missingData,
});

/** `X` breaches, `0` does not, `-` is missing; oldest first. */
const datapoints = (text: string): (number | undefined)[] =>
  text.split(' ').map((sign) => (sign === '-' ? undefined : sign === 'X' ? 1 : 0));

/** What each treatment comes to, in the order of the documentation's columns; `kept`: the state stays. */
const outcomes = (m: number, n: number, text: string): string =>
  TREATMENTS.map((missingData) => evaluate(rule(m, n, missingData), datapoints(text)) ?? 'kept').join(' ');

describe('three of three datapoints', () => {
  it.each([
    ['0 - X - X', 'OK OK OK OK'],
    ['0 - - - -', 'OK OK OK OK'],
    ['- - - - -', 'INSUFFICIENT_DATA kept ALARM OK'],
    ['0 X X - X', 'ALARM ALARM ALARM ALARM'],
    ['- - X - -', 'ALARM kept ALARM OK'],
    // The next one may still be well, and then three were never breaching.
    ['- - - - X', 'kept kept ALARM OK'],
    ['- - - X -', 'kept kept ALARM OK'],
  ])('%s', (text, expected) => {
    expect(outcomes(3, 3, text)).toBe(expected);
  });
});

describe('two of three datapoints', () => {
  it.each([
    ['0 - X - X', 'ALARM ALARM ALARM ALARM'],
    ['0 0 X 0 X', 'ALARM ALARM ALARM ALARM'],
    ['0 - X - -', 'OK OK ALARM OK'],
    ['- - - - 0', 'OK OK ALARM OK'],
    ['- - - X -', 'ALARM kept ALARM OK'],
  ])('%s', (text, expected) => {
    expect(outcomes(2, 3, text)).toBe(expected);
  });
});

describe('one of one datapoint', () => {
  it.each([
    ['- - X', 'ALARM ALARM ALARM ALARM'],
    ['X X 0', 'OK OK OK OK'],
    ['- - -', 'INSUFFICIENT_DATA kept ALARM OK'],
    // Those that are there count before missing ones do, as long as they are in the range.
    ['- X -', 'ALARM ALARM ALARM ALARM'],
    ['- 0 -', 'OK OK OK OK'],
  ])('%s', (text, expected) => {
    expect(outcomes(1, 1, text)).toBe(expected);
  });
});

describe('comparisons', () => {
  it.each([
    ['GreaterThanOrEqualToThreshold', 'OK ALARM ALARM'],
    ['GreaterThanThreshold', 'OK OK ALARM'],
    ['LessThanThreshold', 'ALARM OK OK'],
    ['LessThanOrEqualToThreshold', 'ALARM ALARM OK'],
  ] as const)('%s: below, at and above', (comparison: Comparison, expected) => {
    const states = [0.5, 1, 1.5].map((value) => evaluate({ ...rule(1, 1, 'missing'), comparison }, [value]));
    expect(states.join(' ')).toBe(expected);
  });
});

describe('whatever was measured', () => {
  const point = fc.option(fc.constantFrom(0, 1), { nil: undefined });
  const alarm = fc
    .integer({ min: 1, max: 5 })
    .chain((n) =>
      fc.tuple(
        fc.integer({ min: 1, max: n }),
        fc.constant(n),
        fc.array(point, { minLength: n, maxLength: n + 2 }),
      ),
    );

  it('a treatment that fills gaps always decides, and breaching ones alarm whenever others do', () => {
    fc.assert(
      fc.property(alarm, ([m, n, points]) => {
        const state = (missingData: MissingData): AlarmState | undefined =>
          evaluate(rule(m, n, missingData), points);
        expect(['OK', 'ALARM']).toContain(state('breaching'));
        expect(['OK', 'ALARM']).toContain(state('notBreaching'));
        expect(state('notBreaching') === 'ALARM' && state('breaching') === 'OK').toBe(false);
        expect(state('ignore')).not.toBe('INSUFFICIENT_DATA');
      }),
    );
  });

  it('without gaps the treatment does not matter', () => {
    const whole = fc.array(fc.constantFrom(0, 1), { minLength: 3, maxLength: 5 });
    fc.assert(
      fc.property(whole, (points) => {
        expect(new Set(TREATMENTS.map((one) => evaluate(rule(2, 3, one), points))).size).toBe(1);
      }),
    );
  });

  it('two more datapoints are looked at than are judged', () => {
    expect(evaluationRange(rule(2, 3, 'missing'))).toBe(5);
  });
});
