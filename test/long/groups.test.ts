// Proves that two groups on the same hosts have holders of their own, and that what moves one leaves the other alone.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Session } from '../../lab/session.ts';
import { type DocumentFile, documentFile, members } from '../e2e/lab/document.ts';

const tcp = '127.0.0.1:8080';
const document = {
  version: 1,
  groups: {
    mysql: {
      vips: [{ address: '172.31.0.201', fabric: 'secondary-ip' }],
      members: members(200, 150, 100),
      checks: { service: { tcp, fall: 2, rise: 2 } },
    },
    redis: {
      vips: [{ address: '172.31.0.202', fabric: 'secondary-ip' }],
      members: members(100, 150, 200),
      // Without its service a member of this group is worth less, but it is not in FAULT.
      checks: { service: { tcp, fall: 2, rise: 2, weight: -120 } },
    },
  },
};

describe('two groups on three hosts', () => {
  let session: Session;
  let config: DocumentFile;
  beforeAll(async () => {
    config = documentFile(document);
    session = await Session.open({ config: config.path });
    await session.quiet();
  });
  afterAll(async () => {
    await session.close();
    config.remove();
  });

  const holders = async () => {
    const { groups } = await session.status();
    return Object.fromEntries(groups.map((group) => [group.name, group.holderHost]));
  };

  it('are held by the best member of each', async () => {
    expect(await holders()).toEqual({ mysql: 'host1', redis: 'host3' });
  });

  it('move apart: a dead service degrades the holder of one, and the other does not notice', async () => {
    const { mysql, redis } = await session.observeAll(async () => {
      await session.fault({ kind: 'service', target: 'host3' });
      await session.until('redis has moved', async () => (await holders())['redis'] !== 'host3');
      await session.heal();
      await session.quiet();
    });
    expect(redis?.transfers).toMatchObject([{ reason: 'degraded' }]);
    expect(mysql).toMatchObject({ moves: 0, transfers: [], lost: 0 });
    expect(await holders()).toEqual({ mysql: 'host1', redis: 'host2' });
  });

  it('move apart: a dead host costs only the group that it held', async () => {
    const { mysql, redis } = await session.observeAll(async (watch) => {
      await session.fault({ kind: 'kill', target: 'host1' });
      await session.until('mysql is served by host2', () => watch.owner() === 'host2');
      await session.heal();
      await session.quiet();
    });
    expect(mysql?.transfers).toMatchObject([{ reason: 'silence' }]);
    expect(redis).toMatchObject({ moves: 0, transfers: [], lost: 0 });
  });

  it('both leave a host that holds both and dies, each once', async () => {
    expect(await holders()).toEqual({ mysql: 'host2', redis: 'host2' });
    const seen = await session.observeAll(async () => {
      await session.fault({ kind: 'kill', target: 'host2' });
      await session.until('both have moved', async () => !Object.values(await holders()).includes('host2'));
      await session.heal();
      await session.quiet();
    });
    expect(Object.values(seen).map(({ moves }) => moves)).toEqual([1, 1]);
    expect(await holders()).toEqual({ mysql: 'host1', redis: 'host3' });
  });
});
