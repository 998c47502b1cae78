// Proves that docs/doctor.md names every code that a finding may have, and none that there is not.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readSources } from '../../scripts/sources.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(new URL('../../docs/doctor.md', import.meta.url), 'utf8');

/** In the sources a code is the first argument of what makes a finding, or its field. */
const FINDING = /\b(?:warn|bad|unknown)\(\s*'([a-z-]+)'|code: '(program-[a-z-]+)'/gu;

const inSources = new Set(
  readSources(root)
    .filter(({ path }) => /^(?:agent\/doctor|cli\/(?:cloud|doctor))\//u.test(path))
    .flatMap(({ text }) => [...text.matchAll(FINDING)].flatMap(([, ...codes]) => codes.filter(Boolean))),
);
/** In the page they stand in the first column of its tables. */
const inPage = new Set(
  page
    .split('\n')
    .flatMap((line) => [...(/^\| (`[^|]*`) \|/u.exec(line)?.[1] ?? '').matchAll(/`([a-z-]+)`/gu)])
    .flatMap(([, code]) => code ?? []),
);

describe('docs/doctor.md', () => {
  it('names every code of a finding that is not well, and no other', () => {
    expect(inSources.size).toBeGreaterThan(60);
    expect([...inPage].toSorted()).toEqual([...inSources].toSorted());
  });
});
