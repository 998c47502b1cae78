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
    const text = readFileSync(file, 'utf8');
    const played = play(text);
    if (update) writeFileSync(file, played);
    else expect(played).toBe(text);
  });
});
