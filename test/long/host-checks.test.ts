// Proves, in a lab, that numbers in files, pings and interfaces decide who holds a group, on real kernels, and that all of them
// recover by themselves.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Session } from '../../lab/session.ts';
import { type DocumentFile, documentFile, members } from '../e2e/lab/document.ts';
import { inside } from '../e2e/lab/inside.ts';

/** Hosts share their files in a lab. This one holds a whole number for each of them, and that it changes harms nobody. */
const NUMBER = '/proc/sys/net/ipv4/tcp_fin_timeout';
/** The third host, which is no member. */
const THIRD = '172.31.0.13';
const QUICK = { interval: '200ms', timeout: '200ms' };

describe('checks of a host', () => {
  let session: Session;
  let config: DocumentFile;
  beforeAll(async () => {
    const group = {
      vips: [{ address: '172.31.0.201', fabric: 'secondary-ip' }],
      members: members(150, 140),
      election: { preempt: true, holdDown: '0s' },
      checks: {
        load: { file: NUMBER, ...QUICK },
        way: { ping: THIRD, count: 4, loss: 75, ...QUICK },
        gate: { ping: 'gateway', count: 2, ...QUICK },
        link: { interface: 'lo', ...QUICK },
      },
    };
    config = documentFile({ version: 1, groups: { mysql: group } });
    session = await Session.open({ config: config.path, hosts: 3 });
    await session.quiet();
  });
  afterAll(async () => {
    await session.close();
    config.remove();
  });

  const host1 = async () => (await session.group()).members.find(({ host }) => host === 'host1');
  const on1 = (...argv: string[]) => inside(session.info, 'host1', ...argv);
  const write = (value: number) => on1('sh', '-c', `echo ${value} > ${NUMBER}`);

  it('a number in a file is added to the priority, and who has more takes over', async () => {
    await session.until('60 are added', async () => (await host1())?.priority === 210);
    await write(5);
    await session.until('host2 holds', async () => (await session.group()).holderHost === 'host2');
    expect(await host1()).toMatchObject({ priority: 155, health: 'ok' });
    await write(60);
    await session.until('host1 holds', async () => (await session.group()).holderHost === 'host1');
    await session.quiet();
  });

  it.each([
    ['way', ['ip', 'route', 'add', 'blackhole', THIRD], ['ip', 'route', 'del', 'blackhole', THIRD]],
    ['link', ['ip', 'link', 'set', 'lo', 'down'], ['ip', 'link', 'set', 'lo', 'up']],
  ])('%s: in FAULT while it fails, and well again by itself', async (_name, there, back) => {
    await on1(...there);
    await session.until('host2 holds', async () => (await session.group()).holderHost === 'host2');
    expect(await host1()).toMatchObject({ health: 'fault' });
    await on1(...back);
    await session.until('host1 holds again', async () => (await session.group()).holderHost === 'host1');
    await session.quiet();
  });
});
