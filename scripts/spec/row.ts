// What is searched, and what is expected of it.

import type { Found } from './spin.ts';

/** A file of spec/traces/. */
export interface StoredTrace {
  readonly model: 'lease' | 'fabric';
  readonly content: { readonly name: string };
}

/**
 * `model`: the whole of it holds. `broken`: without one of its rules it does not, or the rule or the model is worth
 * nothing. `goal`: it can do this, or its invariants say nothing.
 */
export type Group = 'model' | 'broken' | 'goal';

export interface Row {
  readonly group: Group;
  readonly model: StoredTrace['model'];
  readonly name: string;
  /** The bound of a `model`, what the rule says of a `broken` one, what happens in a `goal`. */
  readonly says: string;
  /** `NAME` or `NAME=value`. */
  readonly defines: readonly string[];
  /** The way to what was found, as a file. */
  readonly traceOf?: (printed: string) => StoredTrace;
}

/** A random walk, kept as a trace: what no goal asks for is replayed too. */
export interface Walk {
  readonly model: StoredTrace['model'];
  readonly seed: number;
  readonly defines: readonly string[];
  readonly traceOf: (printed: string) => StoredTrace;
}

/** Spin calls what was violated by the name of its variable. */
const GOAL = 'goal_reached';

export function isExpected({ group }: Row, { violated }: Found): boolean {
  switch (group) {
    case 'model':
      return violated === undefined;
    case 'broken':
      return violated !== undefined && violated !== GOAL;
    case 'goal':
      return violated === GOAL;
  }
}

const WORDS: Record<Group, { readonly expected: string; readonly otherwise: string }> = {
  model: { expected: 'holds', otherwise: 'BROKEN' },
  broken: { expected: 'caught', otherwise: 'NOT CAUGHT' },
  goal: { expected: 'reached', otherwise: 'NOT REACHED' },
};

/** The verdict in words, with the invariant that says so. */
export function verdictOn(row: Row, found: Found): string {
  const { expected, otherwise } = WORDS[row.group];
  const word = isExpected(row, found) ? expected : otherwise;
  return found.violated === undefined || found.violated === GOAL ? word : `${word}: ${found.violated}`;
}
