/** Proves that calls are told apart by what they cost. */
import { describe, expect, it } from 'vitest';
import { between, kindOf, NO_TRAFFIC, operationOf, plus } from '../../../bench/scale/traffic.ts';

const SOME = { reads: 1, writes: 2, lostWrites: 3, others: 4, broken: 7, requestBytes: 5, responseBytes: 6 };

describe('traffic', () => {
  it.each([
    ['GetItem', 200, 'reads'],
    ['PutItem', 200, 'writes'],
    ['PutItem', 400, 'lostWrites'],
    ['PutItem', 500, 'others'],
    ['GetItem', 400, 'others'],
    ['Query', 200, 'others'],
  ])('counts %s answered with %i as %s', (operation, status, kind) => {
    expect(kindOf(operation, status)).toBe(kind);
  });

  it('takes the operation from the header of DynamoDB, and nothing from other services', () => {
    const withTarget = (target: string | undefined) => ({ getHeader: () => target });
    expect(operationOf(withTarget('DynamoDB_20120810.PutItem'))).toBe('PutItem');
    expect(operationOf(withTarget(undefined))).toBeUndefined();
  });

  it('adds and takes away each count', () => {
    expect(plus(NO_TRAFFIC, SOME)).toEqual(SOME);
    expect(between(SOME, plus(SOME, SOME))).toEqual(SOME);
  });
});
