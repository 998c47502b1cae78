// Proves that an archive depends on nothing but its files, and that nothing is packed that is not pinned.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { KOFFI, NODE } from '../../../scripts/artefact/pinned.ts';
import { checkIntegrity } from '../../../scripts/artefact/registry.ts';
import { filesOf, packed } from '../../../scripts/artefact/tarball.ts';
import { readLockfile } from '../../../scripts/lockfile.mjs';

const one = { name: 'a.service', mode: 0o644, content: Buffer.from('unit') };
const two = { name: 'node', mode: 0o755, content: Buffer.from('program') };

describe('an archive', () => {
  it('has the same bytes whenever and in whatever order it is made', async () => {
    const [first, second] = [await packed('agent', [one, two]), await packed('agent', [two, one])];
    expect(first.equals(second)).toBe(true);
    // Of this Node: another compressor would give other bytes of the same files.
    expect(first.subarray(4, 8)).toEqual(Buffer.from([0, 0, 0, 0]));
  });

  it('gives back its files with their permissions', async () => {
    expect(await filesOf(await packed('agent', [two, one]))).toEqual([one, two]);
  });
});

describe('what is taken from the registry', () => {
  const { packages } = readLockfile(new URL('../../../package-lock.json', import.meta.url).pathname);
  it.each([
    ...Object.values(NODE).map((pinned) => ['node', pinned] as const),
    ...Object.values(KOFFI).map((pinned) => ['koffi', pinned] as const),
  ])('is the version of the development dependency %s, %o', (name, { version }) => {
    expect(packages[`node_modules/${name}`]?.version).toBe(version);
  });

  it('has the integrity that npm has locked, where npm has it', () => {
    const lock = readFileSync(new URL('../../../package-lock.json', import.meta.url), 'utf8');
    for (const { integrity } of Object.values(KOFFI)) expect(lock).toContain(integrity);
  });

  it('is refused when it is something else', () => {
    const content = Buffer.from('somebody else');
    const pinned = {
      ...NODE.x64,
      integrity: `sha512-${createHash('sha512').update(content).digest('base64')}`,
    };
    expect(() => checkIntegrity(pinned, content)).not.toThrow();
    expect(() => checkIntegrity(NODE.x64, content)).toThrow('nothing was packed');
  });
});
