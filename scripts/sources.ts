// The project's own source files: which there are, and a walk over their syntax trees.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAst } from 'rolldown/parseAst';

/** The top-level folders that hold code. */
export const SOURCE_FOLDERS = [
  'core',
  'lambdas',
  'agent',
  'cli',
  'lab',
  'sim',
  'bench',
  'lib',
  'bin',
  'examples',
  'test',
  'scripts',
] as const;
export type SourceFolder = (typeof SOURCE_FOLDERS)[number];

/** One file: its path relative to the project's root with `/` between the parts, and its text. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** A rule that a file breaks, as `path:line: message`. */
export interface Violation {
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

/** A node of an ESTree syntax tree, of which only what every node has is known here. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly [field: string]: unknown;
}

export function formatViolation({ path, line, message }: Violation): string {
  return `${path}:${line}: ${message}`;
}

/** Reads every .ts and .mjs file of the source folders under `root`, in a stable order. */
export function readSources(root: string): SourceFile[] {
  return SOURCE_FOLDERS.flatMap((folder) => {
    if (!existsSync(join(root, folder))) return [];
    return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(?:ts|mjs)$/.test(name) && !name.includes('node_modules/'))
      .sort()
      .map((name) => ({ path: `${folder}/${name}`, text: readFileSync(join(root, folder, name), 'utf8') }));
  });
}

/** The line, from 1, of an offset in a text. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

export function isSyntaxNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

/**
 * Every node of a file's tree, parents first, each with its parent and the parent's field that holds it.
 *
 * @throws when the file is not TypeScript
 */
export function* walk(file: SourceFile): Generator<{ node: SyntaxNode; parent: SyntaxNode; field: string }> {
  const program: unknown = parseAst(file.text, { lang: 'ts', sourceType: 'module' }, file.path);
  if (!isSyntaxNode(program)) return;
  // The stack shrinks to nothing because a syntax tree is finite.
  const open = [program];
  for (let parent = open.pop(); parent !== undefined; parent = open.pop()) {
    for (const [field, value] of Object.entries(parent)) {
      for (const node of Array.isArray(value) ? value : [value]) {
        if (!isSyntaxNode(node)) continue;
        yield { node, parent, field };
        open.push(node);
      }
    }
  }
}
