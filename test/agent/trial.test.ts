// Proves when a version on trial has passed and when it has failed, and that the guard puts back what failed.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Ports, Reply } from '../../agent/loop/ports.ts';
import { createTrial, isOnTrial } from '../../agent/trial.ts';
import { bootMs, durationMs } from '../../core/time.ts';
import { scratchDirectory } from './scratch.ts';

const GUARD = fileURLToPath(new URL('../../agent/install/guard', import.meta.url));
const at = { sentAt: bootMs(1), receivedAt: bootMs(2) };
const answer: Reply = { kind: 'answer', response: { v: 1, groups: {} }, ...at };
const silence: Reply = { kind: 'network', cause: 'no route', ...at };
const forbidden: Reply = { kind: 'refused', status: 403, error: { code: 'Forbidden', message: '' }, ...at };
const overtaken: Reply = { kind: 'refused', status: 409, error: { code: 'StaleBeat', message: '' }, ...at };
const log = { info: () => undefined, error: () => undefined };

/** A trial whose heartbeats end so, one after the other. */
const tried = async (replies: readonly Reply[]) => {
  const directory = scratchDirectory();
  const trial = createTrial('2.0.0', directory, log);
  let failed = false;
  void trial.failed.then(() => {
    failed = true;
  });
  const rest = [...replies];
  const post = trial.watched(async () => rest.shift() ?? silence);
  const request: Parameters<Ports['post']>[0] = {
    v: 1,
    node: 'i-0123456789abcdef0',
    boot: 1,
    seq: 1,
    agent: '2.0.0',
    groups: [],
  };
  const heard: Reply[] = [];
  for (const _ of replies) heard.push(await post(request, { timeoutMs: durationMs(1) }));
  const path = join(directory, 'answered');
  return { failed, heard, answered: existsSync(path) ? readFileSync(path, 'utf8') : undefined };
};

describe('a version on trial', () => {
  it('passes with the first answer, whatever comes after it', async () => {
    const outcome = await tried([silence, silence, answer, silence, silence, silence]);
    expect(outcome).toMatchObject({ failed: false, answered: '2.0.0\n' });
  });

  it('fails with the third heartbeat that is not answered, refusals included', async () => {
    expect(await tried([silence, forbidden])).toMatchObject({ failed: false });
    expect(await tried([silence, forbidden, silence])).toMatchObject({ failed: true, answered: undefined });
  });

  it('is told by nothing that a later heartbeat overtook', async () => {
    expect(await tried([overtaken, overtaken, overtaken])).toMatchObject({ failed: false });
  });

  it('tries again after a refusal as soon as after a failure, so that three tries fit into a lease', async () => {
    const { heard } = await tried([forbidden, overtaken]);
    expect(heard.map(({ kind }) => kind)).toEqual(['server', 'refused']);
  });

  it('knows that it is one by the file beside the versions', () => {
    const home = scratchDirectory();
    expect(isOnTrial('2.0.0', home)).toBe(false);
    writeFileSync(join(home, 'trial'), '2.0.0 1\n');
    expect(isOnTrial('2.0.0', home)).toBe(true);
    expect(isOnTrial('1.0.0', home)).toBe(false);
  });
});

/** An installed pair of versions, the newer one current. */
const installed = (trial: string | undefined, answered?: string) => {
  const home = scratchDirectory();
  const state = scratchDirectory();
  for (const version of ['1.0.0', '2.0.0']) {
    mkdirSync(join(home, version));
    writeFileSync(join(home, version, 'node'), '', { mode: 0o755 });
  }
  symlinkSync('2.0.0', join(home, 'current'));
  symlinkSync('1.0.0', join(home, 'previous'));
  if (trial !== undefined) writeFileSync(join(home, 'trial'), trial);
  if (answered !== undefined) writeFileSync(join(state, 'answered'), answered);
  const start = (): void => {
    execFileSync('/bin/sh', [GUARD], {
      env: { PATH: process.env['PATH'], KEEPALOFT_HOME: home, STATE_DIRECTORY: state },
      stdio: 'pipe',
    });
  };
  return {
    start,
    current: (): string => readlinkSync(join(home, 'current')),
    has: (name: string): boolean => existsSync(join(home, name)),
  };
};

describe('the guard before each start', () => {
  it('leaves alone what is on no trial', () => {
    const host = installed(undefined);
    host.start();
    expect(host.current()).toBe('2.0.0');
  });

  it('lets a version on trial start once, and puts back the previous one at its second start', () => {
    const host = installed('2.0.0 0\n');
    host.start();
    expect(host.current()).toBe('2.0.0');
    host.start();
    expect(host.current()).toBe('1.0.0');
    expect([host.has('trial'), host.has('refused'), host.has('previous')]).toEqual([false, true, false]);
    host.start();
    expect(host.current()).toBe('1.0.0');
  });

  it('ends the trial of a version that has been answered', () => {
    const host = installed('2.0.0 1\n', '2.0.0\n');
    host.start();
    expect([host.current(), host.has('trial')]).toEqual(['2.0.0', false]);
  });

  it('takes the answer to another version for none', () => {
    const host = installed('2.0.0 1\n', '1.0.0\n');
    host.start();
    expect(host.current()).toBe('1.0.0');
  });
});
