// The traces under spec/traces/: a folder for each model, a file for each trace, the same bytes from the same model.

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StoredTrace } from './row.ts';
import { type FabricTrace, fabricTraceSchema, type Trace, traceSchema } from './trace.ts';

const TRACES = 'traces';
const textOf = (content: StoredTrace['content']): string => `${JSON.stringify(content, undefined, 2)}\n`;
const pathOf = ({ model, content }: StoredTrace): string => join(model, `${content.name}.json`);

/** Puts these traces in the place of all that are there. */
export function writeTraces(specDir: string, traces: readonly StoredTrace[]): void {
  const folder = join(specDir, TRACES);
  rmSync(folder, { recursive: true, force: true });
  for (const trace of traces) {
    mkdirSync(join(folder, trace.model), { recursive: true });
    writeFileSync(join(folder, pathOf(trace)), textOf(trace.content));
  }
}

/** The texts of what is stored, by path below spec/traces/. */
function storedTexts(specDir: string): Map<string, string> {
  const folder = join(specDir, TRACES);
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.json'),
  );
  return new Map(names.sort().map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

/** Paths of stored traces that the model does not make any more, makes differently, or that are missing. */
export function outdatedTraces(specDir: string, made: readonly StoredTrace[]): string[] {
  const stored = storedTexts(specDir);
  const wanted = new Map(made.map((trace) => [pathOf(trace), textOf(trace.content)]));
  const changed = [...wanted].filter(([path, text]) => stored.get(path) !== text);
  const foreign = [...stored.keys()].filter((path) => !wanted.has(path));
  return [...changed.map(([path]) => path), ...foreign];
}

const parsed = <T>(specDir: string, model: StoredTrace['model'], parse: (value: unknown) => T): T[] =>
  [...storedTexts(specDir)]
    .filter(([path]) => path.startsWith(`${model}/`))
    .map(([, text]) => parse(JSON.parse(text)));

/** @throws when a stored trace is not as the schema says */
export const readLeaseTraces = (specDir: string): Trace[] =>
  parsed(specDir, 'lease', (value) => traceSchema.parse(value));

/** @throws when a stored trace is not as the schema says */
export const readFabricTraces = (specDir: string): FabricTrace[] =>
  parsed(specDir, 'fabric', (value) => fabricTraceSchema.parse(value));
