/** The report in the making: what has become of each line. No line is in it twice, and none is missing. */

/**
 * `mapped`: the keepaloft.yaml says it, or it always holds; `dropped`: it has no meaning here, and the note says why; `human`:
 * somebody must look, and the note says at what.
 */
export type Verdict = 'mapped' | 'dropped' | 'human';

/** A line of a file as it stands there. `line` counts from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

export interface LineReport extends Place {
  readonly text: string;
  readonly verdict: Verdict;
  readonly notes: readonly string[];
}

const RANK: Readonly<Record<Verdict, number>> = { mapped: 0, dropped: 1, human: 2 };
const NOT_UNDERSTOOD = 'not understood';
/** A line that stands for many others needs no more than these to be understood. */
const NOTES_MAX = 8;
/** What is longer is not looked at to its end. */
const LOOK_CHARS_MAX = 4096;
const TEXT_CHARS_MAX = 160;

/** What must not stand in a report that is sent around: passwords of VRRP, keys on a command line. */
const SECRET =
  /(\b\w*(?:auth_pass|secret|passw(?:or)?d|token|api_?key)\w*(?:-\w+)*["']?[\s=:]+)(?:"[^"]*"|'[^']*'|\S+)/giu;
/** Whether a secret stands in it by all appearances. */
export const holdsSecret = (text: string): boolean => text.slice(0, LOOK_CHARS_MAX).search(SECRET) >= 0;

const shown = (text: string): string => {
  const line = text
    .slice(0, LOOK_CHARS_MAX)
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .replaceAll(SECRET, '$1***');
  return line.length > TEXT_CHARS_MAX ? `${line.slice(0, TEXT_CHARS_MAX)}…` : line;
};

interface Entry {
  readonly place: Place;
  readonly text: string;
  verdict: Verdict | undefined;
  readonly notes: Record<Verdict, Set<string>>;
}

const keyOf = ({ file, line }: Place): string => `${line}:${file}`;

export class Ledger {
  readonly #entries = new Map<string, Entry>();

  /** A line that must be accounted for. A second time, as of a file that is read twice, it is the same line. */
  expect({ file, line }: Place, text: string): void {
    const place = { file, line };
    const key = keyOf(place);
    if (!this.#entries.has(key)) {
      this.#entries.set(key, {
        place,
        text: shown(text),
        verdict: undefined,
        notes: { human: new Set(), dropped: new Set(), mapped: new Set() },
      });
    }
  }

  /** Of several verdicts on a line the one that asks for more holds. */
  mark(places: readonly Place[], verdict: Verdict, note?: string): void {
    for (const place of places) {
      const entry = this.#entries.get(keyOf(place));
      if (entry === undefined) continue;
      if (entry.verdict === undefined || RANK[verdict] > RANK[entry.verdict]) entry.verdict = verdict;
      const notes = entry.notes[verdict];
      if (note !== undefined && notes.size < NOTES_MAX) notes.add(note);
    }
  }

  /** In the order in which the lines were read. What somebody must look at is noted first. */
  lines(): LineReport[] {
    return Array.from(this.#entries.values(), ({ place, text, verdict, notes }) => ({
      ...place,
      text,
      verdict: verdict ?? 'human',
      notes: verdict === undefined ? [NOT_UNDERSTOOD] : [...notes.human, ...notes.dropped, ...notes.mapped],
    }));
  }
}

export type Counts = Readonly<Record<Verdict, number>>;
export const countsOf = (lines: readonly LineReport[]): Counts => {
  const count = (verdict: Verdict): number => lines.filter((line) => line.verdict === verdict).length;
  return { mapped: count('mapped'), dropped: count('dropped'), human: count('human') };
};
