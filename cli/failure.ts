/** Turns whatever went wrong into two lines for a person, one document for a script, and an exit code. */

import { CommanderError } from 'commander';
import { EXIT } from './exit-codes.ts';

/** An expected failure of a command. `remedy` is a sentence that says what to do. */
export class CliError extends Error {
  override readonly name: string = 'CliError';
  readonly code: string;
  readonly remedy: string;
  readonly exitCode: number;

  constructor(code: string, message: string, options: { remedy: string; exitCode: number; cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.remedy = options.remedy;
    this.exitCode = options.exitCode;
  }
}

/** Ended by the user; nothing is wrong and nothing is said. */
export class Interrupted extends CliError {
  override readonly name = 'Interrupted';

  constructor() {
    super('interrupted', 'interrupted', { remedy: 'start it again', exitCode: EXIT.interrupted });
  }
}

/** What is told about a failure. `lines` go to standard error. */
export interface Failure {
  exitCode: number;
  code: string;
  message: string;
  remedy: string;
}

/** Errors of the lab carry a code and a remedy; here is which of them are the caller's own mistake. */
const usageCodes =
  /^(?:invalid-|unknown-|no-such-|several-labs|nobody|delay-only|same-end|bad-request|vip-|duplicate-)/u;

const isLabError = (error: unknown): error is Error & { code: string; remedy: string } =>
  error instanceof Error &&
  error.name === 'LabError' &&
  'code' in error &&
  typeof error.code === 'string' &&
  'remedy' in error &&
  typeof error.remedy === 'string';

const labExitCode = (code: string): number => {
  if (code === 'bad-config') return EXIT.config;
  if (code === 'config-unreadable') return EXIT.noInput;
  if (code === 'internal') return EXIT.internal;
  return usageCodes.test(code) ? EXIT.usage : EXIT.unavailable;
};

/** Never throws, whatever it gets. */
export const explain = (error: unknown): Failure => {
  if (error instanceof CliError) {
    const { exitCode, code, message, remedy } = error;
    return { exitCode, code, message, remedy };
  }
  if (error instanceof CommanderError) {
    const message = error.message.replace(/^error: /u, '');
    return { exitCode: EXIT.usage, code: 'usage', message, remedy: 'see the command with --help' };
  }
  if (isLabError(error)) {
    const { code, message, remedy } = error;
    return { exitCode: labExitCode(code), code, message, remedy };
  }
  if (error instanceof Error && error.name === 'DocumentError') {
    const remedy = 'correct the file; `keepaloft validate FILE` checks it';
    return { exitCode: EXIT.config, code: 'bad-config', message: error.message, remedy };
  }
  const message = error instanceof Error ? error.message : String(error);
  const remedy = 'this is a defect of keepaloft: run it again with KEEPALOFT_DEBUG=1 and report what it says';
  return { exitCode: EXIT.internal, code: 'internal', message, remedy };
};
