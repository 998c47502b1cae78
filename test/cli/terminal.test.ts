// Proves that colours, widths and redrawing respect the terminal, and that a pipe gets plain lines.
import { describe, expect, it } from 'vitest';
import { speaksUnicode, terminalOf, visibleLength } from '../../cli/terminal.ts';

const screen = (
  isTTY: boolean,
  env: NodeJS.ProcessEnv = {},
  size: { columns?: number; rows?: number } = {},
) => {
  const written: string[] = [];
  const output = { isTTY, ...size, write: (text: string | Uint8Array) => written.push(String(text)) > 0 };
  return { written, terminal: terminalOf(output, env) };
};

describe('a terminal', () => {
  it('has colours, and none with NO_COLOR, on a dumb terminal or in a pipe', () => {
    expect(screen(true).terminal.paint('red', 'x')).toBe('\u001B[31mx\u001B[39m');
    expect(screen(true, { NO_COLOR: '1' }).terminal.paint('red', 'x')).toBe('x');
    expect(screen(true, { TERM: 'dumb' }).terminal.paint('red', 'x')).toBe('x');
    expect(screen(false).terminal.paint('red', 'x')).toBe('x');
  });

  it('takes back what it drew before it draws again, and draws nothing twice', () => {
    const { written, terminal } = screen(true, {}, { columns: 40, rows: 10 });
    terminal.redraw(['a', 'b']);
    terminal.redraw(['a', 'b']);
    terminal.redraw(['c']);
    expect(written).toEqual(['a\nb\n', '\u001B[2F\u001B[0Jc\n']);
  });

  it('leaves what was settled', () => {
    const { written, terminal } = screen(true, {}, { columns: 40, rows: 10 });
    terminal.redraw(['a']);
    terminal.line('done');
    terminal.redraw(['b']);
    expect(written).toEqual(['a\n', 'done\n', 'b\n']);
  });

  it('cuts what would wrap or scroll, for it could not be taken back; colours do not count', () => {
    const { written, terminal } = screen(true, {}, { columns: 6, rows: 3 });
    terminal.redraw([terminal.paint('red', 'abcdefgh'), 'b', 'c', 'd']);
    expect(written).toEqual(['\u001B[31mabcde\u001B[39m\nb\n']);
  });

  it('prints new lines one after the other when it is a pipe', () => {
    const { written, terminal } = screen(false);
    terminal.redraw(['a'.repeat(200)]);
    terminal.redraw(['b']);
    expect(written).toEqual([`${'a'.repeat(200)}\n`, 'b\n']);
  });
});

describe('speaksUnicode', () => {
  it.each([
    [{ LANG: 'en_US.UTF-8' }, true],
    [{ LC_ALL: 'C.utf8', LANG: 'C' }, true],
    [{ LC_ALL: 'C', LANG: 'en_US.UTF-8' }, false],
    [{ LC_ALL: '', LC_CTYPE: 'de_DE.UTF-8' }, true],
    [{}, false],
  ])('%j', (env, expected) => {
    expect(speaksUnicode(env)).toBe(expected);
  });
});

describe('visibleLength', () => {
  it('counts characters and no colours', () => {
    expect(visibleLength('\u001B[1;31m● MASTER\u001B[0m')).toBe(8);
  });
});
