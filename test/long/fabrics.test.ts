// Proves that routes and Elastic IPs, alone and together, across availability zones, move as secondary addresses do: shipped
// Lambdas and agents, the EC2 wire protocol, packets through the route tables and the internet gateway of the lab.
import { EC2Client, ReplaceRouteCommand } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findProgram } from '../../lab/net/exec.ts';
import { bestStandbyHost, Session } from '../../lab/session.ts';
import { type DocumentFile, documentFile, members } from '../e2e/lab/document.ts';

const OVERLAY = '10.99.0.1';
const PUBLIC = '203.0.113.5';
const PRIVATE = '172.31.0.201';
const TABLES = ['rtb-00000000000000001', 'rtb-00000000000000002'];
const ALLOCATION = 'eipalloc-00000000000000001';
const route = { address: OVERLAY, fabric: 'route', tables: TABLES.slice(0, 1) };
const elasticIp = { address: PUBLIC, fabric: 'elastic-ip', allocation: ALLOCATION };
const checks = { service: { tcp: '127.0.0.1:8080', fall: 2, rise: 2 } };
const nft = findProgram('nft');
const without = nft === null ? ' (needs nft: apt-get install nftables)' : '';

const FAULTS = {
  dies: 'kill',
  'is cut off from everything': 'cut-host',
  'has lost its service': 'service',
  freezes: 'freeze',
} as const;

interface Layout {
  readonly name: string;
  readonly vips: readonly object[];
  readonly group?: object;
  readonly faults: readonly (keyof typeof FAULTS)[];
  readonly also: readonly ('drift' | 'blackout')[];
}
const layouts: readonly Layout[] = [
  { name: 'a route, across zones', vips: [route], faults: ['dies'], also: ['drift', 'blackout'] },
  {
    name: 'a route and an Elastic IP, across zones',
    vips: [route, elasticIp],
    faults: ['dies', 'is cut off from everything', 'has lost its service', 'freezes'],
    also: ['blackout'],
  },
  {
    name: 'a secondary address and the Elastic IP on it',
    vips: [
      { address: PRIVATE, fabric: 'secondary-ip' },
      { ...elasticIp, private: PRIVATE },
    ],
    faults: ['dies', 'has lost its service'],
    also: ['blackout'],
  },
  {
    name: 'routes in two tables, fenced by the lease',
    vips: [{ ...route, tables: TABLES }],
    group: { exclusive: true },
    faults: ['dies', 'is cut off from everything'],
    also: ['drift'],
  },
];

describe.skipIf(nft === null).each(layouts)(`$name${without}`, ({ vips, group, faults, also }) => {
  let session: Session;
  let config: DocumentFile;
  beforeAll(async () => {
    config = documentFile({
      version: 1,
      groups: { overlay: { vips, members: members(200, 150, 100), checks, ...group } },
    });
    session = await Session.open({ config: config.path });
    await session.quiet();
  });
  afterAll(async () => {
    await session.close();
    config.remove();
  });

  const owners = async (): Promise<(string | null)[]> =>
    (await session.group()).vips.map(({ owner }) => owner);

  it.each(faults)('a holder that %s is replaced once by the best standby, for every VIP', async (what) => {
    const before = await session.group();
    const expected = bestStandbyHost(before);
    const { moves, reports } = await session.observe(async (watch) => {
      await session.fault({ kind: FAULTS[what], target: before.holderHost ?? '' });
      await session.until('the best standby serves', () => watch.owner() === expected);
      await session.until('every VIP is there', async () =>
        (await owners()).every((owner) => owner === expected),
      );
      await session.heal();
      await session.quiet();
    });
    expect(moves).toBe(1);
    expect(reports.map((report) => report.owners.at(-1)?.host)).toEqual(vips.map(() => expected));
  });

  it.runIf(also.includes('drift'))('what another hand moves is moved back', async () => {
    const ec2 = new EC2Client({
      region: 'us-east-1',
      endpoint: session.info.endpoints.ec2,
      credentials: {
        accessKeyId: session.info.env['AWS_ACCESS_KEY_ID'] ?? '',
        secretAccessKey: session.info.env['AWS_SECRET_ACCESS_KEY'] ?? '',
      },
    });
    // A fresh commit: where no member sees the VIPs, the fabric is looked at after it.
    await session.run([{ kind: 'agent', target: 'holder' }], 0);
    await session.heal();
    await session.quiet();
    const { holder, repairs } = await session.group();
    const other = session.info.hosts.find(({ instanceId }) => instanceId !== holder);
    await ec2.send(
      new ReplaceRouteCommand({
        RouteTableId: TABLES[0],
        DestinationCidrBlock: `${OVERLAY}/32`,
        NetworkInterfaceId: other?.eni,
      }),
    );
    ec2.destroy();
    await session.until('it was moved back', async () => (await session.group()).repairs > repairs);
    await session.quiet();
    expect((await session.group()).repairs).toBe(repairs + 1);
  });

  it.runIf(also.includes('blackout'))(
    'an arbiter that is away moves nothing, and an agent that restarts then serves on',
    async () => {
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
    },
  );
});
