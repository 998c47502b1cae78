// Proves that the page about the models names everything that is searched, with its bounds, and every rule.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FABRIC_ROWS } from '../../scripts/spec/fabric.ts';
import { LEASE_ROWS } from '../../scripts/spec/lease.ts';

const page = readFileSync(new URL('../../docs/model.md', import.meta.url), 'utf8');
const rows = [...LEASE_ROWS, ...FABRIC_ROWS];

describe('docs/model.md', () => {
  it.each(rows.filter(({ group }) => group === 'model'))(
    'tells what is searched: $name',
    ({ model, name, says }) => {
      expect(page).toContain(`| \`${model}\`: ${name} | ${says} | `);
    },
  );

  it('has one row for each rule that is taken out', () => {
    const section = page.slice(page.indexOf('## What breaks'), page.indexOf('Goals show'));
    const told = [...section.matchAll(/^\| ([a-z].+) \| `[a-z_]+` \|$/gmu)].map(([, says]) => says);
    expect(told).toEqual(rows.filter(({ group }) => group === 'broken').map(({ says }) => says));
  });
});
