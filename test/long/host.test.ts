// Proves, on a Debian 12 host with its own systemd in a lab: the unmodified user-data of the template installs the agent,
// a tampered artefact is refused, and upgrades, good and bad, lose no probe. The host fetches its agent.yaml from the
// arbiter when the agent can do that; otherwise it is given, as a baked image would have it.
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Template } from 'aws-cdk-lib/assertions';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NewPairStack } from '../../examples/new-pair/stack.ts';
import { LAB_REGION } from '../../lab/ends/credentials.ts';
import { LAB_BUCKET, LAB_BUCKET_HOST } from '../../lab/ends/s3/server.ts';
import { type GroupStatus, Session } from '../../lab/session.ts';
import { VPC } from '../../lab/supervisor/plan.ts';
import { inApp, ofType } from '../lib/synthesis.ts';
import { Container, type Ran } from './host/container.ts';
import { type Publisher, publisherFor } from './host/published.ts';
import { makeRootFs, missingForHosts, put } from './host/rootfs.ts';

type Member = GroupStatus['members'][number];

const HOST = 'host2';
const keepaloft = fileURLToPath(new URL('../../cli/keepaloft', import.meta.url));
/** A root file system is fetched and two artefacts are packed, once for each machine. */
const SET_UP_MS_MAX = 900_000;
const ENDPOINT = `https://${VPC.api}`;
const USER_DATA = '/var/lib/cloud/user-data';

/** What the template gives a new host, with the two values that only a deployment knows. */
const userData = (): string => {
  const template = inApp((app) => Template.fromStack(new NewPairStack(app, 'Pair')));
  const [[, host] = ['', undefined]] = ofType(template, 'AWS::EC2::Instance');
  const text = host?.Properties?.['UserData'] as
    | { 'Fn::Base64': { 'Fn::Join': [string, (string | { Ref: string })[]] } }
    | undefined;
  return (text?.['Fn::Base64']['Fn::Join'][1] ?? [])
    .map((part) => {
      if (typeof part === 'string') return part;
      return part.Ref === 'AWS::Region' ? LAB_REGION : LAB_BUCKET;
    })
    .join('');
};

const reason = await missingForHosts();

