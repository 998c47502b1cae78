// Proves, in a lab, that the shipped agent sets the routes and rules of a group on its holder and nowhere else, before and after a
// failover and a killed agent, and that its event socket tells all of it in order.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HostEvent, hostEventSchema } from '../../core/wire/host-event.ts';
import { Session } from '../../lab/session.ts';
import { type DocumentFile, documentFile, members } from '../e2e/lab/document.ts';
import { operatorOf } from '../e2e/lab/operator.ts';

const VIP = '172.31.0.201';
const GATEWAY = '172.31.0.1';
const AGENT = fileURLToPath(new URL('../../dist/agent/keepaloft-agent.cjs', import.meta.url));

const HELD = [
  `default via ${GATEWAY} dev eth0 table 900`,
  `10.77.0.0/16 via ${GATEWAY} dev eth0 src ${VIP}`,
  `7213: from ${VIP} lookup 900 proto 213`,
];

let session: Session;
let config: DocumentFile;
const readers: ChildProcess[] = [];

beforeAll(async () => {
  const group = {
    vips: [{ address: VIP, fabric: 'secondary-ip' }],
    members: members(150, 100),
    hostRoutes: [
      { to: '10.77.0.0/16', via: GATEWAY, dev: 'eth0', onlink: true, src: VIP },
      { to: 'default', via: GATEWAY, dev: 'eth0', onlink: true, table: 900 },
    ],
    hostRules: [{ from: VIP, table: 900 }],
  };
  config = documentFile({ version: 1, groups: { mysql: group } });
  session = await Session.open({ config: config.path, hosts: 2 });
  await session.quiet();
});
afterAll(async () => {
  for (const reader of readers) reader.kill();
  await session.close();
  config.remove();
});

const hostNamed = (name: string) => {
  const host = session.info.hosts.find((one) => one.name === name);
  if (host === undefined) throw new Error(`no ${name}`);
  return host;
};
const ip = (name: string, ...args: string[]): string => {
  const [command = '', ...words] = session.info.enter[hostNamed(name).netns] ?? [];
  return execFileSync(command, [...words, 'ip', '-4', '-N', ...args], { encoding: 'utf8' });
};
/** What bears the agent's number. */
const own = (name: string): string[] =>
  [
    ...ip(name, 'route', 'show', 'table', 'all', 'proto', '213').split('\n'),
    ...ip(name, 'rule', 'show')
      .split('\n')
      .filter((line) => line.includes('proto 213')),
  ]
    .map((line) => line.replaceAll(/\s+/g, ' ').replace(' onlink', '').trim())
    .filter((line) => line !== '');

/** The events of a host, as the shipped command prints them. */
const follow = (name: string): HostEvent[] => {
  const socket = `${session.info.dir}/hosts/${name}/state/events.sock`;
  const reader = spawn(process.execPath, [AGENT, 'events', '--json', '--socket', socket], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  readers.push(reader);
  const events: HostEvent[] = [];
  createInterface({ input: reader.stdout }).on('line', (line) =>
    events.push(hostEventSchema.parse(JSON.parse(line))),
  );
  return events;
};

describe('a group with host routes', () => {
  it('has them on its holder alone, and the event socket tells how it goes', async () => {
    const first = follow('host1');
    const second = follow('host2');
    await session.until('both are heard', () => first.length >= 2 && second.length >= 2);
    expect([own('host1'), own('host2')]).toEqual([HELD, []]);
    expect(first).toMatchObject([
      { event: 'arbiter', answers: true, present: true },
      { event: 'state', group: 'mysql', state: 'MASTER', bound: [VIP], present: true },
    ]);
    await operatorOf(session).order('failover', 'mysql');
    await session.until(
      'the routes have moved',
      () => own('host2').length === HELD.length && own('host1').length === 0,
    );
    expect(own('host2')).toEqual(HELD);
    await session.until('both have told', () => first.length >= 4 && second.length >= 4);
    const told = (events: readonly HostEvent[]): string[] =>
      events.slice(2).map((one) => (one.event === 'state' ? one.state : one.event));
    expect(told(first).toSorted()).toEqual(['BACKUP', 'unbound']);
    expect(told(second)).toEqual(['bound', 'MASTER']);
  });

  it('a killed agent leaves them as it leaves the address; its next run takes both away, and takes its socket over', async () => {
    const { id } = await session.fault({ kind: 'agent', target: 'host2' });
    await session.until('host1 has them', () => own('host1').length === HELD.length);
    expect([own('host1'), own('host2')]).toEqual([HELD, HELD]);
    await session.heal(id);
    await session.until('host2 has let go', () => own('host2').length === 0);
    expect(ip('host2', 'addr', 'show')).not.toContain(VIP);
    const events = follow('host2');
    const backup = (): HostEvent | undefined =>
      events.find((one) => one.event === 'state' && one.state === 'BACKUP');
    await session.until('it is heard again', () => backup() !== undefined);
    expect(backup()).toMatchObject({ group: 'mysql', vips: [VIP], bound: [] });
  });

  it('what another hand takes away is back within seconds', async () => {
    ip('host1', 'route', 'del', '10.77.0.0/16');
    ip('host1', 'rule', 'del', 'from', VIP, 'table', '900');
    await session.until('they are back', () => own('host1').join() === HELD.join());
  });
});
