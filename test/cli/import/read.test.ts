// Proves that what is included is read where it is, in order, and that cycles and files without end are refused by the line.
import { describe, expect, it } from 'vitest';
import { Ledger } from '../../../cli/import/ledger.ts';
import { readLines } from '../../../cli/import/read.ts';
import { CONFIG, filesOf } from './world.ts';

const read = (text: string, files: Readonly<Record<string, string>>) => {
  const ledger = new Ledger();
  const lines = readLines(CONFIG, text, filesOf({ [CONFIG]: text, ...files }), ledger);
  return {
    lines: lines.map((line) => `${line.file.replace('/etc/keepalived/', '')}:${line.line} ${line.text}`),
    notes: ledger
      .lines()
      .flatMap(({ line, verdict, notes }) => notes.map((note) => `${line} ${verdict} ${note}`)),
  };
};

describe('include', () => {
  it('puts the lines of each file where it stands, relative to the file that names it', () => {
    const files = {
      '/etc/keepalived/conf.d/b.conf': 'b\r\n\r\n# nothing\n',
      '/etc/keepalived/conf.d/a.conf': 'include deeper/*.conf\na',
      '/etc/keepalived/conf.d/deeper/x.conf': 'x',
      '/etc/keepalived/conf.d/other': 'never',
    };
    const { lines, notes } = read('first\ninclude conf.d/*.conf\nlast', files);
    expect(lines).toEqual([
      'keepalived.conf:1 first',
      'conf.d/deeper/x.conf:1 x',
      'conf.d/a.conf:2 a',
      'conf.d/b.conf:1 b',
      'keepalived.conf:3 last',
    ]);
    expect(notes).toContain('2 mapped /etc/keepalived/conf.d/a.conf is read');
  });

  it('takes the variants and absolute names', () => {
    expect(read('includea "/opt/x.conf" # optional', { '/opt/x.conf': 'x' }).lines).toEqual([
      '/opt/x.conf:1 x',
    ]);
  });

  it('leaves to a human what no file is named, and what includes itself', () => {
    expect(read('include gone.conf', {}).notes).toEqual(['1 human no file is named gone.conf']);
    const { lines, notes } = read('include a', {
      '/etc/keepalived/a': 'include b',
      '/etc/keepalived/b': 'x\ninclude a',
    });
    expect(lines).toEqual(['b:1 x']);
    expect(notes.at(-1)).toBe('2 human /etc/keepalived/a includes itself: it is not read again');
  });

  it('ends, however many files include each other', () => {
    const names = Array.from({ length: 40 }, (_, index) => `/etc/keepalived/f${index}`);
    const files = Object.fromEntries(names.map((name) => [name, 'include f*\nx']));
    const { notes } = read('include f*', files);
    expect(notes.some((note) => note.includes('there are more than 256 files'))).toBe(true);
  });
});
