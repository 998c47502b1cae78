// Proves that a service's folder, files and preparation are made for each host, and that a missing program names its package.
import { mkdtempSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { Daemons } from '../../../lab/daemons/daemons.ts';
import { daemonSchema, daemonsSchema } from '../../../lab/daemons/schema.ts';
import type { LabError } from '../../../lab/errors.ts';
import { findProgram } from '../../../lab/net/exec.ts';

const host = { name: 'host1', address: '172.31.0.11' };
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keepaloft-daemons-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const daemonsWith = (plan: Record<string, z.input<typeof daemonSchema>>): Daemons =>
  new Daemons({
    labId: 'fe22',
    plan: daemonsSchema.parse(plan),
    folder: (name) => join(folder, name),
    enter: () => [],
  });
const failing = (code: string, remedy: string): LabError =>
  expect.objectContaining({ code, remedy: expect.stringContaining(remedy) as string }) as LabError;

describe('the services of a lab', () => {
  it('get a folder of their own on each host, their files filled in, and what they prepare', async () => {
    const daemons = daemonsWith({
      web: {
        package: 'coreutils',
        files: { 'index.html': '{host} at {address}, not {this}' },
        prepare: ['cp', '{dir}/index.html', '{dir}/copy'],
        run: ['cat', '{dir}/copy', '--'],
        as: 'server',
      },
    });
    await daemons.prepare(host);
    const dir = join(folder, 'host1', 'web');
    expect(readFileSync(join(dir, 'copy'), 'utf8')).toBe('host1 at 172.31.0.11, not {this}');
    expect(statSync(dir).mode % 0o1000).toBe(0o700);
    expect(readlinkSync(join(dir, 'server'))).toBe(findProgram('cat'));
    expect(daemons.argv(host, 'web')).toEqual([join(dir, 'server'), join(dir, 'copy'), '--']);
    expect(daemons.names).toEqual(['web']);
  });

  it('serve from a line that they print, or where none is known from the start', () => {
    const daemons = daemonsWith({
      db: { package: 'coreutils', run: ['cat'], ready: 'ready for connections' },
      web: { package: 'coreutils', run: ['cat'] },
    });
    expect(daemons.isReady('db')).toBe(false);
    expect(daemons.isReady('db', 'starting')).toBe(false);
    expect(daemons.isReady('db', '[Note] ready for connections.')).toBe(true);
    expect(daemons.isReady('web')).toBe(true);
  });

  it('are refused with the package to install, or with what their preparation said', async () => {
    const missing = daemonsWith({ db: { package: 'db-core', run: ['keepaloft-no-such-program'] } });
    expect(() => missing.argv(host, 'db')).toThrow(failing('program-missing', 'apt-get install db-core'));
    const broken = daemonsWith({
      db: { package: 'coreutils', prepare: ['cat', '/nowhere/at/all'], run: ['cat'] },
    });
    await expect(broken.prepare(host)).rejects.toEqual(failing('daemon-failed', 'lab.services.db.prepare'));
    await expect(broken.prepare(host)).rejects.toThrow('/nowhere/at/all');
    expect(() => broken.argv(host, 'other')).toThrow(failing('unknown-service', 'db'));
  });
});
