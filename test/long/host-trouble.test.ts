// Proves, under a probing client, that what real hosts do to an agent's addresses moves nothing: managers that add and remove
// them, a metadata service that is slow, stale or gone, what a boot leaves bound, and a second agent.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { JournalEntry } from '../../lab/control/types.ts';
import { bestStandbyHost, type Observed, Session } from '../../lab/session.ts';
import { type DocumentFile, documentFile, members } from '../e2e/lab/document.ts';
import { hasAddress, hostOf, inside } from '../e2e/lab/inside.ts';

const AGENT = fileURLToPath(new URL('../../dist/agent/keepaloft-agent.cjs', import.meta.url));
const VIP = '172.31.0.201';
const LOCKED = 73;
/** An agent notices what others did to its kernel within half a second; the rest is for a busy machine. */
const REPAIRED_MS_MAX = 5000;
const ROLE_CHANGE = / -> (?:MASTER|BACKUP|FAULT) at epoch/u;

const saidBy = (entries: readonly JournalEntry[], host: string, words: RegExp): JournalEntry[] =>
  entries.filter(
    (entry) => entry.kind === 'agent' && entry['host'] === host && words.test(String(entry['message'])),
  );

const tools = (session: Session) => {
  /** Only when what the test before has done is over: a member that is getting well again would be taken for news. */
  const names = async (): Promise<{ holder: string; standbys: string[] }> => {
    await session.quiet();
    const group = await session.group();
    const holder = hostOf(session.info, group.holderHost).name;
    const best = hostOf(session.info, bestStandbyHost(group)).name;
    const others = session.info.hosts
      .map(({ name }) => name)
      .filter((name) => ![holder, best].includes(name));
    return { holder, standbys: [best, ...others] };
  };
  const isFree = async (host: string): Promise<boolean> => !(await hasAddress(session.info, host, VIP));
  const untilFree = (host: string): Promise<void> =>
    session.until(`${host} has let go`, () => isFree(host), REPAIRED_MS_MAX);
  /** As a file of the distribution's would, at a boot. */
  const bindByHand = (host: string): Promise<string> =>
    inside(session.info, host, 'ip', 'addr', 'replace', `${VIP}/32`, 'dev', 'eth0');
  const beatsOf = async (from: number, host: string): Promise<JournalEntry[]> =>
    (await session.journal(from)).filter((entry) => entry.kind === 'beat' && entry['host'] === host);
  return { names, isFree, untilFree, bindByHand, beatsOf };
};

const expectUntouched = ({ moves, transfers, lost }: Observed): void => {
  expect({ moves, transfers: transfers.length, lost }).toEqual({ moves: 0, transfers: 0, lost: 0 });
};

