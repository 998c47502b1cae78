// Proves that only files which nobody but root or the agent's own user can have put there are run.
import { chmodSync, chownSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { trustedExecutable } from '../../../agent/host/executable.ts';
import { readUserNamespace, type UserNamespace } from '../../../agent/host/namespace.ts';
import { scratchDirectory, writeScript } from '../scratch.ts';

const here = readUserNamespace();
/** The tests' own user, seen as a stranger: what a file of another user looks like to an agent. */
const stranger: UserNamespace = { ...here, uid: 4_000_000, whole: true };
/** Root of a rootless namespace can give files to nobody else. */
const isRoot = here.uid === 0 && here.whole;

describe('trustedExecutable', () => {
  it('follows the links of the system and returns the real path', async () => {
    await expect(trustedExecutable('/bin/sh')).resolves.toMatch(/^\/(usr\/)?bin\/[a-z.]+$/);
  });

  it("takes the agent's own file in its own directory", async () => {
    const script = writeScript(scratchDirectory(), 'check', 'true');
    await expect(trustedExecutable(script)).resolves.toBe(script);
  });

  it.runIf(isRoot)('refuses a file of another user, and says whose it is', async () => {
    const script = writeScript(scratchDirectory(), 'check', 'true');
    chownSync(script, 12_345, 12_345);
    await expect(trustedExecutable(script)).rejects.toThrow(/belongs to uid 12345/);
  });

  it.runIf(!isRoot)('refuses a file of an ordinary user to an agent that is somebody else', async () => {
    const script = writeScript(scratchDirectory(), 'check', 'true');
    await expect(trustedExecutable(script, stranger)).rejects.toThrow(/belongs to uid/);
    // Nor does a rootless agent believe that an owner it cannot see is root outside of /usr.
    const rootless: UserNamespace = { ...stranger, whole: false, overflowUid: here.uid };
    await expect(trustedExecutable(script, rootless)).rejects.toThrow(/belongs to uid/);
  });

  it.each([0o777, 0o775, 0o757])('refuses a file that others may write (%o)', async (mode) => {
    const script = writeScript(scratchDirectory(), 'check', 'true', mode);
    await expect(trustedExecutable(script)).rejects.toMatchObject({
      code: 'untrusted-file',
      remedy: `take that away: chmod go-w ${script}`,
    });
  });

  it('refuses a file in a directory that others may write, however far up', async () => {
    const open = join(scratchDirectory(), 'open');
    mkdirSync(join(open, 'closed'), { recursive: true });
    const script = writeScript(join(open, 'closed'), 'check', 'true');
    await expect(trustedExecutable(script)).resolves.toBe(script);
    chmodSync(open, 0o777);
    await expect(trustedExecutable(script)).rejects.toThrow(`${open} is writable`);
  });

  it('follows a link of its own to a good file, and not to a bad one', async () => {
    const directory = scratchDirectory();
    const good = writeScript(directory, 'good', 'true');
    const bad = writeScript(directory, 'bad', 'true', 0o777);
    symlinkSync(good, join(directory, 'to-good'));
    symlinkSync('bad', join(directory, 'to-bad'));
    await expect(trustedExecutable(join(directory, 'to-good'))).resolves.toBe(good);
    await expect(trustedExecutable(join(directory, 'to-bad'))).rejects.toThrow(`${bad} is writable`);
  });

  it('refuses a link that lies where others may replace it, though it leads to a good file', async () => {
    const directory = scratchDirectory();
    const open = join(directory, 'open');
    mkdirSync(open);
    chmodSync(open, 0o777);
    symlinkSync('/bin/sh', join(open, 'link'));
    symlinkSync(join(open, 'link'), join(directory, 'to-link'));
    await expect(trustedExecutable(join(open, 'link'))).rejects.toThrow(`${open} is writable`);
    await expect(trustedExecutable(join(directory, 'to-link'))).rejects.toThrow(`${open} is writable`);
  });

  it('refuses loops, directories, absent, unexecutable and relative ones', async () => {
    const directory = scratchDirectory();
    symlinkSync(join(directory, 'b'), join(directory, 'a'));
    symlinkSync(join(directory, 'a'), join(directory, 'b'));
    writeFileSync(join(directory, 'text'), '', { mode: 0o644 });
    await expect(trustedExecutable(join(directory, 'a'))).rejects.toThrow(/too many links/);
    await expect(trustedExecutable(directory)).rejects.toThrow(/not a file/);
    await expect(trustedExecutable(join(directory, 'absent'))).rejects.toThrow(/cannot be examined/);
    await expect(trustedExecutable(join(directory, 'text'))).rejects.toThrow(/not executable/);
    await expect(trustedExecutable('bin/sh')).rejects.toThrow(/not an absolute path/);
  });

  it('believes in a rootless agent that the unseen owner of /usr is root', async () => {
    const rootless: UserNamespace = { ...here, uid: 4_000_000, whole: false, overflowUid: statSync('/').uid };
    await expect(trustedExecutable('/bin/sh', rootless)).resolves.toContain('bin/');
  });
});
