// Proves which lab a command means, and that a missing or ambiguous one is said with a remedy.
import { describe, expect, it } from 'vitest';
import { CliError } from '../../../cli/failure.ts';
import { chooseLab } from '../../../cli/lab/find.ts';

const lab = (labId: string) => ({ labId, directory: `/tmp/${labId}`, supervisor: null });
const refusalOf = (action: () => unknown): [string, string, number] => {
  try {
    action();
  } catch (error) {
    if (error instanceof CliError) {
      return [error.message, error.remedy, error.exitCode];
    }
    throw error;
  }
  throw new Error('it was not refused');
};

describe('chooseLab', () => {
  it('is the only one, or the one named', () => {
    expect(chooseLab([lab('00aa')]).labId).toBe('00aa');
    expect(chooseLab([lab('00aa'), lab('00bb')], '00bb').labId).toBe('00bb');
  });

  it('refuses none, several and an unknown one', () => {
    const start = 'start one: keepaloft lab up --detach';
    expect(refusalOf(() => chooseLab([]))).toEqual(['no lab is running', start, 69]);
    expect(refusalOf(() => chooseLab([], '00cc'))).toEqual(['no lab 00cc is running', start, 69]);
    expect(refusalOf(() => chooseLab([lab('00aa')], '00cc'))[1]).toBe('running: 00aa');
    expect(refusalOf(() => chooseLab([lab('00aa'), lab('00bb')]))).toEqual([
      '2 labs are running: 00aa, 00bb',
      'say which one: --lab 00aa',
      64,
    ]);
  });
});
