// Proves that labs run side by side, end without a trace however they end, and need no root.
import { execFile, spawnSync } from 'node:child_process';
import { chownSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it, type TestContext } from 'vitest';
import * as z from 'zod/mini';
import type { LaunchOptions } from '../../lab/control/launch.ts';
import { labVariable, startTicksOf } from '../../lab/processes.ts';
import { Session } from '../../lab/session.ts';
import { documentFile, members } from '../e2e/lab/document.ts';
import { labsStartedBy, leftoversOf, parentOf } from '../e2e/lab/inside.ts';

const execute = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const isRoot = userInfo().uid === 0;
/** Whom a root's test becomes: the user that owns nothing. */
const NOBODY = 65_534;
/** A failover of a fresh lab takes about ten seconds. */
const FAILOVER_MS_MAX = 90_000;

/** A lab that ends with its test. @param context of that test: two tests may run at once */
const openUntilEnd = async (
  options: LaunchOptions,
  context: Pick<TestContext, 'onTestFinished'>,
): Promise<Session> => {
  const session = await Session.open(options);
  context.onTestFinished(async () => {
    // A lab that the test took down itself does not answer any more.
    await session.close().catch(() => undefined);
  });
  return session;
};

/** Process ids whose environment or command line, as `ps` sees them, satisfies a condition. */
const processesWhere = (
  file: 'environ' | 'cmdline',
  holds: (words: readonly string[]) => boolean,
): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/u.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return startTicksOf(pid) !== null && holds(readFileSync(`/proc/${pid}/${file}`, 'utf8').split('\0'));
      } catch {
        // It ended meanwhile, or it belongs to somebody else.
        return false;
      }
    });
/** A lab's processes, whoever runs them. */
const processesAnywhere = (lab: string): number[] =>
  processesWhere('environ', (words) => words.includes(`${labVariable}=${lab}`));
/** The watchdog holds the lab's id in its input only; its parent is the supervisor. */
const reapersOf = (supervisor: number): number[] =>
  processesWhere('cmdline', (words) => words[0]?.endsWith('/xargs') === true).filter(
    (pid) => parentOf(pid) === supervisor,
  );

describe('labs', () => {
  it('run side by side, and each leaves nothing when it is taken down', async (context) => {
    const [one, other] = await Promise.all([
      openUntilEnd({ hosts: 2 }, context),
      openUntilEnd({ hosts: 2 }, context),
    ]);
    expect(one.info.lab).not.toBe(other.info.lab);
    await Promise.all([one.quiet(), other.quiet()]);
    expect((await one.run([{ kind: 'service', target: 'holder' }], 0)).moves).toBe(1);
    await one.close();
    expect(leftoversOf(one.info)).toEqual([]);
    // The neighbour has noticed neither the failover nor the end.
    await other.quiet();
    expect(await other.group()).toMatchObject({ epoch: 1, holderHost: 'host1', phase: 'held' });
    await other.close();
    expect(leftoversOf(other.info)).toEqual([]);
  });

  it('are removed by their reaper when the supervisor is killed outright', async (context) => {
    const session = await openUntilEnd({ hosts: 2 }, context);
    process.kill(session.info.pid, 'SIGKILL');
    await session.until('the reaper has removed everything', () => leftoversOf(session.info).length === 0);
  });

  it('are removed by the next start when the reaper was killed, too', async (context) => {
    const dead = await openUntilEnd({ hosts: 2 }, context);
    const reapers = reapersOf(dead.info.pid);
    expect(reapers).toHaveLength(1);
    for (const pid of [...reapers, dead.info.pid]) process.kill(pid, 'SIGKILL');
    await dead.until('the supervisor has ended', () => startTicksOf(dead.info.pid) === null);
    expect(leftoversOf(dead.info)).not.toEqual([]);
    const next = await openUntilEnd({ hosts: 1 }, context);
    expect(leftoversOf(dead.info)).toEqual([]);
    await next.close();
    expect(leftoversOf(next.info)).toEqual([]);
  });

  it.each([
    {
      what: 'a misspelt key',
      content: { version: 1, groups: { demo: { vips: [], memebrs: [] } } },
      code: 'bad-config',
      message: /:1:\d+: groups\.demo\.memebrs: unknown key/u,
    },
    { what: 'text that is no YAML', content: 'groups: [', code: 'bad-config', message: /:1:\d+: / },
    {
      what: 'a VIP outside the subnet',
      content: {
        version: 1,
        groups: { demo: { vips: [{ address: '10.0.0.1', fabric: 'secondary-ip' }], members: members(100) } },
      },
      code: 'vip-outside-subnet',
      message: /10\.0\.0\.1 does not lie in/u,
    },
  ])('do not start with $what, say why, and leave nothing', async ({ content, code, message }) => {
    const file = documentFile(content);
    try {
      const text: unknown = expect.stringMatching(message);
      await expect(Session.open({ config: file.path })).rejects.toMatchObject({ code, message: text });
      expect(labsStartedBy(process.pid)).toEqual([]);
    } finally {
      file.remove();
    }
  });

  it('do not start without the file that was named', async () => {
    const missing = Session.open({ config: '/nonexistent/keepaloft.yaml' });
    await expect(missing).rejects.toMatchObject({ code: 'config-unreadable' });
  });
});

/** Why an ordinary user cannot run a lab here; undefined when it can. */
const obstacle = (uid: number): string | undefined => {
  const trial = spawnSync('unshare', ['-Urnm', 'true'], { uid, gid: uid, cwd: '/', encoding: 'utf8' });
  if (trial.status !== 0)
    return `this kernel allows no user namespaces to user ${uid}: ${trial.stderr.trim()}`;
  const reads = spawnSync('cat', [join(root, 'package.json')], { uid, gid: uid, cwd: '/', encoding: 'utf8' });
  return reads.status === 0 ? undefined : `user ${uid} cannot read ${root}: ${reads.stderr.trim()}`;
};

const seenSchema = z.object({
  lab: z.string(),
  dir: z.string(),
  mode: z.string(),
  outageMs: z.number(),
  moves: z.int(),
  owners: z.array(z.string()),
});

// Together, because each mostly waits for a lab of its own, and none measures anything.
describe.concurrent('a lab', () => {
  it('of an ordinary user fails over as that of root, and leaves nothing', async (context) => {
    const uid = isRoot ? NOBODY : userInfo().uid;
    const reason = obstacle(uid);
    if (reason !== undefined) context.skip(reason);
    const home = mkdtempSync(join(tmpdir(), 'keepaloft-home-'));
    context.onTestFinished(() => rmSync(home, { recursive: true, force: true }));
    if (isRoot) chownSync(home, uid, uid);
    const { PATH = '' } = process.env;
    const { stdout } = await execute(process.execPath, [join(root, 'test/e2e/lab/rootless-failover.ts')], {
      ...(isRoot ? { uid, gid: uid } : {}),
      cwd: root,
      timeout: FAILOVER_MS_MAX,
      env: { PATH, HOME: home, XDG_RUNTIME_DIR: home, TMPDIR: home, NODE_NO_WARNINGS: '1' },
    });
    const seen = seenSchema.parse(JSON.parse(stdout));
    expect(seen).toMatchObject({ mode: 'rootless', moves: 1, owners: ['host1', 'host2'] });
    expect(seen.outageMs).toBeGreaterThan(0);
    expect(readdirSync(home)).toEqual([]);
    expect(processesAnywhere(seen.lab)).toEqual([]);
  });
});
