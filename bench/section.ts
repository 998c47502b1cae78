/** What every section of the benchmark offers: a way to measure, a schema of what it measured, a way to tell it. */
import type * as z from 'zod/mini';

export interface MeasureContext {
  /** How often each fault is tried; null means the section's own default. */
  readonly runs: number | null;
  /** Fewer cases and runs, for whoever works on the benchmark itself. */
  readonly quick: boolean;
  /** Aborts with the reason to throw. */
  readonly signal: AbortSignal;
  /** One line for whoever waits. */
  readonly progress: (line: string) => void;
}

/** One number, with what it should be. */
export interface Row {
  readonly what: string;
  readonly measured: string;
  readonly target?: string;
  /** Only with a target. */
  readonly reached?: boolean;
}

/** Numbers that need more than one column; texts are Markdown. */
export interface Table {
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface Figure {
  /** Where it is written, below the root. */
  readonly file: string;
  /** What it shows, for whoever cannot see it. */
  readonly alt: string;
  readonly svg: string;
}

export interface Account {
  readonly rows: readonly Row[];
  readonly tables?: readonly Table[];
  readonly figures?: readonly Figure[];
  /** Stands in README.md between `<!-- bench:NAME -->` and `<!-- /bench:NAME -->`. */
  readonly readme?: { readonly name: string; readonly table: Table; readonly figure: Figure };
  /** How it was measured and what the numbers do not say. One paragraph each, Markdown. */
  readonly notes: readonly string[];
}

export interface Section<T extends z.ZodMiniType> {
  readonly title: string;
  /** For the help text. */
  readonly summary: string;
  readonly schema: T;
  /** @throws BenchError, LabError, or the signal's reason */
  readonly measure: (context: MeasureContext) => Promise<z.output<T>>;
  readonly tell: (data: z.output<T>) => Account;
}

/** Keeps the types of a section together. */
export const section = <T extends z.ZodMiniType>(parts: Section<T>): Section<T> => parts;

/** A row that is held against a limit. */
export const limited = (what: string, measured: string, target: string, reached: boolean): Row => ({
  what,
  measured,
  target,
  reached,
});
