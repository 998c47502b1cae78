// Proves that programs run without a shell, with their input, and that failures carry what they said.
import { describe, expect, it } from 'vitest';
import { CommandFailure, findProgram, labPath, requireProgram, run } from '../../../lab/net/exec.ts';

describe('run', () => {
  it('passes input and words through untouched', async () => {
    expect(await run(['cat'], 'one; two\n')).toBe('one; two\n');
    expect(await run(['printf', '%s', '$HOME;`id`'])).toBe('$HOME;`id`');
  });

  it('rejects with the words of a program that fails, and of one that does not exist', async () => {
    await expect(run(['cat', '/nonexistent'])).rejects.toThrow(/No such file/u);
    await expect(run(['/nonexistent/program'])).rejects.toThrow(CommandFailure);
    await expect(run([])).rejects.toThrow(CommandFailure);
  });
});

describe('programs', () => {
  it('are found in the system directories although the path lacks them', () => {
    expect(labPath('/opt/x')).toBe('/opt/x:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin');
    expect(findProgram('cat', labPath(''))).toMatch(/\/cat$/u);
  });

  it('that are missing are named together with their package', () => {
    expect(() => requireProgram('no-such-program', 'some-package')).toThrow(
      expect.objectContaining({
        code: 'program-missing',
        remedy: 'install it: apt-get install some-package',
      }),
    );
  });
});
