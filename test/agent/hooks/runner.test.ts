// Proves that hooks run in order with keepalived's arguments, within bounds, and never throw into the loop.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  createHookRunner,
  type EndedHook,
  type HookEvent,
  type HookState,
  WAITING_MAX,
} from '../../../agent/hooks/runner.ts';
import { durationMs } from '../../../core/time.ts';
import { captureLog } from '../captured-log.ts';
import { scratchDirectory, writeScript } from '../scratch.ts';
import { until } from '../until.ts';

const event = (state: HookState, epoch = 1, group = 'mysql'): HookEvent => ({
  group,
  state,
  epoch,
  priority: 150,
  vips: ['172.31.0.201', '172.31.0.202'],
});
const timeout = durationMs(5000);
const read = (path: string): string[] => {
  try {
    return readFileSync(path, 'utf8').trim().split('\n');
  } catch {
    return [];
  }
};

describe('hooks', () => {
  it("get keepalived's arguments behind their own, and the epoch in a minimal environment", async () => {
    const directory = scratchDirectory();
    const out = join(directory, 'out');
    const script = writeScript(
      directory,
      'hook',
      `echo "$@" "$KEEPALOFT_GROUP $KEEPALOFT_STATE $KEEPALOFT_EPOCH $KEEPALOFT_VIPS" "\${HOME-none}" >> ${out}`,
    );
    const { log, lines } = captureLog();
    const runner = createHookRunner({ log });
    runner.notify(event('MASTER', 7), { onMaster: [script, '--own', 'a b'], notify: [script], timeout });
    expect(await runner.idle(5000)).toBe('idle');
    const env = 'mysql MASTER 7 172.31.0.201 172.31.0.202 none';
    expect(read(out)).toEqual([
      `--own a b INSTANCE mysql MASTER 150 ${env}`,
      `INSTANCE mysql MASTER 150 ${env}`,
    ]);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatchObject({ hook: 'onMaster', code: 0, ended: 'exit', level: 'info' });
    expect(lines[1]).toMatchObject({ hook: 'notify' });
    expect(lines[0]?.['durationMs']).toBeTypeOf('number');
  });

  it('are told of when they have ended, also those that fail or are not run', async () => {
    const directory = scratchDirectory();
    const good = writeScript(directory, 'good', 'exit 0');
    const bad = writeScript(directory, 'bad', 'exit 3');
    const ended: EndedHook[] = [];
    const runner = createHookRunner({ log: captureLog().log, onEnded: (one) => void ended.push(one) });
    runner.notify(event('MASTER', 7), { onMaster: [good], notify: [bad], timeout });
    runner.notify(event('BACKUP', 8), { onBackup: [join(directory, 'nowhere')], timeout });
    expect(await runner.idle(5000)).toBe('idle');
    const which = { group: 'mysql', state: 'MASTER', epoch: 7, durationMs: expect.any(Number) as unknown };
    expect(ended).toEqual([
      { ...which, hook: 'onMaster', ok: true, code: 0 },
      { ...which, hook: 'notify', ok: false, code: 3 },
      { group: 'mysql', state: 'BACKUP', epoch: 8, hook: 'onBackup', ok: false, code: null, durationMs: 0 },
    ]);
  });

  it('run one at a time, in order, and each group for itself', async () => {
    const directory = scratchDirectory();
    const out = join(directory, 'out');
    const gate = join(directory, 'gate');
    const slow = writeScript(
      directory,
      'slow',
      `while [ "$2" = mysql ] && [ ! -e ${gate} ]; do sleep 0.01; done; echo "$2 $3" >> ${out}`,
    );
    const runner = createHookRunner({ log: captureLog().log });
    const hooks = { notify: [slow], timeout };
    for (const state of ['MASTER', 'BACKUP', 'FAULT', 'STOP'] as const) runner.notify(event(state), hooks);
    runner.notify(event('MASTER', 1, 'redis'), hooks);
    await until('the other group is served', () => read(out).length === 1);
    expect(read(out)).toEqual(['redis MASTER']);
    expect(await runner.idle(1)).toBe('timeout');
    writeScript(directory, 'gate', '');
    await runner.idle(5000);
    expect(read(out).slice(1)).toEqual(['mysql MASTER', 'mysql BACKUP', 'mysql FAULT', 'mysql STOP']);
  });

  it('skip superseded states when too many wait, and always run the newest', async () => {
    const directory = scratchDirectory();
    const out = join(directory, 'out');
    const gate = join(directory, 'gate');
    const script = writeScript(
      directory,
      'hook',
      `while [ ! -e ${gate} ]; do sleep 0.01; done; echo "$KEEPALOFT_EPOCH" >> ${out}`,
    );
    const { log, messages } = captureLog();
    const runner = createHookRunner({ log });
    for (let epoch = 1; epoch <= 20; epoch += 1) {
      runner.notify(event('MASTER', epoch), { onMaster: [script], timeout });
    }
    writeScript(directory, 'gate', '');
    await runner.idle(5000);
    const ran = read(out).map(Number);
    expect(ran).toHaveLength(1 + WAITING_MAX);
    expect(ran.at(-1)).toBe(20);
    expect(ran).toEqual(ran.toSorted((a, b) => a - b));
    expect(messages().filter((message) => message === 'hook skipped, newer states are waiting')).toHaveLength(
      11,
    );
  });

  it('are killed at their time limit, and the next ones still run', async () => {
    const directory = scratchDirectory();
    const out = join(directory, 'out');
    const hang = writeScript(directory, 'hang', 'sleep 600');
    const good = writeScript(directory, 'good', `echo "$3" >> ${out}`);
    const { log, lines } = captureLog();
    const runner = createHookRunner({ log });
    runner.notify(event('FAULT'), { onFault: [hang], notify: [good], timeout: durationMs(200) });
    await runner.idle(5000);
    expect(lines[0]).toMatchObject({ level: 'warn', hook: 'onFault', ended: 'timeout', signal: 'SIGKILL' });
    expect(read(out)).toEqual(['FAULT']);
  });

  it('that are untrusted, absent or failing are logged and thrown at nobody', async () => {
    const directory = scratchDirectory();
    const open = writeScript(directory, 'open', `touch ${join(directory, 'ran')}`, 0o777);
    const bad = writeScript(directory, 'bad', 'echo no promotion; exit 9');
    const { log, lines } = captureLog();
    const runner = createHookRunner({ log });
    runner.notify(event('MASTER'), { onMaster: [open], notify: ['/nonexistent'], timeout });
    runner.notify(event('BACKUP'), { onBackup: [bad], timeout });
    runner.notify(event('STOP'), { timeout });
    await runner.idle(5000);
    expect(lines.map((line) => line['msg'])).toEqual(['hook not run', 'hook not run', 'hook failed']);
    expect(String(lines[0]?.['error'])).toContain('writable');
    expect(lines[2]).toMatchObject({ code: 9, lastLine: 'no promotion' });
    expect(read(join(directory, 'ran'))).toEqual([]);
  });
});

