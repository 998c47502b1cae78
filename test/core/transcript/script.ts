/**
 * The text of a story. A line that begins with `> ` is a command, the lines indented by two spaces after it are what it
 * printed, and empty lines and lines that begin with `#` are for the reader.
 */

export type Line =
  | { readonly kind: 'prose'; readonly text: string }
  | { readonly kind: 'command'; readonly text: string; readonly number: number };

/** A story that cannot be played; `number` is the line of its file, from 1. */
export class StoryError extends Error {
  override readonly name = 'StoryError';

  constructor(number: number, message: string, cause?: unknown) {
    super(`line ${number}: ${message}`, { cause });
  }
}

const PROMPT = '> ';
const OUTPUT = '  ';

/** The commands and the prose of a story; what an earlier play printed is left out. @throws StoryError */
export const parseStory = (text: string): Line[] =>
  text
    .replace(/\n$/u, '')
    .split('\n')
    .flatMap((line, index): Line[] => {
      if (line.startsWith(PROMPT))
        return [{ kind: 'command', text: line.slice(PROMPT.length), number: index + 1 }];
      if (line === '' || line.startsWith('#')) return [{ kind: 'prose', text: line }];
      if (line.startsWith(OUTPUT)) return [];
      throw new StoryError(index + 1, 'neither a command (> …) nor output (indented) nor prose (# …)');
    });

/** The story as it stands in its file, each command followed by what `play` says that it prints. */
export const renderStory = (lines: readonly Line[], play: (command: string) => readonly string[]): string =>
  lines
    .flatMap((line) => {
      if (line.kind === 'prose') return [line.text];
      try {
        return [`${PROMPT}${line.text}`, ...play(line.text).map((output) => `${OUTPUT}${output}`)];
      } catch (error) {
        throw new StoryError(line.number, error instanceof Error ? error.message : String(error), error);
      }
    })
    .map((line) => `${line}\n`)
    .join('');
