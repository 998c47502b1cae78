// Proves that a metadata service that fails for hours makes two lines in the log: at its beginning and at its end.
import { expect, it } from 'vitest';
import { WitnessTrouble } from '../../../agent/loop/witness-trouble.ts';
import { captureLog } from '../captured-log.ts';

it('tells once that the metadata service does not answer, and once that it does again', () => {
  const { log, messages } = captureLog('info');
  const trouble = new WitnessTrouble(log);
  const gone = new Error('gone');
  trouble.failed(gone);
  trouble.failed(gone);
  trouble.answered();
  expect(messages()).toEqual([]);
  for (let look = 0; look < 1000; look += 1) trouble.failed(gone);
  expect(messages()).toEqual([expect.stringMatching(/does not answer/u)]);
  trouble.answered();
  trouble.answered();
  expect(messages()).toEqual([expect.any(String), 'the metadata service answers again']);
});
