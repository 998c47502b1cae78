// Proves what a check's command line becomes: a check of the agent's own, a program to put in place, or somebody's work.
import { describe, expect, it } from 'vitest';
import { type Command, commandCheck } from '../../../cli/import/commands.ts';
import { Ledger } from '../../../cli/import/ledger.ts';
import { Programs } from '../../../cli/import/programs.ts';
import { ALL_WORDS, FEW_WORDS, filesOf } from './world.ts';

const check = (command: string, files: Readonly<Record<string, string>> = {}, words = FEW_WORDS): Command =>
  commandCheck(command, {
    ledger: new Ledger(),
    words,
    programs: new Programs(filesOf(files), '/etc/keepalived'),
  });

describe('a command line that needs no program here', () => {
  it.each([
    ['killall -0 haproxy', { process: 'haproxy' }],
    ['/usr/bin/killall -0 sshd', { process: 'sshd' }],
    ['pidof mysqld', { process: 'mysqld' }],
    ['/bin/pidof /usr/sbin/nginx', { process: 'nginx' }],
    ['pgrep -x redis-server', { process: 'redis-server' }],
    ['</dev/tcp/127.0.0.1/80', { tcp: '127.0.0.1:80' }],
    ["bash -c '</dev/tcp/10.0.0.1/443'", { tcp: '10.0.0.1:443' }],
    ['nc -z localhost 3306', { tcp: '127.0.0.1:3306' }],
    ['/bin/nc -z -w 2 10.0.0.1 25', { tcp: '10.0.0.1:25' }],
    ['nc -zw1 10.0.0.1 25', { tcp: '10.0.0.1:25' }],
  ])('%s', (command, expected) => {
    expect(check(command).check).toEqual(expected);
  });

  it('ping, where there is such a check', () => {
    expect(check('/bin/ping -c 3 -W 1 10.0.0.1', {}, ALL_WORDS).check).toEqual({
      ping: '10.0.0.1',
      count: 3,
      loss: 100,
    });
    expect(check('/bin/ping -c 3 10.0.0.1').check).toEqual({
      script: ['/etc/keepaloft/hooks.d/ping', '-c', '3', '10.0.0.1'],
    });
  });

  it.each([
    'pgrep nginx',
    'killall -9 nginx',
    'pidof a-name-that-is-too-long',
    'nc -zu 10.0.0.1 53',
    'nc 10.0.0.1 25',
  ])('%s means something else', (command) => {
    expect(check(`/usr/bin/${command}`).check).toHaveProperty('script');
  });
});

describe('a program', () => {
  it('must lie where the agent runs it from', () => {
    const {
      check: script,
      note,
      human,
    } = check("/usr/local/bin/check.sh -p 'a b'", { '/usr/local/bin/check.sh': '#!/bin/sh\nexec x' });
    expect([script, human]).toEqual([
      { script: ['/etc/keepaloft/hooks.d/check.sh', '-p', 'a b'] },
      undefined,
    ]);
    expect(note).toBe(
      'it, or a script that runs it, must lie in /etc/keepaloft/hooks.d/check.sh on every member',
    );
  });

  it('loses what only runs it', () => {
    expect(check('/bin/bash /opt/check.sh 1').check).toEqual({
      script: ['/etc/keepaloft/hooks.d/check.sh', '1'],
    });
  });

  it.each([
    ['curl -f http://127.0.0.1/ | grep OK', 'needs a shell'],
    ['/bin/a && /bin/b', 'needs a shell'],
    ["/bin/sh -c '/bin/a'", 'needs a shell'],
    ['check.sh', 'named absolutely'],
    ['', 'named absolutely'],
    ['/usr/bin/mysqladmin --password=abc ping', 'a secret on the command line'],
  ])('%s: left to a human', (command, why) => {
    expect(check(command)).toEqual({ human: expect.stringContaining(why) as string });
  });

  it('of the same name as another gets a place of its own', () => {
    const programs = new Programs(filesOf({}), '/etc');
    expect(
      ['/a/x', '/b/x', '/a/x', '/etc/keepaloft/hooks.d/y'].map((path) => programs.placeOf(path)),
    ).toEqual([
      '/etc/keepaloft/hooks.d/x',
      '/etc/keepaloft/hooks.d/x-2',
      '/etc/keepaloft/hooks.d/x',
      '/etc/keepaloft/hooks.d/y',
    ]);
  });
});

describe('a script that can tell nothing', () => {
  it('is written, and named with the line and the reason', () => {
    const files = { '/etc/keepalived/c.sh': 'n=$(pgrep -c java)\n[ $n > 0 ] && exit 0\nexit 1' };
    const { check: script, human } = check('/somewhere/c.sh', files);
    expect(script).toBeDefined();
    expect(human).toContain(
      'it can never fail: line 2 of /somewhere/c.sh: `[ $n > 0…` redirects instead of comparing',
    );
  });

  it('that never recovers is named as such', () => {
    const text = '#!/bin/bash\nif [ -f /tmp/down ]; then exit 1; fi\nping -c 1 10.0.0.1 || touch /tmp/down';
    expect(check('/opt/c', { '/opt/c': text }).human).toContain('it never recovers: line 3 of /opt/c');
  });

  it('is no program of another language', () => {
    expect(check('/opt/c', { '/opt/c': '#!/usr/bin/python3\nx = [ n > 0 ]\n' }).human).toBeUndefined();
  });
});
