// Proves, in a lab with real packets, that a host which a tag selects gets its configuration, joins, takes over, and
// follows every change of it without the client or the VIP noticing.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readText } from '../../agent/enrol/document.ts';
import { Session } from '../../lab/session.ts';
import type { ConfigureDeps } from '../../lambdas/configure/configure.ts';
import { configureDepsOf, deployGroup } from '../e2e/lab/deploy.ts';
import { type DocumentFile, documentFile, instance, members } from '../e2e/lab/document.ts';
import { inside } from '../e2e/lab/inside.ts';

const AGENT = fileURLToPath(new URL('../../dist/agent/keepaloft-agent.cjs', import.meta.url));
const NAME = 'mysql';
/** As systemd waits before it starts the agent again. */
const RESTART_MS = 500;
/** The hint, the spread of hosts, the answer, the reload: with room for a busy machine. */
const FOLLOWED_MS_MAX = 30_000;

const groupOf = (fields: object = {}) => ({
  vips: [{ address: '172.31.0.201', fabric: 'secondary-ip' }],
  members: [...members(200), { tag: { Name: 'host2' }, priority: 100 }],
  timing: { lease: '3s' },
  ...fields,
});

describe('a host that a tag selects', () => {
  let session: Session;
  let config: DocumentFile;
  let directory: string;
  let path: string;
  let deps: ConfigureDeps;
  let child: ChildProcess | undefined;
  let isOver = false;
  let starts = 0;
  const lines: { msg?: string; error?: string }[] = [];

  beforeAll(async () => {
    config = documentFile({ version: 1, groups: { [NAME]: groupOf() } });
    session = await Session.open({ config: config.path, hosts: 2 });
    directory = mkdtempSync(join(tmpdir(), 'keepaloft-e2e-'));
    mkdirSync(join(directory, 'state'));
    path = join(directory, 'agent.yaml');
    deps = configureDepsOf(session.info);
    await session.quiet();
  });
  afterAll(async () => {
    isOver = true;
    child?.kill('SIGKILL');
    await session.close();
    config.remove();
    rmSync(directory, { recursive: true });
  });

  const enroll = (host: string): Promise<string> => {
    const ca = join(session.info.dir, 'ca.pem');
    const where = ['--endpoint', 'https://172.31.255.1', '--ca-file', ca, '--config', path];
    return inside(session.info, host, process.execPath, AGENT, 'enroll', ...where, '--json');
  };
  /** As systemd does it: whatever ends is started again. */
  const supervise = (): void => {
    if (isOver) return;
    const netns = session.info.hosts.find(({ name }) => name === 'host2')?.netns ?? '';
    const [command = process.execPath, ...words] = session.info.enter[netns] ?? [];
    starts += 1;
    child = spawn(command, [...words, process.execPath, AGENT, '--config', path], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...process.env,
        STATE_DIRECTORY: join(directory, 'state'),
        INVOCATION_ID: 'e2e',
        KEEPALOFT_LAB: session.info.lab,
      },
    });
    if (child.stdout !== null)
      createInterface({ input: child.stdout }).on('line', (line) =>
        lines.push(JSON.parse(line) as { msg?: string }),
      );
    child.once('exit', () => setTimeout(supervise, RESTART_MS));
  };
  const file = () => readText(path, readFileSync(path, 'utf8'));
  /** What a deployment of the changed group does, by the code that ships. */
  const deploy = (fields: object): Promise<string> => deployGroup(NAME, groupOf(fields), deps);
  const reports = async (): Promise<boolean> => {
    const member = (await deps.store.load(NAME)).members[instance(2)];
    return member?.health === 'ok' && Date.now() - member.at < 2000;
  };
  const follows = (hash: string): Promise<void> =>
    session.until(
      'the agent has the new configuration',
      () => file().groups[NAME]?.configHash === hash,
      FOLLOWED_MS_MAX,
    );

  it('is written its configuration, and the arbiter takes its heartbeats', async () => {
    const told: unknown = JSON.parse(await enroll('host2'));
    expect(told).toMatchObject({ node: instance(2), file: path, groups: [NAME], refused: [] });
    expect(file()).toMatchObject({ enrolled: true, endpoint: 'https://172.31.255.1' });
    expect(file().groups[NAME]?.priority).toBe(100);
    supervise();
    await session.until('the arbiter hears it', reports);
  });

  it('takes a changed check over without a restart', async () => {
    const seen = await session.observe(async () => {
      await follows(await deploy({ checks: { service: { tcp: '127.0.0.1:8080' } } }));
    });
    expect(seen).toMatchObject({ moves: 0, lost: 0 });
    expect(starts).toBe(1);
    expect(file().groups[NAME]?.checks).toHaveProperty('service');
  });

  it('takes over when the holder dies', async () => {
    await session.fault({ kind: 'kill', target: 'host1' });
    await session.until('host2 holds', async () => (await deps.store.load(NAME)).holder === instance(2));
    await session.until('host2 serves', async () => (await session.group()).vips[0]?.owner === 'host2');
    await session.heal();
  });

  it('starts itself again for a new lease while it holds, and keeps the VIP: no probe is lost', async () => {
    const seen = await session.observe(async () => {
      await follows(await deploy({ timing: { lease: '6s' } }));
      await session.until('it runs again', () => starts === 2);
      await session.until('the arbiter hears it', reports);
    });
    expect(seen).toMatchObject({ moves: 0, lost: 0 });
    expect((await deps.store.load(NAME)).holder).toBe(instance(2));
    expect(lines.map(({ msg }) => msg)).toContain(
      'a new configuration was fetched: starting again with it, without handing over',
    );
  });

  it('refuses what it cannot run, says so, and goes on', async () => {
    const before = readFileSync(path, 'utf8');
    const from = lines.length;
    await deploy({ timing: { lease: '6s' }, hooks: { onMaster: ['/bin/sh', '-c', 'true'] } });
    await session.until(
      'the refusal is told',
      () =>
        lines.slice(from).some(({ error }) => error?.includes('/bin/sh is not in /etc/keepaloft/hooks.d')),
      FOLLOWED_MS_MAX,
    );
    expect(readFileSync(path, 'utf8')).toBe(before);
    expect(await reports()).toBe(true);
  });
});
