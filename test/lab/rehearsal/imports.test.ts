// Proves that whatever is imported can be tried out as it stands: each configuration of the guides, and each that Debian ships with keepalived.
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importFrom } from '../../../cli/import/convert.ts';
import { machineFiles } from '../../../cli/import/files.ts';
import { rehearsalOf } from '../../../lab/rehearsal/rehearsal.ts';
import { planOf } from '../../../lab/supervisor/plan.ts';

const SAMPLES = '/usr/share/doc/keepalived/samples';
const GUIDES = join(import.meta.dirname, '../../cli/import/guides');

/** Imports without a word about instances, and makes the plan of the lab in which that is tried. */
const tried = (path: string) => {
  const { text, groups } = importFrom({ path, text: readFileSync(path, 'utf8'), files: machineFiles });
  if (text === undefined) return undefined;
  const { scenario, config } = rehearsalOf({ name: path, text, program: '/usr/bin/true' });
  const folder = mkdtempSync(join(tmpdir(), 'keepaloft-imports-'));
  try {
    const file = join(folder, 'keepaloft.yaml');
    writeFileSync(file, config ?? '');
    const plan = planOf({ config: file, ackMs: 0, propagationMs: 0 });
    return { groups: groups.map(({ name }) => name), plan, scenario };
  } finally {
    rmSync(folder, { recursive: true });
  }
};

const expectATry = (path: string): void => {
  const result = tried(path);
  // Without a VIP that could be moved there is nothing to try: the importer says so.
  if (!readFileSync(path, 'utf8').includes('virtual_ipaddress')) return expect(result).toBeUndefined();
  expect(Object.keys(result?.plan.file.groups ?? {})).toEqual(result?.groups);
  expect(result?.plan.hosts.length).toBeGreaterThan(1);
  expect(result?.scenario.steps.some(({ fault }) => fault?.kind === 'kill')).toBe(true);
};

describe('the guides', () => {
  it.each(globSync('*.conf', { cwd: GUIDES }).toSorted())('%s', (name) => expectATry(join(GUIDES, name)));
});

describe.skipIf(!existsSync(SAMPLES))(
  `keepalived's samples (skipped where the package keepalived is not installed: no ${SAMPLES})`,
  () => {
    it.each(globSync('keepalived.conf.*', { cwd: SAMPLES }).toSorted())('%s', (name) =>
      expectATry(join(SAMPLES, name)),
    );
  },
);
