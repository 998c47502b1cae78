// Proves which check scripts are taken for ones that can never fail or never recover, in which line, and which are not.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { smellsOf } from '../../../agent/doctor/script-smells.ts';

const told = (script: string): string[] =>
  smellsOf(`#!/bin/sh\n${script}\n`).map(({ kind, line }) => `${kind} ${line}`);

describe('a check that can never fail', () => {
  it.each([
    [
      'compares by redirecting',
      'count=`ps -C tomcat | wc -l`\nif [ $count > 0 ]; then exit 0; else exit 1; fi',
      3,
    ],
    ['does so with a smaller-than', '[ "$load" < 5 ] || exit 1', 2],
    ['does so behind a not', 'if ! [ $(pgrep -c nginx) > 0 ]; then exit 1; fi', 2],
    ['does so on a line of its own', 'n=1\n\n  [ $n > 0 ]', 4],
    ['ends every way with 0', 'mysqladmin ping || logger down\nexit 0', 3],
    ['counts itself', 'n=$(ps aux | grep mysqld | wc -l)\n[ $n -gt 0 ] || exit 1', 2],
  ])('%s', (_what, script, line) => {
    expect(told(script)).toEqual([`never-fails ${line}`]);
  });

  it('is told with what is wrong and what to do', () => {
    expect(smellsOf('[ $n > 0 ] && exit 0\nexit 1')).toEqual([
      {
        kind: 'never-fails',
        line: 1,
        message: '`[ $n > 0…` redirects instead of comparing, and is always true',
        fix: 'compare with -gt or -lt, or use [[ … ]] in bash',
      },
    ]);
  });

  it('may have several reasons, in the order of lines', () => {
    const script = 'count=$(ps -ef | grep tomcat | wc -l)\nif [ $count > 0 ]; then\n  exit 0\nfi\nexit 1';
    expect(told(script)).toEqual(['never-fails 2', 'never-fails 3']);
  });
});

describe('a check that never recovers', () => {
  it.each([
    [
      'touches a mark',
      'if [ -f /tmp/bad ]; then exit 1; fi\nloss=$(ping -c 10 10.0.0.1 | loss)\nif [ $loss -ge 80 ]; then touch /tmp/bad; exit 1; fi',
      4,
    ],
    [
      'writes one',
      '[ -e /var/run/vip.failed ] && exit 1\ncurl -f http://localhost/ || { echo 1 > /var/run/vip.failed; exit 1; }',
      3,
    ],
    [
      'names it once',
      'MARK="/etc/keepalived/bad"\nif test -s "$MARK"\nthen\n  exit 1\nfi\nping -c 1 10.0.0.1 || echo bad >> ${MARK}',
      7,
    ],
    ['ends by it', 'ping -c 1 10.0.0.1 || touch /var/lib/bad\n[ ! -f /var/lib/bad ]', 2],
  ])('%s', (_what, script, line) => {
    expect(told(script)).toEqual([`never-recovers ${line}`]);
  });
});

describe('what is not blamed', () => {
  it.each([
    ['a comparison by number', '[ $n -gt 0 ] || exit 1'],
    ['double brackets', '[[ $a > $b ]] || exit 1'],
    ['a redirection outside of the test', '[ -n "$x" ] > /dev/null || exit 1'],
    ['a redirection of what is tested', 'if [ "$(cat /proc/loadavg 2>/dev/null)" = "" ]; then exit 1; fi'],
    ['what is only a comment', '# [ $n > 0 ] never fails\nmysqladmin ping'],
    ['the status of the last command', 'exec mysqladmin ping'],
    ['exit 0 where set -e ends it before', 'set -e\nmysqladmin ping\nexit 0'],
    ['a grep that leaves itself out', 'ps aux | grep -v grep | grep mysqld | wc -l; exit $?'],
    ['a grep of a pattern in brackets', 'ps aux | grep "[m]ysqld" | wc -l; exit $?'],
    [
      'a mark that is removed',
      '[ -f /tmp/bad ] && exit 1\nif bad; then touch /tmp/bad; else rm -f /tmp/bad; fi',
    ],
    ['a mark that only tells', 'if bad; then touch /tmp/seen; exit 1; fi'],
    [
      'a count that is kept',
      'n=0\n[ -f /tmp/n ] && n=$(cat /tmp/n)\nbad && echo $((n + 1)) > /tmp/n\n[ $n -lt 3 ]',
    ],
    ['a device', 'if [ -e /dev/null ]; then exit 1; fi\nping -c 1 10.0.0.1 > /dev/null\nexit $?'],
    ['a text too long to be a check', `[ $n > 0 ]\n${'#'.repeat(70_000)}`],
  ])('%s', (_what, script) => {
    expect(told(script)).toEqual([]);
  });

  it('any text at all ends, with lines that are in it', () => {
    const piece = fc.constantFrom(
      '[ ',
      ' ]',
      '> ',
      '/tmp/x',
      'touch ',
      '-f ',
      '\n',
      'exit 1',
      '$A',
      'A=',
      '#',
      ' fi',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 30 }), (pieces) => {
        const text = pieces.join('');
        const lines = text.split('\n').length;
        return smellsOf(text).every(({ line }) => line >= 1 && line <= lines);
      }),
      { numRuns: 300 },
    );
  });
});
