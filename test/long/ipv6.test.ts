// Proves that an IPv6 address moves as a secondary one does, although EC2 needs two calls for it: shipped Lambdas and agents, the EC2
// wire protocol, IPv6 packets through the lab's fabric. And that whoever dies between the two calls costs seconds, not the address.
import { EC2Client, UnassignIpv6AddressesCommand } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bestStandbyHost, Session } from '../../lab/session.ts';
import { type DocumentFile, documentFile, members } from '../e2e/lab/document.ts';
import { ipv6Refusal } from './ipv6/refusal.ts';

const VIP = '2001:db8:0:1::c9';
const refusal = ipv6Refusal();
const because = refusal === undefined ? '' : `: ${refusal}`;
const checks = { service: { tcp: '127.0.0.1:8080', fall: 2, rise: 2 } };

const opened = async (group: object): Promise<{ session: Session; config: DocumentFile }> => {
  const vips = [{ address: VIP, fabric: 'ipv6' }];
  const config = documentFile({
    version: 1,
    groups: { six: { vips, members: members(200, 150, 100), checks, ...group } },
  });
  const session = await Session.open({ config: config.path });
  await session.quiet();
  return { session, config };
};

const replaced = async (session: Session, kind: 'kill' | 'cut-host' | 'service'): Promise<void> => {
  const before = await session.group();
  const expected = bestStandbyHost(before);
  const { moves, reports } = await session.observe(async (watch) => {
    await session.fault({ kind, target: before.holderHost ?? '' });
    await session.until('the best standby serves', () => watch.owner() === expected);
    await session.heal();
    await session.quiet();
  });
  expect(moves).toBe(1);
  expect(reports.map((report) => report.owners.at(-1)?.host)).toEqual([expected]);
};

describe.skipIf(refusal !== undefined)(`an IPv6 address${because}`, () => {
  let session: Session;
  let config: DocumentFile;
  beforeAll(async () => {
    ({ session, config } = await opened({}));
  });
  afterAll(async () => {
    await session.close();
    config.remove();
  });
  const owner = async (): Promise<string | null> => (await session.group()).vips[0]?.owner ?? null;

  it.each(['kill', 'service'] as const)('a holder with %s is replaced once by the best standby', (kind) =>
    replaced(session, kind),
  );

  it('an order that ends between its two calls leaves it nowhere, and the next one gives it', async () => {
    const before = await session.group();
    const expected = bestStandbyHost(before);
    const { moves } = await session.observe(async (watch) => {
      const error = await session.fault({ kind: 'ec2-error', target: 'AssignIpv6Addresses' });
      await session.fault({ kind: 'kill', target: before.holderHost ?? '' });
      await session.until('it is nowhere', async () => (await owner()) === null);
      const from = await session.mark();
      // The order that took it is over: nobody has the right to go on but a new attempt.
      await session.until('the order has failed', async () =>
        (await session.journal(from)).some(({ kind }) => kind === 'move-failed'),
      );
      await session.heal(error.id);
      await session.until('the best standby serves', () => watch.owner() === expected);
      await session.heal();
      await session.quiet();
    });
    expect(moves).toBe(1);
    expect(await owner()).toBe(expected);
  });

  it('what another hand takes away is given back', async () => {
    const { repairs, holder, holderHost } = await session.group();
    const ec2 = new EC2Client({
      region: 'us-east-1',
      endpoint: session.info.endpoints.ec2,
      credentials: {
        accessKeyId: session.info.env['AWS_ACCESS_KEY_ID'] ?? '',
        secretAccessKey: session.info.env['AWS_SECRET_ACCESS_KEY'] ?? '',
      },
    });
    const eni = session.info.hosts.find(({ instanceId }) => instanceId === holder)?.eni;
    await ec2.send(new UnassignIpv6AddressesCommand({ NetworkInterfaceId: eni, Ipv6Addresses: [VIP] }));
    ec2.destroy();
    await session.until('it was given back', async () => (await session.group()).repairs > repairs);
    await session.quiet();
    expect([(await session.group()).repairs, await owner()]).toEqual([repairs + 1, holderHost]);
  });

  it('an arbiter that is away moves nothing, and an agent that restarts then serves on', async () => {
    const { holderHost } = await session.group();
    const { moves, lost } = await session.observe(async () => {
      const blackout = await session.fault({ kind: 'cut-arbiter', target: 'all' });
      const fault = await session.fault({ kind: 'agent', target: holderHost ?? '' });
      await session.heal(fault.id);
      const from = await session.mark();
      await session.until('the agent looks after its group again', async () =>
        (await session.journal(from)).some((entry) => entry.kind === 'beat' || entry.kind === 'agent'),
      );
      await session.heal(blackout.id);
      await session.quiet();
    });
    expect({ moves, lost }).toEqual({ moves: 0, lost: 0 });
  });
});

describe.skipIf(refusal !== undefined)(`an IPv6 address that the lease fences${because}`, () => {
  it('ends with its lease on a holder that is cut off, and goes to the best standby', async () => {
    const { session, config } = await opened({ exclusive: true, timing: { heartbeat: '500ms' } });
    try {
      await replaced(session, 'cut-host');
    } finally {
      await session.close();
      config.remove();
    }
  });
});
