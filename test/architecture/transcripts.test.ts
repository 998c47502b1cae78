// Proves that the page about the stories names every story and every command there is.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { COMMAND_NAMES } from '../core/transcript/commands.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(join(root, 'docs/transcripts.md'), 'utf8');
const stories = readdirSync(join(root, 'test/core/transcript/stories'));

describe('docs/transcripts.md', () => {
  it('has one row for each story, and each link leads somewhere', () => {
    const rows = [...page.matchAll(/^\| \[([a-z-]+)\]\(\.\.\/(\S+)\) \| .+\. \|$/gmu)];
    expect(rows.map(([, name]) => `${name}.txt`).toSorted()).toEqual(stories.toSorted());
    expect(rows.filter(([, , path]) => !existsSync(join(root, path ?? '')))).toEqual([]);
  });

  it('explains each command', () => {
    const explained = page.slice(page.indexOf('## Writing one'));
    expect(COMMAND_NAMES.filter((name) => !new RegExp(`\`${name}[\` ]`, 'u').test(explained))).toEqual([]);
  });

  it('says what its example really printed', () => {
    const example = page.slice(page.indexOf('```\n> kill a') + 4, page.indexOf('```\n\n*A part of'));
    const story = readFileSync(join(root, 'test/core/transcript/stories/preempt.txt'), 'utf8').split('\n');
    expect(example.split('\n').filter((line) => line !== '' && !story.includes(line))).toEqual([]);
  });
});
