// Proves that the unit agrees with the agent's exit codes, keeps open what the agent needs, and little else.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { CONFIG_PATH_DEFAULT } from '../../agent/config.ts';
import { HOOKS_DIRECTORY } from '../../agent/enrol/programs.ts';
import { EXIT } from '../../agent/exit-codes.ts';

const pathOf = (name: string): string =>
  fileURLToPath(new URL(`../../agent/systemd/${name}.service`, import.meta.url));
const unit = readFileSync(pathOf('keepaloft-agent'), 'utf8');
/** systemd's own judgement: 0 is closed, 10 is open. */
const ANALYZE = '/usr/bin/systemd-analyze';
const EXPOSURE_MAX = 25;
const values = (key: string): string[] =>
  unit
    .split('\n')
    .filter((line) => line.startsWith(`${key}=`))
    .map((line) => line.slice(key.length + 1));

describe('keepaloft-agent.service', () => {
  it('does not start again what must not start again', () => {
    expect(values('RestartPreventExitStatus')).toEqual([`${EXIT.superseded} ${EXIT.config}`]);
    expect(values('Restart')).toEqual(['always']);
  });

  it('is started again within any lease after leaving quietly, and nothing unbinds behind it', () => {
    // The shortest default lease is 3 s; a version that fails at once and the one before it must both fit in.
    expect(values('RestartSec')).toEqual(['500ms']);
    expect(EXIT.ok).toBe(0);
    expect(values('ExecStopPost')).toEqual([]);
    expect(values('ExecStop')).toEqual([]);
    expect(values('KillMode')).toEqual(['mixed']);
  });

  it('lets the agent write what it is configured by, and never what it runs', () => {
    expect(values('ProtectSystem')).toEqual(['strict']);
    expect(values('ReadWritePaths')).toEqual([`-${dirname(CONFIG_PATH_DEFAULT)}`]);
    expect(values('ReadOnlyPaths')).toEqual([`-${HOOKS_DIRECTORY}`]);
  });

  it('leaves the agent its sockets, and never lets it gain privileges', () => {
    for (const family of ['AF_INET', 'AF_NETLINK', 'AF_UNIX']) {
      expect(values('RestrictAddressFamilies')[0]).toContain(family);
    }
    expect(values('NoNewPrivileges')).toEqual(['yes']);
    // Either would break the process check or V8.
    expect(values('ProtectProc')).toEqual([]);
    expect(values('MemoryDenyWriteExecute')).toEqual([]);
  });

  it('asks the guard before each start, and starts whatever the guard says', () => {
    expect(values('ExecStartPre')).toEqual(['-+/opt/keepaloft/guard']);
    expect(values('ExecStart')[0]).toMatch(/^\/opt\/keepaloft\/current\/node \/opt\/keepaloft\/current\//);
  });
});

describe('l2.conf', () => {
  it('gives what announcing needs to those who put it there, and nothing else', () => {
    const dropIn = readFileSync(new URL('../../agent/systemd/l2.conf', import.meta.url), 'utf8');
    const lines = dropIn.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(lines).toEqual([
      '[Service]',
      'CapabilityBoundingSet=CAP_NET_RAW',
      'RestrictAddressFamilies=AF_PACKET',
    ]);
    expect(`${values('CapabilityBoundingSet')[0]} ${values('RestrictAddressFamilies')[0]}`).not.toMatch(
      /RAW|PACKET/,
    );
  });
});

describe.each(['keepaloft-agent', 'keepaloft-enroll'])('%s.service', (name) => {
  it('has an exposure of at most 2.5, as systemd-analyze sees it', (context) => {
    if (!existsSync(ANALYZE)) context.skip(`${ANALYZE} is not installed`);
    const words = ['security', '--offline=true', `--threshold=${EXPOSURE_MAX}`, '--no-pager', pathOf(name)];
    // It exits with an error beyond the threshold.
    expect(execFileSync(ANALYZE, words, { encoding: 'utf8' })).toContain('Overall exposure level');
  });
});
