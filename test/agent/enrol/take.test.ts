// Proves that a running agent writes a configuration only when it can run it, reloads where that is enough, starts again
// without handing over where it is not, and leaves everything as it is in every other case.
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { fileText, readText } from '../../../agent/enrol/document.ts';
import { createTake, type TakeOptions } from '../../../agent/enrol/take.ts';
import type { AgentFile } from '../../../core/wire/config.ts';
import { type CapturedLog, captureLog } from '../captured-log.ts';
import { scratchDirectory, writeScript } from '../scratch.ts';
import { answerOf, groupOf } from './answers.ts';

const HOST = { endpoint: 'https://api.example', region: 'us-east-1', interface: 'ens5' };
const FIRST = answerOf({ mysql: groupOf(), redis: groupOf({}, '202') });

let path: string;
let current: AgentFile;
let done: string[];
let captured: CapturedLog;

beforeEach(() => {
  path = join(scratchDirectory(), 'agent.yaml');
  const text = fileText(FIRST, HOST, undefined);
  writeFileSync(path, text);
  current = readText(path, text);
  done = [];
  captured = captureLog();
});

const takeWith = (over: Partial<TakeOptions> = {}) =>
  createTake({
    path,
    current: () => current,
    held: () => [],
    reload: () => done.push('reload'),
    restart: () => done.push('restart'),
    log: captured.log,
    ...over,
  });
const written = (): AgentFile => readText(path, readFileSync(path, 'utf8'));
const changed = (fields: object) => answerOf({ mysql: groupOf(fields), redis: groupOf({}, '202') });

describe('a new configuration', () => {
  it('that is the old one changes nothing', async () => {
    const before = readFileSync(path, 'utf8');
    expect(await takeWith()(FIRST)).toBe('settled');
    expect([done, readFileSync(path, 'utf8'), captured.lines]).toEqual([[], before, []]);
  });

  it('with other checks and priorities is written, readable for all, and reloaded', async () => {
    const next = changed({ checks: { mysqld: { tcp: '127.0.0.1:3306' } } });
    expect(await takeWith()(next)).toBe('settled');
    expect(done).toEqual(['reload']);
    expect(written()).toMatchObject({ ...HOST, enrolled: true });
    expect(written().groups['mysql']?.checks).toHaveProperty('mysqld');
    expect(statSync(path).mode & 0o777).toBe(0o644);
    expect(captured.messages()).toEqual(['a new configuration was fetched']);
  });

  it('with another timing, or with a group more, starts the agent again without handing over', async () => {
    await takeWith()(changed({ timing: { lease: '6s' } }));
    await takeWith()(answerOf({ ...FIRST.config.groups, more: groupOf({}, '203') }));
    expect(done).toEqual(['restart', 'restart']);
    expect(Object.keys(written().groups)).toContain('more');
  });

  it('that needs a start where nobody would start it is left, and the old one goes on', async () => {
    const before = readFileSync(path, 'utf8');
    expect(await takeWith({ restart: undefined })(changed({ timing: { lease: '6s' } }))).toBe('open');
    expect([done, readFileSync(path, 'utf8')]).toEqual([[], before]);
    expect(captured.messages()).toEqual(['a new configuration needs a restart; the old one goes on']);
  });

  it('that takes away a group that this host holds waits until another has it', async () => {
    const next = answerOf({ mysql: groupOf() });
    expect(await takeWith({ held: () => ['redis'] })(next)).toBe('open');
    expect(done).toEqual([]);
    expect(Object.keys(written().groups)).toContain('redis');
    expect(await takeWith()(next)).toBe('settled');
    expect([done, Object.keys(written().groups)]).toEqual([['restart'], ['mysql']]);
  });

  it('that takes away a VIP that is held says that it stays bound', async () => {
    const next = answerOf({ mysql: groupOf({}, '209'), redis: groupOf({}, '202') });
    await takeWith({ held: () => ['mysql'] })(next);
    expect(captured.lines[0]).toMatchObject({ vips: ['172.31.0.201'] });
  });
});

describe('what this host cannot run', () => {
  it.each<[string, string, () => ReturnType<typeof answerOf>]>([
    [
      'a program of elsewhere',
      '/bin/sh is not in /etc/keepaloft/hooks.d',
      () => changed({ hooks: { onMaster: ['/bin/sh', '-c', 'true'] } }),
    ],
    [
      'a key of a later version',
      'groups.mysql.peers',
      () => answerOf({ mysql: { ...groupOf(), peers: true } }),
    ],
    ['no group at all', '1 to 32 groups', () => answerOf({})],
  ])('%s: refused, nothing written', async (_, reason, next) => {
    const before = readFileSync(path, 'utf8');
    await expect(takeWith()(next())).rejects.toThrow(reason);
    expect([done, readFileSync(path, 'utf8')]).toEqual([[], before]);
  });

  it('a hook that is there is run', async () => {
    const programsIn = join(scratchDirectory(), 'hooks.d');
    mkdirSync(programsIn);
    const promote = writeScript(programsIn, 'promote', 'exit 0');
    expect(await takeWith({ programsIn })(changed({ hooks: { onMaster: [promote] } }))).toBe('settled');
    expect(done).toEqual(['reload']);
  });

  it('a file that somebody has taken over by hand is left alone', async () => {
    writeFileSync(path, readFileSync(path, 'utf8').replace('enrolled: true', 'enrolled: false'));
    const before = readFileSync(path, 'utf8');
    expect(await takeWith()(changed({ checks: {}, election: { preempt: true } }))).toBe('open');
    expect([done, readFileSync(path, 'utf8')]).toEqual([[], before]);
  });
});
