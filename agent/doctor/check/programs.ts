/** Whether the programs that the configuration names will be run, and whether the checks among them can tell anything. Pure. */
import type { ProgramFacts } from '../facts.ts';
import { bad, type Finding, ok } from '../finding.ts';

/** Without comments: what they say is not done. A `#` inside a word or behind `$` is none. */
const withoutComments = (text: string): string => text.replaceAll(/(^|\s)#[^\n]*/gu, '$1');

/** `[ $n > 0 ]`: inside single brackets `>` is a redirection, which is always true and leaves a file called 0 behind. */
const REDIRECT_IN_TEST = /(?:^|[\s;&|!(])\[\s(?:[^[\]\n]|\[(?!\[)[^\]\n]*\])*?\s[<>]\s*-?[\w$"'{]/u;
/** `ps … | grep name | wc -l` finds the grep. A pattern in brackets, or `grep -v grep`, does not. */
const COUNTS_ITSELF =
  /\bps\b[^|\n;]*\|\s*grep\s+(?!-v)(?![^|\n]*\[)[^|\n]*\|(?![^\n]*grep\s+-v\s+["']?grep)/u;
const CAN_FAIL = /\bset\s+-\w*e|\bexit\s+(?!0\b)|\breturn\s+(?!0\b)/u;
const ENDS_WELL = /\bexit\s+0\s*$/u;

const MARKER = String.raw`(?<file>(?:/tmp|/var/tmp|/run|/var/run|/dev/shm)/[\w./-]+)`;
/** A file that the script leaves behind … */
const LATCHES = new RegExp(String.raw`(?:\btouch\s+|(?<![2&])>\s*)["']?${MARKER}`, 'gu');
const escaped = (text: string): string => RegExp.escape(text);

/** … fails by while it is there, and never removes. */
const latchIn = (text: string): string | undefined => {
  for (const { groups } of text.matchAll(LATCHES)) {
    const file = groups?.['file'] ?? '';
    const isTested = new RegExp(`(?:-[efs]|test\\s+-[efs])\\s+["']?${escaped(file)}`, 'u').test(text);
    const isRemoved = new RegExp(`\\b(?:rm|unlink|find)\\b[^\\n]*${escaped(file)}`, 'u').test(text);
    if (isTested && !isRemoved) return file;
  }
  return undefined;
};

const NEVER_FAILS = 'check-never-fails';

/** What can be said of a check's script without running it. It may be wrong in both directions; it asks to look. */
export const scriptFindings = (use: string, path: string, script: string): Finding[] => {
  const text = withoutComments(script);
  const found: Finding[] = [];
  const redirect = REDIRECT_IN_TEST.exec(text)?.[0].trim();
  if (redirect !== undefined) {
    const fix = 'compare with -gt or -lt, or use [[ … ]] in bash';
    const told = `\`${redirect}…\` in ${path} redirects instead of comparing, and is always true`;
    found.push(bad(NEVER_FAILS, told, fix, use));
  } else if (ENDS_WELL.test(text.trimEnd()) && !CAN_FAIL.test(text)) {
    const fix = 'end with the status of what was looked at, or with exit 1 where it is bad';
    found.push(bad(NEVER_FAILS, `every way through ${path} ends with exit 0`, fix, use));
  }
  if (COUNTS_ITSELF.test(text)) {
    const fix = 'use `process: NAME` as the check, or pgrep -x';
    found.push(bad('check-counts-itself', `ps | grep in ${path} finds its own grep`, fix, use));
  }
  const latch = latchIn(text);
  if (latch !== undefined) {
    const fix = `remove ${latch} when all is well again, or leave counting to fall and rise`;
    found.push(bad('check-never-recovers', `once ${path} has written ${latch} it fails for ever`, fix, use));
  }
  return found;
};

const programFindings = ({ use, isCheck, path, refusal, noexec, text }: ProgramFacts): Finding[] => {
  if (refusal !== undefined) return [bad(refusal.code, refusal.message, refusal.remedy, use)];
  if (noexec !== undefined) {
    const fix = 'move it to another file system, for example to /etc/keepaloft/hooks.d';
    return [bad('program-noexec', `${path} lies on ${noexec}, which is mounted noexec`, fix, use)];
  }
  const told = isCheck && text !== undefined ? scriptFindings(use, path, text) : [];
  return told.length > 0 ? told : [ok('program', `${path} can be run`, use)];
};

export const programsFindings = (programs: readonly ProgramFacts[]): Finding[] =>
  programs.flatMap(programFindings);
