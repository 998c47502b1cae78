/** What became of each line, for people and for scripts. Pure. */
import type { Look } from '../glyphs.ts';
import type { Imported } from './convert.ts';
import { countsOf, type LineReport, type Verdict } from './ledger.ts';

const COLOURS = { mapped: 'green', dropped: 'dim', human: 'yellow' } as const;
const signsOf = (unicode: boolean): Readonly<Record<Verdict, string>> =>
  unicode ? { mapped: '✓', dropped: '–', human: '!' } : { mapped: '+', dropped: '-', human: '!' };

const NUMBER_COLUMNS = 4;
const NOTE_COLUMNS = NUMBER_COLUMNS + 4;

/** What is said of a whole block is said where it begins. */
const isSaid = ({ verdict, notes, file }: LineReport, former: LineReport | undefined): boolean =>
  former?.file === file && former.verdict === verdict && former.notes.join() === notes.join();

const linesOf = ({ line, text, verdict, notes }: LineReport, hasNotes: boolean, look: Look): string[] => {
  const sign = look.paint(COLOURS[verdict], signsOf(look.unicode)[verdict]);
  const indent = ' '.repeat(NOTE_COLUMNS);
  return [
    `${sign} ${String(line).padStart(NUMBER_COLUMNS)}  ${text}`,
    ...(hasNotes ? notes : []).map(
      (note) => `${indent}${look.paint(verdict === 'human' ? 'yellow' : 'dim', note)}`,
    ),
  ];
};

/** Lines follow each other as they were read; where another file goes on, it is named. */
const bodyOf = (lines: readonly LineReport[], look: Look): string[] =>
  lines.flatMap((line, index) => [
    ...(line.file === lines[index - 1]?.file ? [] : [look.paint('bold', line.file)]),
    ...linesOf(line, !isSaid(line, lines[index - 1]), look),
  ]);

/** For a shell. */
const quoted = (path: string): string =>
  /^[\w./@%+:-]+$/u.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;

const stepsOf = ({ programs, text }: Imported): string[] => [
  ...(programs.length === 0 ? [] : ['On every member, owned by root and writable by nobody else:']),
  ...programs.map(({ from, to }) => `  sudo install -D -m 0755 ${quoted(from)} ${quoted(to)}`),
  ...(text === undefined
    ? ['There is no vrrp_instance with a VIP that could be moved, so there is no file to write.']
    : []),
];

export const reportLines = (imported: Imported, look: Look): string[] => {
  const { mapped, dropped, human } = countsOf(imported.lines);
  const needs = human === 1 ? 'needs' : 'need';
  return [
    ...bodyOf(imported.lines, look),
    ...stepsOf(imported),
    `${imported.lines.length} lines: ${mapped} mapped, ${dropped} dropped, ${human} ${needs} a human`,
  ];
};

/** The document of `--json`, version 1. `text` is the keepaloft.yaml, null when there is none to write. */
export const reportDocument = (
  about: { readonly source: string; readonly file: string | null },
  { text, groups, lines, programs }: Imported,
): Record<string, unknown> => ({
  v: 1,
  ...about,
  groups: groups.map(({ name, from }) => ({ name, from })),
  counts: countsOf(lines),
  lines,
  programs,
  text: text ?? null,
});
