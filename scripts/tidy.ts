// Style that can be counted: sizes of files, names of folders, words that mean unfinished work.

import { lineAt, type SourceFile, type Violation } from './sources.ts';

/** A file of this many lines should be split soon; it is told, not refused. */
export const LINES_WARNED = 350;
/** A file above this many lines says more than one thing. */
export const LINES_MAX = 400;

/** Folder names that say nothing about what is inside. */
const EMPTY_NAMES = new Set(['utils', 'util', 'helpers', 'helper', 'common', 'misc', 'shared']);

/** Patterns are written so that they do not find themselves in this file. */
const UNFINISHED: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/\b(?:T[O]DO|FI[X]ME|X[X]X)\b/g, 'unfinished work is not marked in the source'],
  [/@ts-(?:ignore|nocheck)\b/g, 'the type checker is not silenced'],
  [/\b(?:describe|it|test)\.(?:skip|only|todo)\b/g, 'no test is skipped or singled out'],
  [/\bas unknown a[s]\b/g, 'a cast through unknown hides what a schema should check'],
];

function countLines(text: string): number {
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
}

/** The files that come near the limit, as one line each. */
export function largeFiles(files: readonly SourceFile[]): string[] {
  return files
    .map((file) => ({ path: file.path, lines: countLines(file.text) }))
    .filter(({ lines }) => lines > LINES_WARNED)
    .map(
      ({ path, lines }) =>
        `${path} has ${lines} lines (split above ${LINES_WARNED}, refused above ${LINES_MAX})`,
    );
}

function unfinishedIn(file: SourceFile): Violation[] {
  return UNFINISHED.flatMap(([pattern, what]) =>
    [...file.text.matchAll(pattern)].map((match) => ({
      path: file.path,
      line: lineAt(file.text, match.index),
      message: `'${match[0]}': ${what}`,
    })),
  );
}

/** Everything untidy in one file. */
export function checkTidiness(file: SourceFile): Violation[] {
  const { path } = file;
  const found = unfinishedIn(file);
  const lines = countLines(file.text);
  if (lines > LINES_MAX)
    found.push({ path, line: LINES_MAX + 1, message: `${lines} lines, at most ${LINES_MAX}` });
  const empty = path
    .split('/')
    .slice(0, -1)
    .find((folder) => EMPTY_NAMES.has(folder));
  if (empty !== undefined) found.push({ path, line: 1, message: `a folder called ${empty} says nothing` });
  return found;
}
