// Proves that only a yes is a yes.
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { confirm } from '../../../cli/arbiter/confirm.ts';

const asked = (answer: string | null): { done: Promise<void>; screen: PassThrough } => {
  const [input, screen] = [new PassThrough(), new PassThrough()];
  const done = confirm('pause mysql?', new AbortController().signal, { input, output: screen });
  if (answer === null) input.end();
  else input.write(`${answer}\n`);
  return { done, screen };
};

describe('confirm', () => {
  it.each(['y', 'Y', 'yes', ' yes '])('%j is a yes', async (answer) => {
    const { done, screen } = asked(answer);
    await done;
    expect(String(screen.read())).toBe('pause mysql? [y/N] ');
  });

  it.each(['', 'n', 'no', 'yeah', 'yes please', null])('%j is none', async (answer) => {
    await expect(asked(answer).done).rejects.toMatchObject({ code: 'not-confirmed', exitCode: 130 });
  });

  it('a signal ends the question', async () => {
    const stop = new AbortController();
    const streams = { input: new PassThrough(), output: new PassThrough() };
    const done = confirm('pause mysql?', stop.signal, streams);
    stop.abort(new Error('stopped'));
    await expect(done).rejects.toThrow('stopped');
  });
});
