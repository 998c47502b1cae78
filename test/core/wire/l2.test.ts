/** Proves what a VIP that hosts announce themselves may say, that only the lease may fence it, and that silence stays silence. */
import { describe, expect, it } from 'vitest';
import { ANNOUNCE_DEFAULT, announcementOf } from '../../../core/wire/announce.ts';
import { agentGroupDocument, configHashOf } from '../../../core/wire/compile.ts';
import { agentFileSchema, type GroupFile, keepaloftFileSchema } from '../../../core/wire/config.ts';
import { fileOfGroup } from '../../../core/wire/group-document.ts';
import { vipSchema } from '../../../core/wire/names.ts';
import { A, B } from '../fixtures.ts';

const ADDRESS = '192.168.0.100';
const vip = (announce?: object) => ({
  address: ADDRESS,
  fabric: 'l2',
  ...(announce === undefined ? {} : { announce }),
});
const file = (over: object = {}) => ({
  version: 1,
  groups: {
    edge: { vips: [vip()], members: [{ instance: A }, { instance: B }], exclusive: true, ...over },
  },
});
const parse = (over: object = {}): GroupFile => {
  const group = keepaloftFileSchema.parse(file(over)).groups['edge'];
  if (group === undefined) throw new Error('no group');
  return group;
};
const complaintOf = (over: object): string[] =>
  keepaloftFileSchema
    .safeParse(file(over))
    .error?.issues.map(({ path, message }) => `${path.slice(2).join('.')}: ${message}`) ?? [];
const agentFile = (group: object) => ({
  version: 1,
  endpoint: 'https://arbiter.example',
  region: 'us-east-1',
  groups: { edge: group },
});

describe('l2: only the lease keeps hosts apart', () => {
  it('so the group must be exclusive, whatever else it moves, and the message says why', () => {
    const secondary = { address: '172.31.0.201', fabric: 'secondary-ip' };
    const why = [expect.stringMatching(/^exclusive: l2 needs exclusive: true, for a switch delivers/)];
    expect(complaintOf({ exclusive: undefined })).toEqual(why);
    expect(complaintOf({ exclusive: false, vips: [secondary, vip()] })).toEqual(why);
    expect(complaintOf({ vips: [secondary, vip()] })).toEqual([]);
    expect(complaintOf({ exclusive: false, vips: [secondary] })).toEqual([]);
  });

  it('one that observes binds nothing', () => {
    expect(complaintOf({ exclusive: false, mode: 'observe' })).toEqual([]);
  });

  it('the address itself must end: behind nft it would go on answering ARP', () => {
    expect(complaintOf({ kernelExpiry: 'nft' })).toEqual([
      expect.stringMatching(/^kernelExpiry: l2 needs kernelExpiry: address/),
    ]);
  });

  it('an agent refuses a file that says otherwise, too', () => {
    const takes = (over: object) => agentFileSchema.safeParse(agentFile({ vips: [vip()], ...over })).success;
    expect(takes({ exclusive: true })).toBe(true);
    expect(takes({ exclusive: false })).toBe(false);
    expect(takes({ exclusive: true, kernelExpiry: 'nft' })).toBe(false);
    // What it is given of a group that observes: nothing is fenced there, and nothing bound.
    const document = agentGroupDocument(parse({ mode: 'observe' }), A);
    expect(document['exclusive']).toBe(false);
    expect(takes({ ...document, vips: [vip()] })).toBe(true);
  });
});

describe('l2: addresses', () => {
  const complaint = (address: string): string[] =>
    vipSchema.safeParse({ address, fabric: 'l2' }).error?.issues.map(({ message }) => message) ?? [];

  it('are of either protocol, and what is wrong is told in its words', () => {
    expect([complaint(ADDRESS), complaint('2001:db8:0:2::64')]).toEqual([[], []]);
    expect(complaint('192.168.0.300')).toEqual(['an IPv4 address such as 172.31.0.201']);
    expect(complaint('2001:db8:0:2:0:0:0:64')).toEqual([
      'an IPv6 address in its short form of RFC 5952: write 2001:db8:0:2::64',
    ]);
    expect(complaint('fe80::64')).toEqual([expect.stringContaining('fe80::64 is link-local')]);
    expect(complaint('2001::db8::64')).toEqual(['an IPv6 address such as 2001:db8::c9']);
  });
});

describe('l2: announcements', () => {
  it('are keepalived’s unless the file says otherwise', () => {
    expect(announcementOf(undefined)).toEqual({ delayMs: 5000, repeat: 5, refreshMs: 0, refreshRepeat: 1 });
    const { vips } = parse({ vips: [vip({ delay: '1.5s', refresh: '1m', refreshRepeat: 2 })] });
    const announce = vips[0]?.fabric === 'l2' ? vips[0].announce : undefined;
    expect(announcementOf(announce)).toEqual({
      ...ANNOUNCE_DEFAULT,
      delayMs: 1500,
      refreshMs: 60_000,
      refreshRepeat: 2,
    });
  });

  it.each([
    { delay: 5 },
    { delay: '2m' },
    { repeat: 0 },
    { repeat: 21 },
    { refresh: '2h' },
    { refreshRepeat: 1.5 },
    { often: true },
  ])('%j is refused', (announce) => {
    expect(vipSchema.safeParse(vip(announce)).success).toBe(false);
  });

  it('are stored and handed on as they stand, and read back to the same', () => {
    const group = parse({ vips: [vip({ delay: '2s', repeat: 3 })] });
    expect(group.vips).toEqual([vip({ delay: '2s', repeat: 3 })]);
    expect(keepaloftFileSchema.parse(fileOfGroup('edge', group)).groups['edge']).toEqual(group);
    expect(vipSchema.parse(group.vips[0])).toEqual(group.vips[0]);
    const { groups } = agentFileSchema.parse(agentFile(agentGroupDocument(group, A)));
    expect(groups['edge']?.vips).toEqual(group.vips);
  });

  it('that are not written are stored nowhere, and name no other configuration', () => {
    expect(JSON.stringify(agentGroupDocument(parse(), A))).not.toContain('announce');
    expect(configHashOf(parse())).not.toBe(configHashOf(parse({ vips: [vip({ repeat: 4 })] })));
    expect(configHashOf(parse({ vips: [vip({ delay: '1s' })] }))).toBe(
      configHashOf(parse({ vips: [vip({ delay: '1000ms' })] })),
    );
  });
});
