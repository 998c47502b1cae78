// Proves that a sweep ends what a dead lab left and nothing of a living one, as files and processes go.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { processesOfLab, startTicksOf } from '../../lab/processes.ts';
import { claimLabDirectory, isAlive, type LabDirectory, listLabDirectories } from '../../lab/state.ts';
import { sweepStale } from '../../lab/sweep.ts';

let root = '';
const children: ChildProcess[] = [];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'keepaloft-sweep-'));
});
afterEach(() => {
  for (const child of children.splice(0)) {
    child.kill('SIGKILL');
  }
  rmSync(root, { recursive: true, force: true });
});

const start = (environment: NodeJS.ProcessEnv = {}): number => {
  const child = spawn('sleep', ['60'], {
    stdio: 'ignore',
    env: { PATH: process.env['PATH'], ...environment },
  });
  children.push(child);
  return child.pid ?? 0;
};

/** A lab whose supervisor was killed. */
const deadLab = async (): Promise<LabDirectory> => {
  const supervisor = spawn('sleep', ['60'], { stdio: 'ignore' });
  const lab = claimLabDirectory(supervisor.pid ?? 0, root);
  supervisor.kill('SIGKILL');
  await once(supervisor, 'exit');
  return lab;
};

describe('claimLabDirectory', () => {
  it('makes a directory that names its living supervisor', () => {
    const lab = claimLabDirectory(process.pid, root);
    expect(lab.labId).toMatch(/^[0-9a-f]{4}$/u);
    expect(isAlive(lab)).toBe(true);
    expect(listLabDirectories([root])).toEqual([lab]);
    expect(JSON.parse(readFileSync(join(lab.directory, 'supervisor.json'), 'utf8'))).toEqual({
      pid: process.pid,
      startTicks: startTicksOf(process.pid),
    });
  });

  it('does not mistake a reused pid for the supervisor', () => {
    const lab = claimLabDirectory(process.pid, root);
    const supervisor = { pid: process.pid, startTicks: (startTicksOf(process.pid) ?? 0) - 1 };
    expect(isAlive({ ...lab, supervisor })).toBe(false);
    expect(isAlive({ ...lab, supervisor: null })).toBe(false);
  });
});

describe('sweepStale', () => {
  it('kills the processes of a dead lab, whatever they were called, and removes its directory', async () => {
    const lab = await deadLab();
    const pids = [start({ KEEPALOFT_LAB: lab.labId }), start({ KEEPALOFT_LAB: lab.labId, OTHER: 'x' })];
    const lines: string[] = [];
    const report = await sweepStale({ roots: [root], labId: lab.labId, log: (line) => lines.push(line) });
    expect(report.labs).toEqual([lab.labId]);
    expect(new Set(report.processes)).toEqual(new Set(pids));
    expect(pids.map(startTicksOf)).toEqual([null, null]);
    expect(existsSync(lab.directory)).toBe(false);
    expect(lines.join('\n')).toContain(`removed lab ${lab.labId}: 2 processes`);
  });

  it('leaves living labs, other processes and other labs alone', async () => {
    const living = claimLabDirectory(process.pid, root);
    const dead = await deadLab();
    const kept = [
      start({ KEEPALOFT_LAB: living.labId }),
      start(),
      start({ KEEPALOFT_LAB: `${dead.labId}x` }),
    ];
    const report = await sweepStale({ roots: [root] });
    expect(report.labs).toEqual([dead.labId]);
    expect(report.processes).toEqual([]);
    expect(kept.map((pid) => startTicksOf(pid) !== null)).toEqual([true, true, true]);
    expect(processesOfLab(living.labId)).toEqual([kept[0]]);
    expect(existsSync(living.directory)).toBe(true);
  });

  it('takes a directory without a readable supervisor for dead, and forgets claims never completed', async () => {
    mkdirSync(join(root, '0f0f'));
    writeFileSync(join(root, '0f0f', 'supervisor.json'), '{"pid":"one"}');
    const claims = ['.claim-1-aaaa', '.claim-1-bbbb'].map((name) => join(root, name));
    for (const claim of claims) {
      mkdirSync(claim);
    }
    utimesSync(claims[0] ?? '', 0, 0);
    const report = await sweepStale({ roots: [root] });
    expect(report.labs).toEqual(['0f0f']);
    expect(claims.map((claim) => existsSync(claim))).toEqual([false, true]);
  });

  it('does nothing twice', async () => {
    await deadLab();
    await sweepStale({ roots: [root] });
    expect(await sweepStale({ roots: [root] })).toMatchObject({ labs: [], processes: [] });
  });
});
