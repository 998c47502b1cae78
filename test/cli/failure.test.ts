// Proves that every kind of error gets its exit code, its cause and its remedy.
import { CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import { CliError, explain, Interrupted } from '../../cli/failure.ts';
import { DocumentError } from '../../core/wire/document.ts';
import { LabError } from '../../lab/errors.ts';

const labError = (code: string): LabError => new LabError(code, 'what happened', { remedy: 'what to do' });

describe('explain', () => {
  it.each([
    [new CliError('x', 'm', { remedy: 'r', exitCode: 2 }), 2],
    [new Interrupted(), 130],
    [new CommanderError(1, 'commander.unknownOption', "error: unknown option '--x'"), 64],
    [labError('unknown-host'), 64],
    [labError('invalid-percent'), 64],
    [labError('vip-taken'), 64],
    [labError('bad-config'), 78],
    [labError('config-unreadable'), 66],
    [labError('program-missing'), 69],
    [labError('namespaces-forbidden'), 69],
    [labError('lab-unreachable'), 69],
    [labError('internal'), 70],
    [new DocumentError('f', [{ line: 1, column: 2, path: 'a', message: 'no' }]), 78],
    [new TypeError('x is not a function'), 70],
    ['a string', 70],
    [undefined, 70],
  ])('%s ends with %i', (error, exitCode) => {
    const failure = explain(error);
    expect(failure.exitCode).toBe(exitCode);
    expect(failure.message).not.toBe('');
    expect(failure.remedy).not.toBe('');
  });

  it("keeps a lab's own words and drops commander's prefix", () => {
    expect(explain(labError('program-missing'))).toMatchObject({
      message: 'what happened',
      remedy: 'what to do',
    });
    expect(explain(new CommanderError(1, 'c', "error: unknown option '--x'")).message).toBe(
      "unknown option '--x'",
    );
  });
});