describe.skipIf(reason !== undefined)(`a host of its own${reason === undefined ? '' : `: ${reason}`}`, () => {
  let session: Session;
  let rootFs: string;
  let host: Container;
  let published: Publisher;

  beforeAll(async () => {
    session = await Session.open({ hosts: 2 });
    await session.quiet();
    const { info } = session;
    const args = ['--endpoint', ENDPOINT, '--region', LAB_REGION];
    published = await publisherFor(join(info.dir, 's3'), args);
    rootFs = await makeRootFs();
    prepare(rootFs, info.dir);
    // The lab's own agent makes room; what the arbiter says of this host is of the new one from then on.
    await session.fault({ kind: 'agent', target: HOST });
    await session.until(`${HOST} is silent`, async () => (await member())?.state === 'SILENT');
    const netns = info.hosts.find(({ name }) => name === HOST)?.netns ?? '';
    host = await Container.boot({ rootFs, labId: info.lab, netns });
  }, SET_UP_MS_MAX);
  afterAll(async () => {
    await host?.stop();
    await session?.close();
    if (rootFs !== undefined) rmSync(rootFs, { recursive: true, force: true });
  });

  /** What differs between the lab's network and EC2's: names, whom to trust, and that this host is configured. */
  const prepare = (root: string, dir: string): void => {
    const ca = readFileSync(join(dir, 'ca.pem'), 'utf8');
    const config = readFileSync(join(dir, 'hosts', HOST, 'agent.yaml'), 'utf8');
    put(root, USER_DATA, userData(), 0o700);
    put(root, 'etc/hosts', `127.0.0.1 localhost\n${VPC.s3} ${LAB_BUCKET_HOST}\n`);
    put(root, 'usr/lib/ssl/cert.pem', ca);
    put(root, 'etc/keepaloft/ca.pem', ca);
    for (const unit of ['keepaloft-agent', 'keepaloft-enroll']) {
      const trust = '[Service]\nEnvironment=NODE_EXTRA_CA_CERTS=/etc/keepaloft/ca.pem\n';
      put(root, `etc/systemd/system/${unit}.service.d/lab.conf`, trust);
    }
    if (published.canEnrol) return;
    put(root, 'etc/keepaloft/agent.yaml', config.replace(/^caFile: .*$/m, 'caFile: /etc/keepaloft/ca.pem'));
  };
  /** As cloud-init runs it, with a shell of its own. */
  const boot = (): Promise<Ran> => host.run('/bin/bash', USER_DATA);
  /** This host, as the arbiter sees it. */
  const member = async (): Promise<Member | undefined> =>
    (await session.group()).members.find((one) => one.host === HOST);
  const current = async (): Promise<string> =>
    (await host.run('readlink', '/opt/keepaloft/current')).output.trim();
  const pid = async (): Promise<string> =>
    (await host.run('systemctl', 'show', '-p', 'MainPID', '--value', 'keepaloft-agent')).output.trim();
  /** Makes the host the holder, by an operator's order. */
  const hold = async (): Promise<void> => {
    await session.quiet();
    if ((await session.group()).holderHost === HOST) return;
    const words = ['failover', 'demo', '--lab', session.info.lab, '--yes', '--wait'];
    await promisify(execFile)(keepaloft, words);
    await session.until(`${HOST} holds`, async () => (await session.group()).holderHost === HOST);
  };
  /** The end of the journal of the agent's unit. */
  const journal = async (): Promise<string> =>
    (await host.run('journalctl', '-u', 'keepaloft-agent', '--no-pager', '-n', '40')).output;

  /** What an installation said and, so that a failing test shows it, what the agent said. */
  const told = async (output: string): Promise<string> => `${output}${await journal()}`;

  it('installs what the bucket has, and serves heartbeats', async () => {
    published.publish();
    const { code, output } = await boot();
    const done = published.canEnrol ? `it fetches its configuration from ${ENDPOINT}` : 'it runs';
    expect(output).toContain(`version ${published.version} is installed; ${done}`);
    expect(code).toBe(0);
    await session.quiet();
    expect(await member()).toMatchObject({ state: 'BACKUP', health: 'ok' });
    const modes = await host.run(
      'find',
      '/opt/keepaloft',
      '(',
      '!',
      '-user',
      'root',
      '-o',
      '-perm',
      '/022',
      ')',
      '!',
      '-type',
      'l',
    );
    expect(modes.output).toBe('');
    expect((await host.run('/usr/local/bin/keepaloft-agent', '--version')).output.trim()).toBe(
      published.version,
    );
    expect((await host.run('systemctl', 'is-enabled', 'keepaloft-agent')).output.trim()).toBe('enabled');
  });

  it('run again, changes nothing: the agent is not even started anew', async () => {
    const before = await pid();
    expect(await boot()).toMatchObject({ code: 0 });
    expect(await pid()).toBe(before);
  });

  it('an agent that hangs is ended by its watchdog and started again', async () => {
    const before = await pid();
    const words = ['kill', '--kill-who=main', '--signal=SIGSTOP', 'keepaloft-agent'];
    expect(await host.run('systemctl', ...words)).toMatchObject({ code: 0 });
    await session.until('another agent runs', async () => !['0', before].includes(await pid()));
    expect(await journal()).toContain('Watchdog timeout');
    await session.quiet();
  });

  it('refuses an artefact that somebody has tampered with', async () => {
    const [before, path] = [await pid(), await published.publishAs('0.2.0')];
    const bytes = readFileSync(path);
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 100) ^ 1, bytes.length - 100);
    writeFileSync(path, bytes);
    const { code, output } = await boot();
    expect(output).toMatch(
      /^keepaloft: REFUSED, nothing was installed: s3:\/\/keepaloft-lab\/agent\/0\.2\.0\/\S+ has sha256 [0-9a-f]{64}, agent\/channel\.json says [0-9a-f]{64}$/m,
    );
    expect(code).toBe(1);
    expect([await current(), await pid()]).toEqual([published.version, before]);
    expect(existsSync(join(rootFs, 'opt/keepaloft/0.2.0'))).toBe(false);
  });

  it('upgraded while it holds the VIP, loses no probe', async () => {
    await hold();
    await published.publishAs('0.3.0');
    const { moves, lost } = await session.observe(async () => {
      const { code, output } = await boot();
      expect(await told(output)).toContain(`upgraded from ${published.version} to 0.3.0; no VIP was moved`);
      expect(code).toBe(0);
      await session.quiet();
    });
    expect({ moves, lost }).toEqual({ moves: 0, lost: 0 });
    expect(await current()).toBe('0.3.0');
  });

  it.each([
    [
      '0.4.0',
      'that ends at once',
      (bundle: string) =>
        `if(process.argv.length===4&&process.argv[2]==="--config")process.exit(3);${bundle}`,
    ],
    [
      '0.5.0',
      'whose heartbeats the arbiter does not answer',
      (bundle: string) => bundle.replace('"/v1/heartbeat"', '"/v1/heartbeats"'),
    ],
  ])('a version %s %s is replaced by the one before, and no probe is lost', async (version, _, change) => {
    await hold();
    await published.publishAs(version, change);
    const { moves, lost } = await session.observe(async () => {
      const { code, output } = await boot();
      expect(await told(output)).toContain(
        `${version} was not answered by the arbiter, or did not start: 0.3.0 is back`,
      );
      expect(code).toBe(1);
      await session.quiet();
    });
    expect({ moves, lost }).toEqual({ moves: 0, lost: 0 });
    expect(await current()).toBe('0.3.0');
    expect((await session.group()).holderHost).toBe(HOST);
  });

  it('a version that does not take the configuration is not even tried', async () => {
    const before = await pid();
    await published.publishAs(
      '0.6.0',
      (bundle) => `if(process.argv.includes("--check")){console.error("no");process.exit(78)}${bundle}`,
    );
    const { code, output } = await boot();
    expect(output).toContain(
      'version 0.6.0 does not take /etc/keepaloft/agent.yaml: no. Nothing was changed',
    );
    expect(code).toBe(1);
    expect([await current(), await pid()]).toEqual(['0.3.0', before]);
  });

  it('uninstalled, keeps its address and says what becomes of it', async () => {
    await hold();
    const { code, output } = await host.run('/opt/keepaloft/current/install.sh', '--uninstall');
    expect(output).toContain('Nothing will bind it again after a reboot of this host');
    expect(code).toBe(0);
    expect((await host.run('ip', '-o', '-4', 'addr')).output).toContain(` ${session.info.vips[0]}/32`);
    expect(existsSync(join(rootFs, 'opt/keepaloft'))).toBe(false);
    expect((await host.run('systemctl', 'is-enabled', 'keepaloft-agent')).code).not.toBe(0);
  });
});