describe('the hook before a release', () => {
  const asked = { group: 'mysql', epoch: 7, priority: 150, vips: ['172.31.0.201'] };

  it('runs beside a hook that still runs, with a word of its own, and is waited for', async () => {
    const directory = scratchDirectory();
    const out = join(directory, 'out');
    const gate = join(directory, 'gate');
    const slow = writeScript(directory, 'slow', `while [ ! -e ${gate} ]; do sleep 0.01; done`);
    const demote = writeScript(directory, 'demote', `echo "$@ $KEEPALOFT_STATE $KEEPALOFT_EPOCH" >> ${out}`);
    const runner = createHookRunner({ log: captureLog().log });
    const hooks = { onMaster: [slow], beforeRelease: [demote, '--fast'], timeout };
    runner.notify(event('MASTER'), hooks);
    await runner.beforeRelease(asked, hooks);
    expect(read(out)).toEqual(['--fast INSTANCE mysql RELEASE 150 RELEASE 7']);
    expect(await runner.idle(0)).toBe('timeout');
    writeFileSync(gate, '');
    expect(await runner.idle(5000)).toBe('idle');
  });

  it('is ended when its time is up, whatever the time of hooks is, and told of', async () => {
    const slow = writeScript(scratchDirectory(), 'slow', 'exec sleep 30');
    const { log, lines } = captureLog();
    const runner = createHookRunner({ log });
    await runner.beforeRelease(asked, { beforeRelease: [slow], timeout: durationMs(600_000) });
    expect(lines).toMatchObject([{ level: 'warn', hook: 'beforeRelease', ended: 'timeout' }]);
    expect(lines[0]?.['durationMs']).toBeLessThan(600_000);
  });

  it('is nothing where there is none', async () => {
    const { log, lines } = captureLog();
    await createHookRunner({ log }).beforeRelease(asked, { timeout });
    expect(lines).toEqual([]);
  });
});