describe('a fenced group on hosts that meddle', () => {
  let session: Session;
  let t: ReturnType<typeof tools>;
  beforeAll(async () => {
    session = await Session.open();
    t = tools(session);
    await session.quiet();
  });
  afterEach(() => session.heal());
  afterAll(() => session.close());

  it('loses nothing to a manager that makes kernels have what the metadata service lists', async () => {
    const { holder, standbys } = await t.names();
    const from = await session.mark();
    const seen = await session.observe(async () => {
      await session.fault({ kind: 'net-utils', target: 'all', ms: 500 });
      await session.until(
        'they have passed',
        async () => (await session.journal(from)).filter((entry) => entry.kind === 'daemon').length >= 3,
      );
      await delay(1000);
    });
    expectUntouched(seen);
    for (const standby of standbys) expect(await t.isFree(standby)).toBe(true);
    expect(saidBy(await session.journal(from), holder, /something else/u)).toEqual([]);
  });

  it('moves once although every list is old, and lets go each time of what is put back on the former holder, saying so once', async () => {
    const { holder } = await t.names();
    const from = await session.mark();
    const seen = await session.observe(async (watch) => {
      // Whoever asks from now on is told that the VIP is still the holder's, and its manager believes it.
      await session.fault({ kind: 'imds-stale', target: 'all' });
      await session.fault({ kind: 'net-utils', target: holder, ms: 500 });
      await session.fault({ kind: 'service', target: holder });
      await session.until('another host serves', () => watch.owner() !== null && watch.owner() !== holder);
      await session.heal();
      // A former holder serves on until it sees that the fabric has moved, which the old list hid.
      await t.untilFree(holder);
      for (let times = 0; times < 3; times += 1) {
        await t.bindByHand(holder);
        await t.untilFree(holder);
      }
    });
    expect(seen.moves).toBe(1);
    expect(seen.report.owners).toHaveLength(2);
    const said = saidBy(await session.journal(from), holder, /has bound the VIP, which belongs elsewhere/u);
    expect(said).toHaveLength(1);
  });

  it('has its VIP back each time a manager takes every address away, without a hook, and says so once', async () => {
    const { holder } = await t.names();
    const from = await session.mark();
    const { moves, transfers, report } = await session.observe(async (watch) => {
      await session.fault({ kind: 'address-manager', target: holder, ms: 1500 });
      await session.until('the client notices', () => watch.owner() === null);
      await delay(2000);
      await session.heal();
    });
    expect({ moves, transfers }).toEqual({ moves: 0, transfers: [] });
    expect(report.owners.map(({ host }) => host)).toEqual([holder]);
    const entries = await session.journal(from);
    expect(saidBy(entries, holder, /took the VIP away/u)).toHaveLength(1);
    expect(saidBy(entries, holder, ROLE_CHANGE)).toEqual([]);
  });

  it('does not notice that the metadata service is gone, slow or refuses; agents say so once, and start all the same', async () => {
    const { holder, standbys } = await t.names();
    const [slow = '', denied = ''] = standbys;
    const from = await session.mark();
    const seen = await session.observe(async () => {
      await session.fault({ kind: 'imds-gone', target: holder });
      await session.fault({ kind: 'imds-denied', target: denied });
      // Slower than a look waits for it, and an agent that starts needs four answers to know who it is.
      await session.fault({ kind: 'imds-slow', target: slow, ms: 1050 });
      await session.fault({ kind: 'restart', target: slow });
      const restarted = await session.mark();
      for (const host of [holder, denied])
        await session.until(
          `${host} says that it is not answered`,
          async () => saidBy(await session.journal(from), host, /service does not answer/u).length > 0,
        );
      await session.until('the restarted agent beats', async () => {
        const beats = await t.beatsOf(restarted, slow);
        return beats.some((beat) => beat['status'] === 200);
      });
      const before = await session.mark();
      for (const host of [holder, denied])
        await session.until(`${host} beats`, async () => (await t.beatsOf(before, host)).length >= 2);
      await session.heal();
      await session.until(
        'it answers again',
        async () => saidBy(await session.journal(from), holder, /service answers again/u).length > 0,
      );
    });
    expectUntouched(seen);
    expect(saidBy(await session.journal(from), holder, /service does not answer/u)).toHaveLength(1);
  });

  it('has a booting standby let go of what its system has bound before the agent runs', async () => {
    const { standbys } = await t.names();
    const [standby = ''] = standbys;
    const seen = await session.observe(async () => {
      await session.fault({ kind: 'agent', target: standby });
      await t.bindByHand(standby);
      await session.heal();
      await t.untilFree(standby);
    });
    expectUntouched(seen);
  });

  it('refuses a second agent on the same host, which touches nothing', async () => {
    const { holder, standbys } = await t.names();
    const { agentPid } = hostOf(await session.client.info(), holder);
    const other = join(session.info.dir, 'hosts', standbys[0] ?? '', 'agent.yaml');
    const seen = await session.observe(async () => {
      const [enter = '', ...words] = session.info.enter[hostOf(session.info, holder).netns] ?? [];
      const second = promisify(execFile)(enter, [...words, process.execPath, AGENT, '--config', other], {
        env: { PATH: process.env['PATH'], STATE_DIRECTORY: join(session.info.dir, 'second') },
        timeout: 20_000,
      });
      await expect(second).rejects.toMatchObject({
        code: LOCKED,
        stderr: expect.stringContaining(
          `the process with pid ${agentPid} is the agent of this host already`,
        ) as string,
      });
    });
    expectUntouched(seen);
    expect(await hasAddress(session.info, holder, VIP)).toBe(true);
  });
});

describe('an exclusive group on hosts that meddle', () => {
  let session: Session;
  let config: DocumentFile;
  let t: ReturnType<typeof tools>;
  beforeAll(async () => {
    config = documentFile({
      version: 1,
      groups: {
        mysql: {
          vips: [{ address: VIP, fabric: 'secondary-ip' }],
          members: members(200, 100),
          exclusive: true,
          // So seldom that between two heartbeats a lifetime would be missing for long.
          timing: { heartbeat: '3s', lease: '10s' },
        },
      },
    });
    session = await Session.open({ config: config.path, hosts: 2 });
    t = tools(session);
    await session.quiet();
  });
  afterEach(() => session.heal());
  afterAll(async () => {
    await session.close();
    config.remove();
  });

  const hasEnd = async (host: string): Promise<boolean> => {
    const shown = await inside(session.info, host, 'ip', '-o', '-4', 'addr', 'show', 'to', `${VIP}/32`);
    return /valid_lft \d+sec/u.test(shown);
  };

  it('gives the VIP its end back when a manager has bound it for ever, and keeps it from a standby', async () => {
    const { holder, standbys } = await t.names();
    const [standby = ''] = standbys;
    const seen = await session.observe(async () => {
      const { id } = await session.fault({ kind: 'net-utils', target: holder, ms: 100 });
      await session.until('it is bound for ever', async () => !(await hasEnd(holder)));
      await session.heal(id);
      await session.until('it has an end again', () => hasEnd(holder), REPAIRED_MS_MAX);
      await t.bindByHand(standby);
      await t.untilFree(standby);
    });
    expectUntouched(seen);
  });

  it('lets go at a boot before anybody has told the agent who it is', async () => {
    const { standbys } = await t.names();
    const [standby = ''] = standbys;
    const seen = await session.observe(async () => {
      await session.fault({ kind: 'imds-gone', target: standby });
      const { id } = await session.fault({ kind: 'agent', target: standby });
      await t.bindByHand(standby);
      await session.heal(id);
      await t.untilFree(standby);
    });
    expectUntouched(seen);
  });
});
