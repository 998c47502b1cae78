/**
 * What a check's script gives away to a reader: that it can never fail, or that, once failed, it never recovers. Nothing
 * is run. It may be wrong in both directions, so whoever tells it asks to look. Pure; for scripts of a shell.
 */

export interface Smell {
  readonly kind: 'never-fails' | 'never-recovers';
  /** Counts from 1. */
  readonly line: number;
  readonly message: string;
  /** What to do. */
  readonly fix: string;
}

/** Without comments, in as many lines: what they say is not done. A `#` inside a word or behind `$` is none. */
const withoutComments = (text: string): string => text.replaceAll(/(^|\s)#[^\n]*/gu, '$1');

/** Paths are often named once: `MARK=/tmp/bad`. */
const ASSIGNED = /^\s*(?:readonly\s+|local\s+|export\s+)?([A-Za-z_]\w*)=["']?(\/[\w./-]+)["']?\s*;?\s*$/gmu;
const withPaths = (text: string): string => {
  const paths = new Map(Array.from(text.matchAll(ASSIGNED), ([, name = '', path = '']) => [name, path]));
  return text.replaceAll(/\$(?:\{(\w+)\}|(\w+))/gu, (whole, braced?: string, plain?: string) => {
    return paths.get(braced ?? plain ?? '') ?? whole;
  });
};

const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;

/** `[ $n > 0 ]`: inside single brackets `>` is a redirection, which is always true and leaves a file called 0 behind. */
const REDIRECT_IN_TEST = /(?:^|[\s;&|!(])\[\s(?:[^[\]\n]|\[(?!\[)[^\]\n]*\])*?\s[<>]\s*-?[\w$"'{]/gu;
/** `ps … | grep name | wc -l` finds the grep. A pattern in brackets, or `grep -v grep`, does not. */
const COUNTS_ITSELF =
  /\bps\b[^|\n;]*\|\s*grep\s+(?!-v)(?![^|\n]*\[)[^|\n]*\|(?![^\n]*grep\s+-v\s+["']?grep)/gu;
const CAN_FAIL = /\bset\s+-\w*e|\bexit\s+(?!0\b)|\breturn\s+(?!0\b)/u;
const ENDS_WELL = /\bexit\s+0\s*$/u;

const redirects = (text: string): Smell[] =>
  Array.from(text.matchAll(REDIRECT_IN_TEST), ({ 0: found, index }) => ({
    kind: 'never-fails',
    line: lineAt(text, index + found.search(/\S/u)),
    message: `\`${found.trim()}…\` redirects instead of comparing, and is always true`,
    fix: 'compare with -gt or -lt, or use [[ … ]] in bash',
  }));

const countsItself = (text: string): Smell[] =>
  Array.from(text.matchAll(COUNTS_ITSELF), ({ index }) => ({
    kind: 'never-fails',
    line: lineAt(text, index),
    message: 'ps | grep finds its own grep: there is always one at least',
    fix: 'use `process: NAME` as the check, or pgrep -x',
  }));

const endsWell = (text: string): Smell[] =>
  ENDS_WELL.test(text.trimEnd()) && !CAN_FAIL.test(text)
    ? [
        {
          kind: 'never-fails',
          line: lineAt(text, text.trimEnd().length),
          message: 'every way through it ends with exit 0',
          fix: 'end with the status of what was looked at, or with exit 1 where it is bad',
        },
      ]
    : [];

/** A file that the script leaves behind … */
const LATCHES = /(?:\btouch\s+|(?<![2&])>>?\s*)["']?(?<file>\/[\w./-]+)/gu;
/** … is nothing when it is a device. */
const DEVICE = /^\/(?:dev\/(?!shm\/)|proc\/|sys\/)/u;

/** … fails by while it is there: what follows a look at it, up to the end of its branch, leaves the script. */
const failsBy = (text: string, file: string): boolean => {
  const tested = new RegExp(
    String.raw`(?:-[aefrs]|test\s+-[aefrs])\s+["']?${RegExp.escape(file)}(?![\w./-])`,
    'gu',
  );
  return Array.from(text.matchAll(tested)).some(({ index, 0: found }) => {
    const after = text.slice(index + found.length);
    const isLast = !after.trimEnd().includes('\n');
    const block = /^[^\n]*(?:&&|\|\|)/u.test(after) ? /^[^\n]*/u : /^[\s\S]*?\bfi\b/u;
    return isLast || /\b(?:exit|return)\b/u.test(block.exec(after)?.[0] ?? '');
  });
};

const isRemoved = (text: string, file: string): boolean =>
  new RegExp(String.raw`\b(?:rm|unlink|find)\b[^\n]*${RegExp.escape(file)}(?![\w./-])`, 'u').test(text);

const latches = (text: string): Smell[] => {
  const seen = new Set<string>();
  return Array.from(text.matchAll(LATCHES)).flatMap(({ groups, index }): Smell[] => {
    const file = groups?.['file'] ?? '';
    if (seen.has(file) || DEVICE.test(file) || !failsBy(text, file) || isRemoved(text, file)) return [];
    seen.add(file);
    return [
      {
        kind: 'never-recovers',
        line: lineAt(text, index),
        message: `once it has written ${file} it fails for ever: nothing removes that file`,
        fix: `remove ${file} when all is well again, or leave counting to fall and rise`,
      },
    ];
  });
};

/** A longer text is no check, and is not looked through. */
const CHARS_MAX = 65_536;

/**
 * What can be said of a check's script without running it, in the order of lines.
 * @example smellsOf('[ $count > 0 ] && exit 0') // [{ kind: 'never-fails', line: 1, … }]
 */
export const smellsOf = (script: string): Smell[] => {
  if (script.length > CHARS_MAX) return [];
  const text = withPaths(withoutComments(script));
  const redirected = redirects(text);
  return [
    ...redirected,
    // A script that redirects ends well because of it; one reason is enough.
    ...(redirected.length > 0 ? [] : endsWell(text)),
    ...countsItself(text),
    ...latches(text),
  ].toSorted((a, b) => a.line - b.line);
};
