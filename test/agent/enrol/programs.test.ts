// Proves that a fetched configuration can only run files of one directory that nobody else can write.
import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileText, readText } from '../../../agent/enrol/document.ts';
import { checkPrograms, HOOKS_DIRECTORY } from '../../../agent/enrol/programs.ts';
import { scratchDirectory, writeScript } from '../scratch.ts';
import { answerOf, groupOf } from './answers.ts';

const fileWith = (fields: object) => {
  const host = { endpoint: 'https://api.example', region: 'us-east-1' };
  return readText('agent.yaml', fileText(answerOf({ mysql: groupOf(fields) }), host, undefined));
};
const hooksDirectory = (): string => {
  const directory = join(scratchDirectory(), 'hooks.d');
  mkdirSync(directory, { mode: 0o755 });
  writeScript(directory, 'promote', 'exit 0');
  return directory;
};

describe('programs of a fetched configuration', () => {
  it('are files of hooks.d, with any arguments', async () => {
    const directory = hooksDirectory();
    const promote = join(directory, 'promote');
    const file = fileWith({
      hooks: { onMaster: [promote, '--now', '; rm -rf /'] },
      checks: { own: { script: [promote] }, port: { tcp: '127.0.0.1:1' } },
    });
    await expect(checkPrograms(file, directory)).resolves.toBeUndefined();
  });

  it.each([
    ['a shell', '/bin/sh'],
    ['a way out of the directory', `${HOOKS_DIRECTORY}/../../../bin/sh`],
    ['the directory itself', HOOKS_DIRECTORY],
    ['a directory of nearly the same name', `${HOOKS_DIRECTORY}-evil/promote`],
  ])('%s is refused, and the remedy told', async (_, path) => {
    for (const fields of [
      { hooks: { notify: [path, '-c', 'curl x'] } },
      { checks: { a: { script: [path] } } },
    ]) {
      await expect(checkPrograms(fileWith(fields))).rejects.toMatchObject({
        code: 'foreign-program',
        remedy: expect.stringContaining('put a script there') as string,
      });
    }
  });

  it('that are not there yet, or that others may write, are refused before anything is written', async () => {
    const directory = hooksDirectory();
    const open = writeScript(directory, 'open', 'exit 0', 0o755);
    chmodSync(open, 0o777);
    symlinkSync(open, join(directory, 'link'));
    for (const name of ['absent', 'open', 'link']) {
      const file = fileWith({ hooks: { onFault: [join(directory, name)] } });
      await expect(checkPrograms(file, directory)).rejects.toMatchObject({ code: 'untrusted-file' });
    }
  });
});
