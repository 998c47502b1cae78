// Proves that what is wrong on the command line of the nemesis is refused before a lab is started.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));

const nemesis = (words: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    const env = { PATH: process.env['PATH'], NODE_NO_WARNINGS: '1' };
    execFile(process.execPath, [main, 'lab', 'nemesis', ...words], { env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });

describe('keepaloft lab nemesis', () => {
  it('explains itself, with examples', async () => {
    const { code, stdout } = await nemesis(['--help']);
    expect(code).toBe(0);
    for (const word of [
      '--minutes',
      '--seed',
      '--mode',
      '--fabric',
      '--groups',
      '--blackout',
      '--report',
      '--json',
      'Examples:',
    ])
      expect(stdout).toContain(word);
  });

  it.each<[string, string[], RegExp]>([
    ['a mode that there is not', ['--mode', 'loose'], /fenced, exclusive/u],
    ['a fabric that there is not', ['--fabric', 'string'], /route-eip/u],
    ['no time at all', ['--minutes', '0'], /minutes above 0/u],
    ['more groups than there are names for', ['--groups', '4'], /from 1 to 3/u],
    ['a seed that would not survive a shell', ['--seed', 'a b'], /letters, digits and dashes/u],
    [
      'a blackout of groups that stop without the arbiter',
      ['--mode', 'exclusive', '--blackout', '1'],
      /--mode fenced/u,
    ],
  ])('refuses %s with 64', async (_, words, complaint) => {
    const { code, stdout, stderr } = await nemesis(words);
    expect([code, stdout]).toEqual([64, '']);
    expect(stderr).toMatch(complaint);
  });
});
