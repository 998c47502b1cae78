/** One line of keepalived's configuration language: its comment, its words, and the command lines inside of strings. Pure. */

/** Without its comment. `#` and `!` begin one anywhere but in a string or behind a backslash. */
export const withoutComment = (line: string): string => {
  let isString = false;
  for (let at = 0; at < line.length; at += 1) {
    const char = line[at];
    if (char === '\\') at += 1;
    else if (char === '"') isString = !isString;
    else if (!isString && (char === '#' || char === '!')) return line.slice(0, at);
  }
  return line;
};

export interface Word {
  readonly text: string;
  /** Some of it stood in quotes. */
  readonly quoted: boolean;
}
/** A word, or a brace that opens or closes a block. */
export type Token = Word | '{' | '}';

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };
const isBlank = (char: string | undefined): boolean => char === undefined || /\s/u.test(char);

/** Reads a word from `start`. What is not closed ends with the line. */
const wordAt = (line: string, start: number): { word: Word; end: number } => {
  let text = '';
  let quote = '';
  let isQuoted = false;
  let at = start;
  for (; at < line.length; at += 1) {
    const char = line[at] ?? '';
    if (char === '\\' && at + 1 < line.length) {
      at += 1;
      const escaped = line[at] ?? '';
      text += ESCAPES[escaped] ?? escaped;
    } else if (quote !== '') {
      if (char === quote) quote = '';
      else text += char;
    } else if (char === '"' || char === "'") {
      quote = char;
      isQuoted = true;
    } else if (line.startsWith('${', at) && line.includes('}', at)) {
      // What is not defined stays as it is: its braces are none of a block.
      const close = line.indexOf('}', at);
      text += line.slice(at, close + 1);
      at = close;
    } else if (isBlank(char) || char === '{' || char === '}') break;
    else text += char;
  }
  return { word: { text, quoted: isQuoted }, end: at };
};

export const tokensOf = (line: string): Token[] => {
  const tokens: Token[] = [];
  for (let at = 0; at < line.length; ) {
    const char = line[at] ?? '';
    if (isBlank(char)) at += 1;
    else if (char === '{' || char === '}') {
      tokens.push(char);
      at += 1;
    } else {
      const { word, end } = wordAt(line, at);
      tokens.push(word);
      at = end;
    }
  }
  return tokens;
};

/** What only a shell understands. */
const SHELL = /[|;&<>`$]/u;
const QUOTED = /"(?:[^"\\]|\\.)*"|'[^']*'/gu;

/** Whether a command line means something else without a shell. Inside of quotes only what a shell would replace does. */
export const needsShell = (command: string): boolean =>
  SHELL.test(
    command.replaceAll(QUOTED, (quoted) => (quoted.startsWith('"') && /[`$]/u.test(quoted) ? '$' : '')),
  );

/** A command line without a shell: words, quotes respected. */
export const argvOf = (command: string): string[] => {
  const argv: string[] = [];
  for (const [piece] of command.matchAll(/(?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s"'\\]|["'\\])+/gu)) {
    argv.push(
      piece.replaceAll(
        /"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/gu,
        (_, double?: string, single?: string, escaped?: string) =>
          double === undefined ? (single ?? escaped ?? '') : double.replaceAll(/\\(["\\])/gu, '$1'),
      ),
    );
  }
  return argv;
};
