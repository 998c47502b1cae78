// Describes the public constructs in docs/api.md, from lib/index.ts and the comments of what it exports.
// As a program it writes the page; `npm test` compares.

import { readFileSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ApiError, type Declaration, declarationsIn, reExportsIn } from './api/declarations.ts';
import { apiPage } from './api/page.ts';
import type { SourceFile } from './sources.ts';

const INDEX = 'lib/index.ts';
export const API_PAGE = 'docs/api.md';

/**
 * The page for the sources under `root`.
 * @param read gives a file's text; replaced in tests
 * @throws ApiError for an export that is not where the index says
 */
export function describeApi(
  root: string,
  read: (path: string) => string = (path) => readFileSync(join(root, path), 'utf8'),
): string {
  const fileAt = (path: string): SourceFile => ({ path, text: read(path) });
  const known = new Map<string, readonly Declaration[]>();
  const declared = reExportsIn(fileAt(INDEX)).map(({ from, name }) => {
    const path = posix.join(posix.dirname(INDEX), from);
    const declarations = known.get(path) ?? declarationsIn(fileAt(path));
    known.set(path, declarations);
    const found = declarations.find((one) => one.name === name);
    if (found === undefined) throw new ApiError(`${INDEX} exports ${name}, which ${path} does not declare`);
    return found;
  });
  return apiPage(declared);
}

if (import.meta.main) {
  const root = fileURLToPath(new URL('..', import.meta.url));
  writeFileSync(join(root, API_PAGE), describeApi(root));
  process.stdout.write(`${API_PAGE} written\n`);
}
