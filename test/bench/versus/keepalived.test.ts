/** Proves that keepalived's processes are found, ended as a whole, and never brought back after the end. */
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Keepalived } from '../../../bench/versus/keepalived.ts';
import { findProgram } from '../../../lab/net/exec.ts';

const setpriv = findProgram('setpriv') ?? '';
/** Behaves as keepalived does from outside: a parent, a child that says its state, and scripts of that child. */
const PRETENDER = `#!/bin/sh
sh -c 'echo "Fri Nov 20 14:06:08 2026: (vip) Entering BACKUP STATE"; sleep 60 & sleep 60 & wait' &
trap 'exit 0' TERM
wait
`;

let dir = '';
let daemon: Keepalived;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'keepaloft-versus-'));
  const program = join(dir, 'keepalived');
  writeFileSync(program, PRETENDER);
  chmodSync(program, 0o755);
  const programs = { keepalived: program, setpriv };
  const options = { host: 'host3', enter: [], labId: 'none', dir: join(dir, 'host3'), programs, env: {} };
  daemon = new Keepalived(options, 'the configuration');
});
afterEach(async () => {
  const left = daemon.scripts();
  await daemon.close();
  for (const pid of left) process.kill(pid, 'SIGKILL');
  rmSync(dir, { recursive: true });
});

const isThere = (pid: number): boolean => {
  try {
    return !/\) Z /u.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

describe.runIf(setpriv !== '')('keepalived as a process', () => {
  it('is started with its configuration and without pid files of an earlier one', async () => {
    const stale = join(dir, 'host3', 'vrrp.pid');
    writeFileSync(stale, '1');
    daemon.start();
    await expect.poll(() => daemon.state).toBe('BACKUP');
    expect(readFileSync(join(dir, 'host3', 'keepalived.conf'), 'utf8')).toBe('the configuration');
    expect(existsSync(stale)).toBe(false);
  });

  it('consists of two processes; scripts are counted apart', async () => {
    daemon.start();
    await expect.poll(() => daemon.scripts().length).toBe(2);
    expect(daemon.pids()).toHaveLength(2);
  });

  it('is killed with its child, says nothing any more, and can be started again', async () => {
    daemon.start();
    await expect.poll(() => daemon.scripts().length).toBe(2);
    const [pids, scripts] = [daemon.pids(), daemon.scripts()];
    await daemon.kill();
    await expect.poll(() => pids.filter(isThere)).toEqual([]);
    for (const pid of scripts) process.kill(pid, 'SIGKILL');
    expect([daemon.state, daemon.pids()]).toEqual([null, []]);
    daemon.start();
    await expect.poll(() => daemon.scripts().length).toBe(2);
  });

  it('ends by itself when told to', async () => {
    daemon.start();
    await expect.poll(() => daemon.scripts().length).toBe(2);
    const [, child = 0] = daemon.pids();
    const scripts = daemon.scripts();
    daemon.terminate();
    await daemon.ended();
    expect(daemon.pids()).toEqual([]);
    for (const pid of [child, ...scripts]) process.kill(pid, 'SIGKILL');
  });

  it('is not brought back once it was closed', async () => {
    await daemon.close();
    expect(() => daemon.start()).toThrow('not needed any more');
  });
});
