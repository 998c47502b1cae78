// Proves how one line of keepalived's language is read: comments, words, braces, and command lines inside of strings.
import { describe, expect, it } from 'vitest';
import { argvOf, needsShell, tokensOf, withoutComment } from '../../../cli/import/text.ts';

const words = (line: string): string[] =>
  tokensOf(line).map((token) => (typeof token === 'string' ? token : `<${token.text}>`));

describe('a line', () => {
  it.each([
    ['priority 100 # the best', 'priority 100 '],
    ['inhibit ! as one says', 'inhibit '],
    ['! all of it', ''],
    ['script "check # not a comment" # one', 'script "check # not a comment" '],
    [String.raw`router_id a\#b # c`, String.raw`router_id a\#b `],
  ])('%s', (line, code) => {
    expect(withoutComment(line)).toBe(code);
  });

  it.each([
    ['vrrp_instance VI_1 {', ['<vrrp_instance>', '<VI_1>', '{']],
    ['track_script { a b}', ['<track_script>', '{', '<a>', '<b>', '}']],
    ['group{', ['<group>', '{']],
    ['script "a  b \'c d\' e"', ['<script>', "<a  b 'c d' e>"]],
    ['abcd" efg "hij', ['<abcd efg hij>']],
    [String.raw`say "he said \"no\" \\ once"`, ['<say>', String.raw`<he said "no" \ once>`]],
    ['label ${IF}:1', ['<label>', '<${IF}:1>']],
    ['not "closed {', ['<not>', '<closed {>']],
    ['   ', []],
  ])('%s', (line, tokens) => {
    expect(words(line)).toEqual(tokens);
  });
});

describe('a command line', () => {
  it.each([
    ["/usr/bin/check 'a b' c", ['/usr/bin/check', 'a b', 'c']],
    ['/c --name="x y" z', ['/c', '--name=x y', 'z']],
    [String.raw`/c a\ b`, ['/c', 'a b']],
    ['  ', []],
    ["/c 'open", ['/c', "'open"]],
  ])('%s', (command, argv) => {
    expect(argvOf(command)).toEqual(argv);
  });

  it.each([
    ['a | b', true],
    ['a && b', true],
    ['a; b', true],
    ['a > /dev/null', true],
    ['a $(b)', true],
    ['a "$HOME"', true],
    ["a '$HOME | x'", false],
    ['a "x;y"', false],
    ['/usr/bin/a --b c', false],
  ])('%s needs a shell: %s', (command, needs) => {
    expect(needsShell(command)).toBe(needs);
  });
});
