// Proves which host routes and rules may stand in a file, and that a file without any is what it was before there were any.
import { describe, expect, it } from 'vitest';
import { agentGroupDocument, configHashOf } from '../../../core/wire/compile.ts';
import { agentFileSchema, type GroupFile, keepaloftFileSchema } from '../../../core/wire/config.ts';
import { groupDocument } from '../../../core/wire/group-document.ts';
import { blockIn, holdsBlock } from '../../../core/wire/host-routing.ts';

const VIP = '172.31.0.201';
const A = 'i-0a000000000000001';
const ELASTIC = { address: '203.0.113.7', fabric: 'elastic-ip', allocation: 'eipalloc-0123456789abcdef0' };
const file = (over: object) => ({
  version: 1,
  groups: { g: { vips: [{ address: VIP, fabric: 'secondary-ip' }], members: [{ instance: A }], ...over } },
});
const groupOf = (over: object): GroupFile => {
  const group = keepaloftFileSchema.parse(file(over)).groups['g'];
  if (group === undefined) throw new Error('no group');
  return group;
};
const refusal = (over: object): string | undefined =>
  keepaloftFileSchema.safeParse(file(over)).error?.issues[0]?.message;
const route = { to: '10.0.0.0/8', via: '172.31.0.1' };

describe('host routes and rules', () => {
  it('may stand in a group, and come to its agents as they are', () => {
    const over = {
      hostRoutes: [
        { ...route, src: VIP, metric: 5 },
        { to: 'default', dev: 'eth1', table: 100 },
      ],
      hostRules: [
        { from: VIP, table: 100 },
        { to: '10.1.0.0/16', table: 254, priority: 7 },
      ],
    };
    const group = groupOf(over);
    expect(groupDocument(group)).toMatchObject(over);
    expect(agentGroupDocument(group, A)).toMatchObject(over);
    const agent = {
      version: 1,
      endpoint: 'https://abc.execute-api.us-east-1.amazonaws.com',
      region: 'us-east-1',
      groups: { g: agentGroupDocument(group, A) },
    };
    expect(agentFileSchema.parse(agent).groups['g']).toMatchObject(over);
    expect(configHashOf(group)).not.toBe(configHashOf(groupOf({})));
  });

  it('that are not used are nowhere', () => {
    for (const document of [groupOf({}), groupDocument(groupOf({})), agentGroupDocument(groupOf({}), A)]) {
      expect(Object.keys(document).filter((key) => key.startsWith('host'))).toEqual([]);
    }
  });

  it.each([
    ['a route that leads nowhere', { hostRoutes: [{ to: '10.0.0.0/8' }] }, 'a route needs via, dev or both'],
    ['a gateway on no link', { hostRoutes: [{ ...route, onlink: true }] }, 'onlink needs via and dev'],
    [
      'bits behind the prefix',
      { hostRoutes: [{ ...route, to: '10.0.0.1/8' }] },
      'without bits behind its prefix',
    ],
    [
      'a name for a block',
      { hostRoutes: [{ ...route, to: 'everywhere' }] },
      'default, an address, or a block',
    ],
    ['a source that is no VIP', { hostRoutes: [{ ...route, src: '172.31.0.9' }] }, 'src must be a VIP'],
    [
      'a source that no host binds',
      {
        vips: [ELASTIC, { address: VIP, fabric: 'secondary-ip' }],
        hostRoutes: [{ ...route, src: ELASTIC.address }],
      },
      'src must be a VIP',
    ],
    ['nothing to follow', { vips: [ELASTIC], hostRoutes: [route] }, 'need a VIP that hosts bind'],
    [
      'nothing for rules to follow',
      { vips: [ELASTIC], hostRules: [{ from: VIP, table: 7 }] },
      'need a VIP that hosts',
    ],
    [
      'the same route twice',
      { hostRoutes: [route, { ...route, via: '172.31.0.2', metric: 0 }] },
      'the kernel takes one',
    ],
    [
      'the same rule twice',
      {
        hostRules: [
          { from: VIP, table: 7 },
          { from: `${VIP}/32`, table: 7, priority: 7213 },
        ],
      },
      'twice',
    ],
    ['a rule about nothing', { hostRules: [{ table: 7 }] }, 'a rule needs from, to or both'],
    ['the kernel’s table', { hostRules: [{ from: VIP, table: 255 }] }, "the kernel's own"],
    ['the agent’s table', { hostRoutes: [{ ...route, table: 7213 }] }, "the agent's own"],
    ['a rule behind main', { hostRules: [{ from: VIP, table: 7, priority: 32_766 }] }, '32765'],
    ['an empty list', { hostRoutes: [] }, ''],
  ])('refuses %s', (_what, over, why) => {
    expect(refusal(over)).toContain(why);
  });
});

describe('blocks', () => {
  it.each([
    ['default', { address: '0.0.0.0', bits: 0 }],
    ['10.0.0.5', { address: '10.0.0.5', bits: 32 }],
    ['192.168.128.0/17', { address: '192.168.128.0', bits: 17 }],
    ['192.168.64.0/17', undefined],
    ['10.0.0.0/33', undefined],
    ['10.0.0.0/8/8', undefined],
    ['10.0.0/8', undefined],
    ['fd00::/8', undefined],
  ])('%s', (text, block) => {
    expect(blockIn(text)).toEqual(block);
  });

  it.each([
    ['10.0.0.0/8', '10.1.2.3', true],
    ['default', '10.1.2.3', true],
    ['10.1.2.3', '10.1.2.3', true],
    ['10.1.2.3', '10.1.2.0/24', false],
    ['10.0.0.0/16', '10.1.0.0/24', false],
  ])('%s holds %s: %s', (outer, inner, holds) => {
    const [one, other] = [blockIn(outer), blockIn(inner)];
    expect(one !== undefined && other !== undefined && holdsBlock(one, other)).toBe(holds);
  });
});
