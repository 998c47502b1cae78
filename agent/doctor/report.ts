/** Findings as lines for people and as a document for scripts. Pure. */
import { exitCodeOf, type Finding, type Verdict } from './finding.ts';

type Colour = 'green' | 'yellow' | 'red' | 'dim';

/** What lines are drawn with: a terminal's colours and characters. */
export interface Look {
  readonly unicode: boolean;
  readonly paint: (colour: Colour, text: string) => string;
}

const COLOURS: Readonly<Record<Verdict, Colour>> = {
  ok: 'green',
  warn: 'yellow',
  bad: 'red',
  unknown: 'dim',
};
const signsOf = (unicode: boolean): Readonly<Record<Verdict, string>> =>
  unicode ? { ok: '✓', warn: '!', bad: '✗', unknown: '–' } : { ok: 'ok', warn: '!', bad: 'x', unknown: '-' };

const WORST_FIRST: readonly Verdict[] = ['bad', 'warn', 'unknown', 'ok'];
/** Signs without unicode are up to two characters wide. */
const SIGN_COLUMNS = 2;

const linesOf = ({ verdict, code, about, message, fix }: Finding, look: Look): string[] => {
  const sign = signsOf(look.unicode)[verdict];
  const pad = look.unicode ? '' : ' '.repeat(SIGN_COLUMNS - sign.length);
  const subject = about === undefined ? '' : `${about}: `;
  const tail = verdict === 'ok' ? '' : `  ${look.paint('dim', `[${code}]`)}`;
  const head = `${look.paint(COLOURS[verdict], sign)}${pad} ${subject}${message}${tail}`;
  return fix === undefined ? [head] : [head, `  ${' '.repeat(pad.length)}${fix}`];
};

const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;

/** What is wrong first, then what will hurt, what could not be looked at, and what is well; at last the sum of it. */
export const reportLines = (findings: readonly Finding[], look: Look): string[] => {
  const count = (verdict: Verdict): number => findings.filter((one) => one.verdict === verdict).length;
  const sum = [
    plural(count('bad'), 'problem'),
    plural(count('warn'), 'warning'),
    `${count('ok')} ok`,
    ...(count('unknown') === 0 ? [] : [`${count('unknown')} not looked at`]),
  ].join(', ');
  return [
    ...WORST_FIRST.flatMap((verdict) =>
      findings.filter((one) => one.verdict === verdict).flatMap((one) => linesOf(one, look)),
    ),
    sum,
  ];
};

/** The document of `--json`, version 1. `about` says of what; `findings` in the order in which they were looked at. */
export const reportDocument = (
  about: Readonly<Record<string, unknown>>,
  findings: readonly Finding[],
): Record<string, unknown> => ({
  v: 1,
  ...about,
  verdict: (['ok', 'warn', 'bad'] as const)[exitCodeOf(findings)],
  findings: findings.map(({ verdict, code, about: subject, message, fix }) => ({
    verdict,
    code,
    ...(subject === undefined ? {} : { about: subject }),
    message,
    ...(fix === undefined ? {} : { fix }),
  })),
});
