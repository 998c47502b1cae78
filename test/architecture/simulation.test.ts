// Proves that the page about the simulation names every promise as it is checked, and every seeded bug.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BUGS } from '../../sim/bugs/hunt.ts';
import { INVARIANTS } from '../../sim/check/invariants.ts';

const page = readFileSync(new URL('../../docs/simulation.md', import.meta.url), 'utf8');

describe('docs/simulation.md', () => {
  it('has one row for each promise, in the words of the checks', () => {
    const rows = [...page.matchAll(/^\| `([A-Z]\d-[a-z-]+)` \| (.+) \|$/gmu)].map(([, name, what]) => [
      name,
      what,
    ]);
    expect(rows).toEqual(Object.entries(INVARIANTS));
  });

  it('has one row for each seeded bug', () => {
    const rows = [...page.matchAll(/^\| `([a-z-]+)` \|/gmu)].map(([, name]) => name);
    expect(new Set(rows)).toEqual(new Set(BUGS.map(({ name }) => name)));
    expect(rows).toHaveLength(BUGS.length);
  });

  it('has no gaps left', () => {
    expect(page).not.toContain('@@');
  });
});
