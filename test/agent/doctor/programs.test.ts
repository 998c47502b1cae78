// Proves which programs doctor finds wanting, on real files, and which check scripts it takes for ones that can tell nothing.
import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { programsFindings, scriptFindings } from '../../../agent/doctor/check/programs.ts';
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

describe('a check’s script', () => {
  const codes = (script: string): string[] =>
    scriptFindings('check', '/c', `#!/bin/sh\n${script}\n`).map(({ code }) => code);

  it.each([
    [
      'compares by redirecting',
      'count=`ps -C tomcat | wc -l`\nif [ $count > 0 ]; then exit 0; else exit 1; fi',
    ],
    ['does so with a smaller-than', '[ "$load" < 5 ] || exit 1'],
    ['does so behind a not', 'if ! [ $(pgrep -c nginx) > 0 ]; then exit 1; fi'],
    ['ends every way with 0', 'mysqladmin ping || logger down\nexit 0'],
  ])('check-never-fails: it %s', (_what, script) => {
    expect(codes(script)).toEqual(['check-never-fails']);
  });

  it('check-counts-itself', () => {
    expect(codes('n=$(ps aux | grep mysqld | wc -l)\n[ $n -gt 0 ] || exit 1')).toEqual([
      'check-counts-itself',
    ]);
  });

  it.each([
    [
      'touches it',
      'if [ -f /tmp/bad ]; then exit 1; fi\nloss=$(ping -c 10 10.0.0.1 | loss)\nif [ $loss -ge 80 ]; then touch /tmp/bad; exit 1; fi',
    ],
    [
      'writes it',
      '[ -e /var/run/vip.failed ] && exit 1\ncurl -f http://localhost/ || { echo 1 > /var/run/vip.failed; exit 1; }',
    ],
  ])(
    'check-never-recovers: a mark that fails it, and nothing that removes the mark (%s)',
    (_what, script) => {
      expect(codes(script)).toEqual(['check-never-recovers']);
    },
  );

  it.each([
    ['a comparison by number', '[ $n -gt 0 ] || exit 1'],
    ['double brackets', '[[ $a > $b ]] || exit 1'],
    ['a redirection outside of the test', '[ -n "$x" ] > /dev/null || exit 1'],
    ['a redirection of what is tested', 'if [ "$(cat /proc/loadavg 2>/dev/null)" = "" ]; then exit 1; fi'],
    ['what is only a comment', '# [ $n > 0 ] never fails\nmysqladmin ping'],
    ['the status of the last command', 'exec mysqladmin ping'],
    ['exit 0 where set -e ends it before', 'set -e\nmysqladmin ping\nexit 0'],
    ['a grep that leaves itself out', 'ps aux | grep -v grep | grep mysqld | wc -l; exit $?'],
    ['a grep of a pattern in brackets', 'ps aux | grep "[m]ysqld" | wc -l; exit $?'],
    [
      'a mark that is removed again',
      '[ -f /tmp/bad ] && exit 1\nif bad; then touch /tmp/bad; else rm -f /tmp/bad; fi',
    ],
    ['a mark that only tells', 'if bad; then touch /tmp/seen; exit 1; fi'],
  ])('is not blamed for %s', (_what, script) => {
    expect(codes(script)).toEqual([]);
  });
});
