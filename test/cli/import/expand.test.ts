// Proves definitions, their use, and lines for one host only; and that no definition makes the importer run for ever.
import { describe, expect, it } from 'vitest';
import { expand } from '../../../cli/import/expand.ts';
import { Ledger } from '../../../cli/import/ledger.ts';
import { readLines } from '../../../cli/import/read.ts';
import { CONFIG, filesOf } from './world.ts';

const expanded = (text: string, host?: string) => {
  const ledger = new Ledger();
  const lines = expand(readLines(CONFIG, text, filesOf({}), ledger), host, ledger);
  return {
    texts: lines.map((line) => line.text),
    places: lines.map(({ places }) => places.map(({ line }) => line)),
    report: ledger.lines().map(({ line, verdict, notes }) => `${line} ${verdict} ${notes.join()}`),
  };
};

describe('definitions', () => {
  it('are put in when they are used, not when they are made', () => {
    const text = '$BASE=10.2.${SUB}\n$SUB=0\n${BASE}.100/32\n$SUB=10\n${BASE}.100/32';
    const { texts, report } = expanded(text);
    expect(texts).toEqual(['10.2.0.100/32', '10.2.10.100/32']);
    expect(report[0]).toBe('1 mapped put in where it is used');
  });

  it('without braces end at a blank; what is not defined stays', () => {
    const { texts, report } = expanded('$P=100\npriority $P\n$P.x ${Q} $Q\n$UNUSED=1');
    expect(texts).toEqual(['priority 100', '$P.x ${Q} $Q']);
    expect(report.at(-1)).toBe('4 dropped defined, and used nowhere');
  });

  it('may be blocks of lines, within each other', () => {
    const text = [
      '$ONE= \\',
      'virtual_ipaddress { \\',
      '10.0.${N}.1 \\',
      '}',
      '$TWO= \\',
      'vrrp_instance VI_${N} { \\',
      '$ONE \\',
      '}',
      '$N=1',
      '$TWO',
      '$N=2',
      '${TWO}',
    ].join('\n');
    const { texts, places, report } = expanded(text);
    expect(texts.slice(0, 5)).toEqual(['vrrp_instance VI_1 {', 'virtual_ipaddress {', '10.0.1.1', '}', '}']);
    expect(texts.slice(5, 8)).toEqual(['vrrp_instance VI_2 {', 'virtual_ipaddress {', '10.0.2.1']);
    expect(places[2]).toEqual([3]);
    expect(report[9]).toBe('10 mapped stands for the lines from 5 on');
  });

  it('know the folder, the host, and what would begin a comment', () => {
    expect(expanded('a ${_PWD}/x ${_INSTANCE} ${_HASH}${_BANG}', 'db1').texts).toEqual([
      'a /etc/keepalived/x db1 #!',
    ]);
  });

  it('go on over the end of a line', () => {
    const { texts, places } = expanded('lvs_sync_daemon eth0 \\\n  id 1\nnext');
    expect(texts).toEqual(['lvs_sync_daemon eth0 id 1', 'next']);
    expect(places[0]).toEqual([1, 2]);
  });

  it.each([
    ['itself', '$A=x ${A}\n${A}', 'the definitions in it do not end'],
    [
      'twice as many each time',
      `${Array.from({ length: 40 }, (_, n) => `$A${n}=\${A${n + 1}}\${A${n + 1}}`).join('\n')}\n\${A0}`,
      'the definitions in it do not end',
    ],
    ['blocks of themselves', `$A= \\\n${'$A \\\n'.repeat(9)}$A\n$A`, 'the definitions in it do not end'],
    [
      'a block in the middle',
      '$A= \\\nx \\\ny\nb ${A} c',
      '$A is several lines, and stands in the middle of one',
    ],
    ['a sequence', '~SEQ(N, 1, 5) ip 10.0.0.$N', 'it stands for a sequence of lines: write them out'],
  ])('%s: left to a human', (_what, text, why) => {
    expect(expanded(text).report.some((line) => line.includes(`human`) && line.includes(why))).toBe(true);
  });
});

describe('lines for one host only', () => {
  const text = '@main priority 200\n@backup priority 100\n@^main nopreempt\nadvert_int 1';

  it('are taken for the host that is named', () => {
    expect(expanded(text, 'main')).toMatchObject({
      texts: ['priority 200', 'advert_int 1'],
      report: [
        '1 human not understood',
        '2 dropped not for main',
        '3 dropped not for main',
        '4 human not understood',
      ],
    });
    expect(expanded(text, 'other').texts).toEqual(['nopreempt', 'advert_int 1']);
  });

  it('are left out, and left to a human, while none is', () => {
    const { texts, report } = expanded(text);
    expect(texts).toEqual(['advert_int 1']);
    expect(report[2]).toContain('3 human for every host but main: say with --host which one this is');
  });

  it('may define, and may come out of a definition', () => {
    expect(expanded('@main $P=240\n@backup $P=200\npriority $P', 'backup').texts).toEqual(['priority 200']);
    expect(expanded('$ONLY=@main\n$ONLY priority 240', 'main').texts).toEqual(['priority 240']);
    expect(expanded('$ONLY=@main\n$ONLY priority 240', 'backup').texts).toEqual([]);
  });
});
