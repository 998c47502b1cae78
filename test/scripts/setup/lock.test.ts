// Proves that set-ups in one tree exclude each other, also after kill -9 of the one that holds the lock.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { processIdentity, takeLock } from '../../../scripts/setup/lock.mjs';
import { createReport, SetupError } from '../../../scripts/setup/report.mjs';

let root: string;
let lines: string[];
const report = createReport(false, (line) => void lines.push(line));
const sleepers: ChildProcess[] = [];

async function startSleeper(): Promise<number> {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' });
  sleepers.push(child);
  await once(child, 'spawn');
  if (child.pid === undefined) throw new Error('sleep did not start');
  return child.pid;
}

async function kill(pid: number): Promise<void> {
  const child = sleepers.find((sleeper) => sleeper.pid === pid);
  child?.kill('SIGKILL');
  if (child?.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'keepaloft-lock-'));
  lines = [];
});

afterEach(async () => {
  for (const sleeper of sleepers.splice(0)) {
    sleeper.kill('SIGKILL');
    if (sleeper.exitCode === null && sleeper.signalCode === null) await once(sleeper, 'exit');
  }
  rmSync(root, { recursive: true, force: true });
});

describe('the set-up lock', () => {
  it('is taken, released and taken again', async () => {
    (await takeLock(root, report)).release();
    (await takeLock(root, report)).release();
    expect(lines).toEqual([]);
  });

  it('makes a second set-up wait, which says so, until the first is done', async () => {
    const first = await takeLock(root, report);
    let second = 'waiting';
    const taken = takeLock(root, report).then((lock) => {
      second = 'taken';
      return lock;
    });
    await expect
      .poll(() => lines)
      .toEqual([expect.stringMatching(`waiting for another set-up here \\(pid ${process.pid}\\)`)]);
    expect(second).toBe('waiting');
    first.release();
    (await taken).release();
  });

  it('gives up after its bound with a sentence, leaving the lock and nothing else', async () => {
    const first = await takeLock(root, report);
    await expect(takeLock(root, report, { waitMsMax: 0 })).rejects.toThrow(SetupError);
    expect(readdirSync(join(root, '.cache'))).toEqual(['setup.lock']);
    first.release();
  });

  it('takes over from an owner that was killed', async () => {
    const pid = await startSleeper();
    await takeLock(root, report, { pid });
    await kill(pid);
    (await takeLock(root, report)).release();
    expect(lines).toEqual([]);
  });

  it('waits for the installation that a killed owner left running', async () => {
    const [owner, child] = [await startSleeper(), await startSleeper()];
    (await takeLock(root, report, { pid: owner })).adopt(child);
    await kill(owner);
    const taken = takeLock(root, report);
    await expect.poll(() => lines).toEqual([expect.stringContaining(`(pid ${child})`)]);
    await kill(child);
    (await taken).release();
  });

  it('does not take a pid used again for the old owner', async () => {
    mkdirSync(join(root, '.cache', 'setup.lock'), { recursive: true });
    writeFileSync(join(root, '.cache', 'setup.lock', `${process.pid}.1`), '');
    const lock = await takeLock(root, report);
    expect(readdirSync(join(root, '.cache', 'setup.lock'))).toEqual([processIdentity(process.pid)]);
    lock.release();
  });

  it('lets exactly one of many take over a stale lock at a time', async () => {
    const pid = await startSleeper();
    await takeLock(root, report, { pid });
    await kill(pid);
    let inside = 0;
    let insideMax = 0;
    const visits = Array.from({ length: 8 }, async () => {
      const lock = await takeLock(root, report);
      inside += 1;
      insideMax = Math.max(insideMax, inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside -= 1;
      lock.release();
    });
    await Promise.all(visits);
    expect(insideMax).toBe(1);
  });

  it('removes what a killed waiter had prepared', async () => {
    mkdirSync(join(root, '.cache', 'lock-gone'), { recursive: true });
    writeFileSync(join(root, '.cache', 'lock-gone', '999999999.1'), '');
    (await takeLock(root, report)).release();
    expect(readdirSync(join(root, '.cache'))).toEqual(['setup.lock']);
  });
});

describe('a process identity', () => {
  it('is the same twice for the same process and absent for none', () => {
    expect(processIdentity(process.pid)).toMatch(new RegExp(`^${process.pid}\\.\\d+$`));
    expect(processIdentity(process.pid)).toBe(processIdentity(process.pid));
    expect(processIdentity(999_999_999)).toBeUndefined();
  });
});
