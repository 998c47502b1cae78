// Proves that `lab run` refuses what it cannot play before it makes a lab: two things at once, a file that is not there or is wrong.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../../../cli/lab/run.ts';
import { DocumentError } from '../../../core/wire/document.ts';
import { scratchDirectory } from '../../agent/scratch.ts';

describe('keepaloft lab run --config', () => {
  it.each([
    ['a scenario besides', 'kill-holder', {}],
    ['a lab that runs', undefined, { lab: '12ab' }],
  ])('is refused with %s', async (_, scenario, options) => {
    await expect(run(scenario, { ...options, config: 'keepaloft.yaml' })).rejects.toMatchObject({
      code: 'bad-request',
    });
  });

  it('is refused without a file that can be read, and with one that is wrong', async () => {
    const path = join(scratchDirectory(), 'keepaloft.yaml');
    await expect(run(undefined, { config: path })).rejects.toMatchObject({ code: 'config-unreadable' });
    writeFileSync(path, 'version: 1\ngroups: {}\n');
    await expect(run(undefined, { config: path })).rejects.toThrow(DocumentError);
  });
});
