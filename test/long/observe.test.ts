// Proves mode observe beside a keepalived that works: nothing is written to EC2 nor to a host, the group follows what
// keepalived does, status says what would move; and that the change to enforce, and keepalived's end, cost no probe.
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import * as z from 'zod/mini';
import { keepalivedConf } from '../../bench/versus/conf.ts';
import { Keepalived } from '../../bench/versus/keepalived.ts';
import { statusResponseSchema } from '../../core/wire/admin.ts';
import { agentGroupDocument } from '../../core/wire/compile.ts';
import { keepaloftFileSchema } from '../../core/wire/config.ts';
import { findProgram } from '../../lab/net/exec.ts';
import { Session } from '../../lab/session.ts';
import { HTTP_PORT } from '../../lab/supervisor/plan.ts';
import { assignByHand, configureDepsOf, deployGroup } from '../e2e/lab/deploy.ts';
import { type DocumentFile, documentFile, members } from '../e2e/lab/document.ts';
import { hasAddress, hostOf } from '../e2e/lab/inside.ts';
import { keepalivedMissing } from '../e2e/lab/needs.ts';

const NAME = 'mysql';
const VIP = '172.31.0.201';
const HOSTS = ['host1', 'host2'] as const;
type Host = (typeof HOSTS)[number];
const keepaloft = fileURLToPath(new URL('../../cli/keepaloft', import.meta.url));

const groupIn = (mode: 'observe' | 'enforce') => ({
  mode,
  vips: [{ address: VIP, fabric: 'secondary-ip' }],
  members: members(200, 100),
  checks: { service: { tcp: `127.0.0.1:${HTTP_PORT}`, interval: '200ms', fall: 2, rise: 2 } },
});

/** Of `keepaloft status --json`. */
const documentSchema = z.pick(statusResponseSchema, { groups: true });

const reason = keepalivedMissing();
/** keepalived becomes MASTER, takes it back while its check has not succeeded yet, and is elected again. */
const SETTLED_MS = 3000;

