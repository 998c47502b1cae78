/**
 * Proves that each story, played by the real reducers of arbiter and agents on one fake clock, goes exactly as its file
 * says. `npm run transcripts` writes the files anew; what changed is then to be read.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { player } from './commands.ts';
import { parseStory, renderStory, StoryError } from './script.ts';

const STORIES = new URL('stories/', import.meta.url);
const update = process.env['UPDATE_TRANSCRIPTS'] === '1';

const play = (text: string): string => renderStory(parseStory(text), player());

describe('story', () => {
  it.each(readdirSync(STORIES).filter((name) => name.endsWith('.txt')))('%s', (name) => {
    const file = new URL(name, STORIES);
    const played = play(readFileSync(file, 'utf8'));
    if (update) writeFileSync(file, played);
    expect(played).toBe(readFileSync(file, 'utf8'));
  });
});

describe('the form of a story', () => {
  const story = '# Prose.\n\n> group a=200 b=100\n  old output\n> advance 1s\n';

  it('keeps prose and commands, and replaces what was printed', () => {
    const lines = parseStory(story);
    expect(lines.map(({ text }) => text)).toEqual(['# Prose.', '', 'group a=200 b=100', 'advance 1s']);
    expect(renderStory(lines, (command) => [`did ${command}`, 'done'])).toBe(
      '# Prose.\n\n> group a=200 b=100\n  did group a=200 b=100\n  done\n> advance 1s\n  did advance 1s\n  done\n',
    );
  });

  it('played twice it is the same, also from what was played', () => {
    const once = play(story);
    expect(play(once)).toBe(once);
    expect(once).toContain('group     at 0.000 epoch 1 held by a (first)\n');
  });

  it.each([
    ['text that is neither', '# a\nadvance 1s\n', 'line 2: neither a command'],
    ['an unknown command', '> group a=1\n> explode a\n', 'line 2: explode: there are group, status'],
    ['a command before the group', '> advance 1s\n', 'line 1: a story begins with a group'],
    ['an unknown host', '> group a=1\n> kill b\n', 'line 2: there is no host b'],
    ['no duration', '> group a=1\n> advance 5\n', 'line 2: 5 is no duration'],
    ['a group without hosts', '> group\n', 'line 1: a group has one to three hosts'],
    ['hosts out of order', '> group b=1 a=2\n', 'line 1: b=1: hosts are'],
    ['an unknown setting', '> group a=1 ttl 5s\n', 'line 1: ttl: a group has ack'],
    ['an unknown order', '> group a=1\n> operate reboot\n', 'line 2: operate reboot: there are'],
    ['an unknown condition', '> group a=1\n> until tomorrow\n', 'line 2: until tomorrow: there are'],
    ['what does not come true', '> group a=1\n> until dark within 1s\n', 'line 2: not within 1000 ms: dark'],
  ])('%s is refused with its line', (_, text, message) => {
    expect(() => play(text)).toThrow(StoryError);
    expect(() => play(text)).toThrow(message);
  });
});
