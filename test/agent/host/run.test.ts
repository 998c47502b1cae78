// Proves that a program runs without a shell, within its time and output, and leaves no process behind.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lastLine, type RunRequest, runProgram } from '../../../agent/host/run.ts';
import { scratchDirectory, writeScript } from '../scratch.ts';
import { until } from '../until.ts';

const run = (argv: readonly [string, ...string[]], over: Partial<RunRequest> = {}) =>
  runProgram({
    argv,
    timeoutMs: 5000,
    keepBytes: 4096,
    outputBytesMax: 65_536,
    killLeftovers: true,
    ...over,
  });

/** A killed process that its new parent has not reaped yet is as dead as one that is gone. */
const isAlive = (pid: number): boolean => {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'latin1').includes(') Z ');
  } catch {
    return false;
  }
};

describe('runProgram', () => {
  it('gives arguments as they are: nothing is expanded by a shell', async () => {
    const result = await run(['/bin/echo', '$HOME; touch x', '*']);
    expect(result).toMatchObject({ ended: 'exit', code: 0, stdout: '$HOME; touch x *\n' });
  });

  it('passes input, keeps both outputs, and reports the exit status', async () => {
    const script = writeScript(scratchDirectory(), 'both', 'cat; echo bad >&2; exit 3');
    const result = await run([script], { stdin: 'in\n' });
    expect(result).toMatchObject({ ended: 'exit', code: 3, stdout: 'in\n' });
    expect(result.output).toContain('bad\n');
  });

  it('its input is complete before it starts: nothing waits for the caller, who may be stopped at any moment', async () => {
    const script = '/usr/bin/readlink';
    const { stdout } = await run([script, '/proc/self/fd/0'], { stdin: 'in\n' });
    expect(stdout).toMatch(/^\/(dev\/shm|tmp)\/keepaloft-\S+ \(deleted\)$/m);
    const long = await run(['/usr/bin/wc', '-c'], { stdin: 'x'.repeat(300_000) });
    expect(long.stdout.trim()).toBe('300000');
  });

  it('gives a minimal environment', async () => {
    const result = await run(['/usr/bin/env'], { env: { KEEPALOFT_GROUP: 'mysql' } });
    const names = result.stdout.split('\n').map((line) => line.split('=')[0]);
    expect(new Set(names)).toEqual(new Set(['', 'KEEPALOFT_GROUP', 'PATH']));
  });

  it.each(['timeout', 'aborted'] as const)('kills the whole process group on %s', async (why) => {
    const directory = scratchDirectory();
    const pidFile = join(directory, 'pid');
    const script = writeScript(directory, 'hang', `sleep 600 &\necho $! > ${pidFile}\nwait`);
    const controller = new AbortController();
    const hanging = run([script], {
      timeoutMs: why === 'timeout' ? 500 : 60_000,
      signal: controller.signal,
    });
    const childPid = (): number => {
      try {
        return Number(readFileSync(pidFile, 'utf8'));
      } catch {
        return 0;
      }
    };
    await until('the script has started its child', () => childPid() > 0);
    const pid = childPid();
    expect(isAlive(pid)).toBe(true);
    if (why === 'aborted') controller.abort();
    const result = await hanging;
    expect(result).toMatchObject({ ended: why, code: null, signal: 'SIGKILL' });
    await until('the child is gone', () => !isAlive(pid));
  });

  it('kills what an orderly exit left running, if asked to, and does not wait for it', async () => {
    const directory = scratchDirectory();
    const script = writeScript(directory, 'leave', 'sleep 600 &\necho $!');
    const result = await run([script]);
    expect(result.ended).toBe('exit');
    await until('the leftover is gone', () => !isAlive(Number(result.stdout)));

    const kept = await run([script], { killLeftovers: false });
    const pid = Number(kept.stdout);
    expect(isAlive(pid)).toBe(true);
    process.kill(pid, 'SIGKILL');
  });

  it('keeps only the end of the output and kills a program that floods', async () => {
    const flood = await run(['/usr/bin/yes'], { keepBytes: 100 });
    expect(flood).toMatchObject({ ended: 'overflow', signal: 'SIGKILL' });
    expect(flood.output.length).toBe(100);
    const directory = scratchDirectory();
    const chatty = await run([writeScript(directory, 'chatty', 'seq 1 2000; echo last')], { keepBytes: 50 });
    expect(chatty.ended).toBe('exit');
    expect(chatty.output.length).toBe(50);
    expect(lastLine(chatty.output, 100)).toBe('last');
  });

  it('says why a program did not start', async () => {
    const result = await run(['/nonexistent/program']);
    expect(result.ended).toBe('not-started');
    expect(result.error?.message).toContain('ENOENT');
    const controller = new AbortController();
    controller.abort();
    expect((await run(['/bin/echo'], { signal: controller.signal })).ended).toBe('aborted');
  });
});
