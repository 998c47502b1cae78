/** Asks a person on a terminal before something changes. */
import { createInterface } from 'node:readline/promises';
import { EXIT } from '../exit-codes.ts';
import { CliError } from '../failure.ts';

/** A person is there to be asked: the answer comes from a terminal and the question goes to one. */
export const canAsk = (): boolean => process.stdin.isTTY && process.stderr.isTTY;

/** @throws CliError `confirmation-needed`: what nobody confirms is not ordered */
export const refuseUnasked = (): never => {
  throw new CliError('confirmation-needed', 'nobody is there to confirm it, and nothing was ordered', {
    remedy: 'give --yes; with --if-epoch N it is refused if the group has changed hands since you looked',
    exitCode: EXIT.usage,
  });
};

/** @throws CliError `not-confirmed` unless the answer is yes */
export const confirm = async (
  question: string,
  signal: AbortSignal,
  streams: { input: NodeJS.ReadableStream; output: NodeJS.WritableStream } = {
    input: process.stdin,
    output: process.stderr,
  },
): Promise<void> => {
  const terminal = createInterface(streams);
  // In line mode the terminal hands Ctrl-C over as a key; an end of the input is an answer, too.
  terminal.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  const ended = Promise.withResolvers<string>();
  terminal.once('close', () => ended.resolve(''));
  try {
    const answer = await Promise.race([terminal.question(`${question} [y/N] `, { signal }), ended.promise]);
    if (/^y(?:es)?$/iu.test(answer.trim())) return;
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    terminal.close();
  }
  throw new CliError('not-confirmed', 'not confirmed: nothing was ordered', {
    remedy: 'answer y to order it',
    exitCode: EXIT.interrupted,
  });
};