describe('the hook of a candidate', () => {
  const asked = { group: 'mysql', epoch: 48, priority: 150, vips: ['172.31.0.201'] };

  it.each([
    ['exit 0', 'prepared', 'hook ran'],
    ['exit 75', 'refused', 'hook refused'],
    ['exit 1', 'failed', 'hook failed'],
    ['kill -9 $$', 'failed', 'hook failed'],
  ])('%s: %s', async (text, outcome, message) => {
    const directory = scratchDirectory();
    const out = join(directory, 'out');
    const program = writeScript(
      directory,
      'hook',
      `echo "$@ $KEEPALOFT_STATE $KEEPALOFT_EPOCH" >> ${out}; ${text}`,
    );
    const { log, messages } = captureLog();
    const prepared = await createHookRunner({ log }).beforeMaster(asked, {
      beforeMaster: [program, '-v'],
      timeout,
    });
    expect(prepared.outcome).toBe(outcome);
    expect(prepared.ms).toBeGreaterThan(0);
    expect(read(out)).toEqual(['-v INSTANCE mysql PREPARE 150 PREPARE 48']);
    expect(messages()).toEqual([message]);
  });

  it('that hangs, or may not be run, has failed', async () => {
    const directory = scratchDirectory();
    const hang = writeScript(directory, 'hang', 'exec sleep 600');
    const open = writeScript(directory, 'open', 'exit 0', 0o777);
    const runner = createHookRunner({ log: captureLog().log });
    const late = await runner.beforeMaster(asked, { beforeMaster: [hang], timeout: durationMs(200) });
    expect(late.outcome).toBe('failed');
    expect(await runner.beforeMaster(asked, { beforeMaster: [open], timeout })).toEqual({
      outcome: 'failed',
      ms: 0,
    });
  });

  it('waits for those that run, and what follows waits for it', async () => {
    const directory = scratchDirectory();
    const out = join(directory, 'out');
    const gate = join(directory, 'gate');
    const slow = writeScript(
      directory,
      'slow',
      `while [ ! -e ${gate} ]; do sleep 0.01; done; echo "$3" >> ${out}`,
    );
    const quick = writeScript(directory, 'quick', `echo "$3" >> ${out}`);
    const runner = createHookRunner({ log: captureLog().log });
    const hooks = { onBackup: [slow], beforeMaster: [quick], onMaster: [quick], timeout };
    runner.notify(event('BACKUP'), hooks);
    const prepared = runner.beforeMaster(asked, hooks);
    runner.notify(event('MASTER'), hooks);
    writeFileSync(gate, '');
    expect((await prepared).outcome).toBe('prepared');
    await runner.idle(5000);
    expect(read(out)).toEqual(['BACKUP', 'PREPARE', 'MASTER']);
  });

  it('that newer states have superseded has failed, and nobody waits for it for ever', async () => {
    const directory = scratchDirectory();
    const gate = join(directory, 'gate');
    const slow = writeScript(directory, 'slow', `while [ ! -e ${gate} ]; do sleep 0.01; done`);
    const runner = createHookRunner({ log: captureLog().log });
    const hooks = { onBackup: [slow], beforeMaster: [slow], timeout };
    runner.notify(event('BACKUP'), hooks);
    const prepared = runner.beforeMaster(asked, hooks);
    for (let more = 0; more < WAITING_MAX; more += 1) runner.notify(event('FAULT'), hooks);
    expect(await prepared).toEqual({ outcome: 'failed', ms: 0 });
    writeFileSync(gate, '');
    await runner.idle(5000);
  });

  it('where there is none, nothing has to be prepared', async () => {
    const runner = createHookRunner({ log: captureLog().log });
    expect(await runner.beforeMaster(asked, { timeout })).toEqual({ outcome: 'prepared', ms: 0 });
  });
});
