/** Proves that peer detection is one word of the configuration, which reaches arbiter and agent and is nowhere when it is not used. */
import { describe, expect, it } from 'vitest';
import { agentGroupDocument, compileGroup, configHashOf } from '../../../core/wire/compile.ts';
import { agentFileSchema, type GroupFile, keepaloftFileSchema } from '../../../core/wire/config.ts';
import { groupDocument } from '../../../core/wire/group-document.ts';
import { groupReportSchema } from '../../../core/wire/heartbeat.ts';
import { groupConfigSchema } from '../../../core/wire/item.ts';
import { A, B, C, ENI, report, VIP } from '../fixtures.ts';

const file = (over: object) => ({
  version: 1,
  groups: {
    mysql: {
      vips: [{ address: VIP, fabric: 'secondary-ip' }],
      members: [{ instance: A }, { instance: B }],
      ...over,
    },
  },
});
const groupOf = (over: object): GroupFile => {
  const { mysql } = keepaloftFileSchema.parse(file(over)).groups;
  if (mysql === undefined) throw new Error('no group');
  return mysql;
};
const whyNot = (over: object): string =>
  keepaloftFileSchema.safeParse(file(over)).error?.issues[0]?.message ?? '';

const watching = { peerDetection: { interval: '100ms', multiplier: 5 } };
const members = {
  [A]: { eni: ENI[A], address: '172.31.0.11' },
  [B]: { eni: ENI[B], address: '172.31.0.12' },
};

describe('peer detection in a file', () => {
  it('has defaults, and leaves all others as they are', () => {
    expect(groupOf({ peerDetection: {} }).peerDetection).toEqual({ interval: 50, multiplier: 3 });
    expect(groupOf({ ...watching, timing: { heartbeat: '10s' } }).timing.lease).toBe(30_000);
  });

  it.each([
    ['an interval below 20 ms', { interval: '19ms' }],
    ['one above a second', { interval: '1001ms' }],
    ['a single packet', { multiplier: 1 }],
    ['more than fifty', { multiplier: 51, interval: '20ms' }],
    ['more than three seconds in all', { interval: '1s', multiplier: 4 }],
    ['an unknown word', { intervall: '50ms' }],
  ])('is refused with %s', (_, peerDetection) => {
    expect(keepaloftFileSchema.safeParse(file({ peerDetection })).success).toBe(false);
  });

  it('up to three seconds in all are taken', () => {
    expect(groupOf({ peerDetection: { interval: '1s', multiplier: 3 } }).peerDetection?.multiplier).toBe(3);
  });

  it('is refused in an exclusive group, with the reason', () => {
    expect(whyNot({ ...watching, exclusive: true })).toContain('does not prove that the holder has let go');
  });

  it('is absent everywhere when it is not used', () => {
    const plain = groupOf({});
    expect(plain).not.toHaveProperty('peerDetection');
    expect(groupDocument(plain)).not.toHaveProperty('peerDetection');
    expect(compileGroup('mysql', plain, members)).not.toHaveProperty('peerDetection');
    expect(Object.keys(agentGroupDocument(plain, A, members))).not.toEqual(
      expect.arrayContaining(['peerDetection']),
    );
    expect(agentGroupDocument(plain, A, members)).not.toHaveProperty('peers');
  });

  it('is part of what a configuration is called', () => {
    expect(configHashOf(groupOf(watching))).not.toBe(configHashOf(groupOf({})));
  });
});

describe('peer detection on its way', () => {
  it('a document parses to the same group again', () => {
    const group = groupOf(watching);
    expect(
      keepaloftFileSchema.parse({ version: 1, groups: { mysql: groupDocument(group) } }).groups['mysql'],
    ).toEqual(group);
  });

  it('the arbiter stores how long a beat must stand still by', () => {
    const config = compileGroup('mysql', groupOf(watching), members);
    expect(config.peerDetection).toEqual({ intervalMs: 100, multiplier: 5 });
    expect(groupConfigSchema.parse(JSON.parse(JSON.stringify(config)))).toEqual(config);
  });

  it('an agent is told of the other members and where they are, as far as that is known', () => {
    const document = agentGroupDocument(groupOf(watching), A, members);
    expect(document['peers']).toEqual([{ node: B, address: '172.31.0.12' }]);
    expect(agentGroupDocument(groupOf(watching), A)['peers']).toEqual([]);
    const agent = agentFileSchema.parse({
      version: 1,
      endpoint: 'https://abc.execute-api.us-east-1.amazonaws.com',
      region: 'us-east-1',
      groups: { mysql: document },
    });
    expect(agent.groups['mysql']).toMatchObject({
      peerDetection: { interval: 100, multiplier: 5 },
      peers: [{ node: B, address: '172.31.0.12' }],
    });
  });

  it('a heartbeat says where at most eight sessions stand', () => {
    const peers = { [B]: { state: 'up' }, [C]: { state: 'down', loss: 2 } };
    expect(groupReportSchema.parse({ ...report(), peers }).peers).toEqual(peers);
    const nodes = Array.from({ length: 9 }, (_, index) => `i-0000000000000000${index}`);
    const many = Object.fromEntries(nodes.map((node) => [node, { state: 'up' }]));
    expect(groupReportSchema.safeParse({ ...report(), peers: many }).success).toBe(false);
    expect(groupReportSchema.safeParse({ ...report(), peers: { [B]: { state: 'dead' } } }).success).toBe(
      false,
    );
  });
});
