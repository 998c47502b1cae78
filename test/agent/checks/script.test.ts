// Proves that a script check runs a trusted file as the right user, within bounds, and says what the script said.
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createScriptProbe } from '../../../agent/checks/script.ts';
import { trustedExecutable } from '../../../agent/host/executable.ts';
import { readUserNamespace } from '../../../agent/host/namespace.ts';
import { scratchDirectory, writeScript } from '../scratch.ts';

const never = new AbortController().signal;
const asSelf = { trusted: trustedExecutable, runAs: () => undefined };
const { uid, whole } = readUserNamespace();
const isRoot = uid === 0 && whole;
const probe = (script: readonly string[]) => createScriptProbe({ script, timeout: 5000 }, 'nobody', asSelf);

describe('script', () => {
  it('passes on exit 0, fails otherwise, and carries the last line', async () => {
    const directory = scratchDirectory();
    const good = writeScript(directory, 'good', 'echo first; echo "replica lag 0 s"');
    const bad = writeScript(directory, 'bad', 'echo lagging >&2; exit 4');
    await expect(probe([good])(never)).resolves.toEqual({ passed: true, detail: 'exit 0: replica lag 0 s' });
    await expect(probe([bad])(never)).resolves.toEqual({ passed: false, detail: 'exit 4: lagging' });
  });

  it('hands arguments over untouched', async () => {
    const script = writeScript(scratchDirectory(), 'args', 'echo "$#:$1"');
    const result = await probe([script, '$(id); `id`', 'b'])(never);
    expect(result.detail).toBe('exit 0: 2:$(id); `id`');
  });

  it('refuses a file that others may write, without running it', async () => {
    const directory = scratchDirectory();
    const script = writeScript(directory, 'open', `touch ${join(directory, 'ran')}`, 0o777);
    const result = await probe([script])(never);
    expect(result.passed).toBe(false);
    expect(result.detail).toContain('writable by its group or by others');
    chmodSync(script, 0o755);
    expect((await probe([script])(never)).passed).toBe(true);
  });

  it('bounds the detail, and ends a script that floods or hangs', async () => {
    const directory = scratchDirectory();
    const flood = await probe([writeScript(directory, 'flood', 'yes')])(never);
    expect(flood.passed).toBe(false);
    expect(flood.detail).toMatch(/^killed: it wrote more than 1048576 bytes/);
    expect(flood.detail.length).toBeLessThanOrEqual(160);
    const controller = new AbortController();
    const hanging = probe([writeScript(directory, 'hang', 'sleep 600')])(controller.signal);
    controller.abort();
    expect((await hanging).passed).toBe(false);
  });

  it('does not run at all as somebody it cannot be', async () => {
    const script = writeScript(scratchDirectory(), 'good', 'true');
    const nobody = createScriptProbe({ script: [script], timeout: 1000 }, 'no-such-user-here');
    expect(await nobody(never)).toEqual({
      passed: false,
      detail: 'there is no user no-such-user-here in /etc/passwd',
    });
  });

  it.runIf(isRoot)('runs as the named user, without the groups of root', async () => {
    const directory = scratchDirectory();
    chmodSync(directory, 0o755);
    const script = writeScript(directory, 'who', 'id -u; echo "$(id -u):$(id -G)"');
    const result = await createScriptProbe({ script: [script], timeout: 5000 }, 'nobody')(never);
    expect(result).toEqual({ passed: true, detail: 'exit 0: 65534:65534' });
  });
});