describe.skipIf(reason !== undefined)(`beside keepalived${reason === undefined ? '' : `: ${reason}`}`, () => {
  let session: Session;
  let config: DocumentFile;
  let daemons: Record<Host, Keepalived>;
  /** Where keepalived's script has put the VIP, and the call that is under way. */
  let placed: Host | undefined;
  let placing: Promise<void> | undefined;
  let timer: NodeJS.Timeout;

  const daemonOn = (name: Host, peer: Host, priority: number): Keepalived => {
    const { info } = session;
    const { address, netns } = hostOf(info, name);
    const peerAddress = hostOf(info, peer).address;
    const programs = {
      keepalived: findProgram('keepalived', '/usr/sbin') ?? '',
      setpriv: findProgram('setpriv') ?? '',
    };
    const dir = join(info.dir, 'keepalived', name);
    const host = { name, address, peerAddress, vip: VIP, priority, advertMs: 500, servicePort: HTTP_PORT };
    const options = { host: name, enter: info.enter[netns] ?? [], labId: info.lab, dir, programs, env: {} };
    return new Keepalived(options, keepalivedConf({ ...host, notifyMaster: ['/bin/true'] }));
  };
  /** What a notify script does: whoever has become MASTER gets the address by EC2's API. */
  const notify = (): void => {
    const master = HOSTS.filter((host) => daemons[host].state === 'MASTER');
    const [only] = master;
    if (master.length !== 1 || only === undefined || only === placed || placing !== undefined) return;
    placing = assignByHand(session.info, only, VIP)
      .then(() => {
        placed = only;
      })
      // It is called again a moment later, unlike a script of keepalived's.
      .catch(() => undefined)
      .finally(() => {
        placing = undefined;
      });
  };

  beforeAll(async () => {
    config = documentFile({ version: 1, groups: { [NAME]: groupIn('observe') } });
    session = await Session.open({ config: config.path, hosts: 2 });
    daemons = { host1: daemonOn('host1', 'host2', 200), host2: daemonOn('host2', 'host1', 100) };
    timer = setInterval(notify, 20);
  });
  afterAll(async () => {
    clearInterval(timer);
    await placing;
    await Promise.all(HOSTS.map((host) => daemons[host].close()));
    await session.close();
    config.remove();
  });

  /** `keepaloft status`, for a program and for a person; of a group that nobody serves it ends with 2. */
  const status = async (...words: string[]): Promise<string> => {
    const argv = ['status', NAME, '--lab', session.info.lab, ...words];
    const ran = promisify(execFile)(keepaloft, argv).catch((error: unknown) => error as { stdout: string });
    return (await ran).stdout;
  };
  const group = async () => {
    const [seen] = documentSchema.parse(JSON.parse(await status('--json'))).groups;
    if (seen === undefined || 'error' in seen) throw new Error('the group cannot be read');
    return seen;
  };
  const wouldBe = (to: Host, why: string): Promise<void> => {
    const expected = JSON.stringify([hostOf(session.info, to).instanceId, why]);
    return session.until(`status says that it would move to ${to}: ${why}`, async () => {
      const { would } = await group();
      return JSON.stringify([would?.to, would?.reason]) === expected;
    });
  };
  /** Who of keepalived is MASTER, and who BACKUP, once that has lasted. */
  const elected = async (): Promise<[Host, Host]> => {
    let last: Host | undefined;
    let sinceMs = performance.now();
    await session.until('keepalived has settled', () => {
      const master = HOSTS.find((host) => daemons[host].state === 'MASTER');
      const isClear = HOSTS.some((host) => daemons[host].state === 'BACKUP');
      if (!isClear || master !== last) sinceMs = performance.now();
      last = master;
      return master !== undefined && performance.now() - sinceMs >= SETTLED_MS;
    });
    return last === 'host2' ? ['host2', 'host1'] : ['host1', 'host2'];
  };
  const isHeldBy = (host: Host): Promise<void> =>
    session.until(`${host} is followed`, async () => (await session.group()).holderHost === host);
  /** What `keepaloft-agent enroll` does on a host: the new configuration, and the agent anew. */
  const restartAgent = async (host: Host, mode: 'observe' | 'enforce'): Promise<void> => {
    const file = keepaloftFileSchema.parse({ version: 1, groups: { [NAME]: groupIn(mode) } });
    const own = file.groups[NAME];
    if (own === undefined) throw new Error('the file has no such group');
    const path = join(session.info.dir, 'hosts', host, 'agent.yaml');
    const document = parse(readFileSync(path, 'utf8')) as { groups: Record<string, unknown> };
    document.groups[NAME] = agentGroupDocument(own, hostOf(session.info, host).instanceId);
    writeFileSync(path, stringify(document), { mode: 0o600 });
    const fault = await session.fault({ kind: 'agent', target: host });
    await session.heal(fault.id);
  };
  /** Calls of the arbiter that change something in EC2; who plays keepalived's script is a user, and no role. */
  const writes = async (from: number): Promise<string[]> =>
    (await session.journal(from))
      .filter(({ kind, principal }) => kind === 'ec2-call' && String(principal).includes(':assumed-role/'))
      .map((entry) => String(entry['action']))
      .filter((action) => !action.startsWith('Describe'));

  it('moves nothing while nobody has the VIP, and says so', async () => {
    await wouldBe('host1', 'first');
    expect(await status()).toContain('would move it to host1 (first)');
    expect(await status()).toContain('OBSERVE');
    expect(await writes(0)).toEqual([]);
    expect(await hasAddress(session.info, 'host1', VIP)).toBe(false);
  });

  it('takes keepalived’s MASTER for the holder', async () => {
    for (const host of HOSTS) daemons[host].start();
    const [master] = await elected();
    await isHeldBy(master);
    await session.quiet();
    expect(await status()).toContain('observes: would change nothing');
  });

  it('says what it would do for a dead service and for a silent agent, and leaves it to keepalived', async () => {
    const [master, other] = await elected();
    const from = await session.mark();
    const { moves, lost } = await session.observe(async () => {
      const fault = await session.fault({ kind: 'agent', target: master });
      await wouldBe(other, 'silence');
      await session.heal(fault.id);
      await session.quiet();
    });
    expect({ moves, lost }).toEqual({ moves: 0, lost: 0 });
    await session.fault({ kind: 'service', target: master });
    await isHeldBy(other);
    await session.heal();
    await session.quiet();
    expect(await writes(from)).toEqual([]);
    const history = await promisify(execFile)(keepaloft, ['history', NAME, '--lab', session.info.lab]);
    expect(history.stdout).toMatch(new RegExp(`would-move .*silence: to ${other}; observed, not done`, 'u'));
  });

  it('follows a failover by keepalived, whose host keeps what it has bound', async () => {
    const [master, other] = await elected();
    daemons[master].terminate();
    await isHeldBy(other);
    await daemons[master].ended();
    daemons[master].start();
    // Sometimes keepalived gives it back: whoever it is, the group is there.
    const [now] = await elected();
    await isHeldBy(now);
    await session.quiet();
    expect(await hasAddress(session.info, now, VIP)).toBe(true);
    expect((await group()).reason).toBe('followed');
  });

  it('then enforces, without a move and without a lost probe, also when keepalived ends', async () => {
    const [master, other] = await elected();
    const from = await session.mark();
    const { moves, lost } = await session.observe(async () => {
      await deployGroup(NAME, groupIn('enforce'), configureDepsOf(session.info));
      for (const host of HOSTS) await restartAgent(host, 'enforce');
      await session.until('it enforces', async () => (await group()).mode === 'enforce');
      await session.quiet();
      for (const host of [other, master]) {
        daemons[host].terminate();
        await daemons[host].ended();
      }
      await session.quiet();
    });
    expect({ moves, writes: await writes(from) }).toEqual({ moves: 0, writes: [] });
    // keepalived takes the address away when it ends, and the agent binds it again: at most a look at the kernel later.
    expect(lost).toBeLessThan(1000);
    expect(await hasAddress(session.info, master, VIP)).toBe(true);
  });
});
