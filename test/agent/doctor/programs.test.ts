// Proves which programs doctor finds wanting, on real files. What a script gives away is proved in script-smells.test.ts.
import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { programsFindings } from '../../../agent/doctor/check/programs.ts';
import { lookAtPrograms, noexecMount } from '../../../agent/doctor/collect/programs.ts';
import { agentFileSchema } from '../../../core/wire/config.ts';
import { scratchDirectory, writeScript } from '../scratch.ts';

const fileWith = (check: string, hook: string) =>
  agentFileSchema.parse({
    version: 1,
    endpoint: 'https://abc123.execute-api.us-east-1.amazonaws.com',
    region: 'us-east-1',
    groups: {
      mysql: {
        vips: [{ address: '172.31.0.201', fabric: 'secondary-ip' }],
        checks: { alive: { script: [check, '--quick'] }, port: { tcp: '127.0.0.1:3306' } },
        hooks: { onMaster: [hook] },
      },
    },
  });

const told = async (check: string, hook: string): Promise<string[]> =>
  programsFindings(await lookAtPrograms(fileWith(check, hook))).map(
    ({ verdict, code, about }) => `${verdict} ${code} ${about}`,
  );

describe('doctor on the programs of a configuration', () => {
  it('finds those well that the agent would run', async () => {
    const directory = scratchDirectory();
    const good = writeScript(directory, 'good', 'mysqladmin ping');
    expect(await told(good, '/bin/sh')).toEqual([
      'ok program hook onMaster of mysql',
      'ok program check alive of mysql',
    ]);
  });

  it('program-untrusted: absent, writable by others, not executable', async () => {
    const directory = scratchDirectory();
    const open = writeScript(directory, 'open', 'true', 0o777);
    expect(await told(open, join(directory, 'absent'))).toEqual([
      'bad program-untrusted hook onMaster of mysql',
      'bad program-untrusted check alive of mysql',
    ]);
    chmodSync(open, 0o644);
    const [, finding] = programsFindings(await lookAtPrograms(fileWith(open, '/bin/sh')));
    expect(finding).toMatchObject({ code: 'program-untrusted', fix: `make it so: chmod +x ${open}` });
  });

  it('looks into a check’s script, and not into a hook’s', async () => {
    const directory = scratchDirectory();
    const broken = writeScript(directory, 'broken', 'n=$(pgrep -c mysqld)\n[ $n > 0 ] && exit 0\nexit 1');
    expect(await told(broken, broken)).toEqual([
      'ok program hook onMaster of mysql',
      'bad check-never-fails check alive of mysql',
    ]);
    const finding = programsFindings(await lookAtPrograms(fileWith(broken, '/bin/sh'))).at(-1);
    expect(finding).toMatchObject({
      message: `${broken}, line 3: \`[ $n > 0…\` redirects instead of comparing, and is always true`,
      fix: 'compare with -gt or -lt, or use [[ … ]] in bash',
    });
  });

  it('check-never-recovers: a mark that it writes, is failed by, and never removes', async () => {
    const latch = 'if [ -f /tmp/bad ]; then exit 1; fi\nif bad; then touch /tmp/bad; exit 1; fi';
    const directory = scratchDirectory();
    expect(await told(writeScript(directory, 'latch', latch), '/bin/sh')).toEqual([
      'ok program hook onMaster of mysql',
      'bad check-never-recovers check alive of mysql',
    ]);
    const mended = `${latch}\nrm -f /tmp/bad`;
    expect(await told(writeScript(directory, 'mended', mended), '/bin/sh')).toEqual([
      'ok program hook onMaster of mysql',
      'ok program check alive of mysql',
    ]);
  });

  it('tells everything that a script gives away', async () => {
    const script = 'count=$(ps -ef | grep tomcat | wc -l)\nif [ $count > 0 ]; then exit 0; fi\nexit 1';
    expect(await told(writeScript(scratchDirectory(), 'two', script), '/bin/sh')).toEqual([
      'ok program hook onMaster of mysql',
      'bad check-never-fails check alive of mysql',
      'bad check-never-fails check alive of mysql',
    ]);
  });
});

describe('noexec', () => {
  const table = [
    '22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw',
    '30 22 0:26 / /tmp rw,nosuid,nodev,noexec - tmpfs tmpfs rw',
    String.raw`31 22 0:27 / /mnt/with\040space rw,noexec - tmpfs tmpfs rw`,
    '32 30 0:28 / /tmp/bin rw - tmpfs tmpfs rw',
  ].join('\n');

  it.each([
    ['/usr/local/bin/check', undefined],
    ['/tmp/check', '/tmp'],
    ['/tmpfile', undefined],
    ['/tmp/bin/check', undefined],
    ['/mnt/with space/check', '/mnt/with space'],
  ])('%s: %s', (path, mount) => {
    expect(noexecMount(table, path)).toBe(mount);
  });

  it('is read from the kernel’s own table', () => {
    const real = readFileSync('/proc/self/mountinfo', 'utf8');
    expect(noexecMount(real, process.execPath)).toBeUndefined();
  });

  it('program-noexec', () => {
    const facts = { use: 'hook notify of mysql', isCheck: false, path: '/tmp/x', refusal: undefined };
    expect(programsFindings([{ ...facts, noexec: '/tmp', text: undefined }])).toMatchObject([
      { verdict: 'bad', code: 'program-noexec', message: '/tmp/x lies on /tmp, which is mounted noexec' },
    ]);
  });
});
