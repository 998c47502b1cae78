// Proves that the unit agrees with the agent's exit codes and keeps open what the agent needs.
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CONFIG_PATH_DEFAULT } from '../../agent/config.ts';
import { HOOKS_DIRECTORY } from '../../agent/enrol/programs.ts';
import { EXIT } from '../../agent/exit-codes.ts';

const unit = readFileSync(new URL('../../agent/systemd/keepaloft-agent.service', import.meta.url), 'utf8');
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
    // The shortest default lease is 3 s, and the agent itself is up within one.
    expect(Number(values('RestartSec')[0])).toBeLessThanOrEqual(1);
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
});
