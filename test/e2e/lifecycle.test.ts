// Proves that labs run side by side, end without a trace however they end, and need no root.
import { execFile, spawnSync } from 'node:child_process';
import { accessSync, chownSync, constants, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import * as z from 'zod/mini';
import type { LabInfo } from '../../lab/control/types.ts';
import { processesOfLab } from '../../lab/processes.ts';
import { Session } from '../../lab/session.ts';
import { labsRoot } from '../../lab/state.ts';
import { documentFile, members } from './lab/document.ts';
import { hostOf, leftoversOf } from './lab/inside.ts';

const execute = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const isRoot = userInfo().uid === 0;
/** Whom a root's test becomes: the user that owns nothing. */
const NOBODY = 65_534;
/** A failover of a fresh lab takes about ten seconds. */
const FAILOVER_MS_MAX = 90_000;
const AWS_MS_MAX = 20_000;

const openUntilEnd = async (...options: Parameters<typeof Session.open>): Promise<Session> => {
  const session = await Session.open(...options);
  onTestFinished(async () => {
    // A lab that the test took down itself does not answer any more.
    await session.close().catch(() => undefined);
  });
  return session;
};

const directoriesOfLabs = (): string[] => (existsSync(labsRoot()) ? readdirSync(labsRoot()) : []);

describe('labs', () => {
  it('run side by side, and each leaves nothing when it is taken down', async () => {
    const [one, other] = await Promise.all([openUntilEnd({ hosts: 2 }), openUntilEnd({ hosts: 2 })]);
    expect(one.info.lab).not.toBe(other.info.lab);
    await Promise.all([one.quiet(), other.quiet()]);
    const { moves, report } = await one.run([{ kind: 'service', target: 'holder' }], 0).then(async (run) => ({
      moves: run.moves,
      report: await other.group(),
    }));
    expect(moves).toBe(1);
    expect(report).toMatchObject({ epoch: 1, holderHost: 'host1', phase: 'held' });
    await one.close();
    expect(leftoversOf(one.info)).toEqual([]);
    await other.quiet();
    await other.close();
    expect(leftoversOf(other.info)).toEqual([]);
  });
});
