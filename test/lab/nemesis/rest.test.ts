// Proves that a lab counts as at rest only when the arbiter, the kernels, the fabric and the client all say the same.
import { describe, expect, it } from 'vitest';
import type { LabStatus } from '../../../lab/control/types.ts';
import { type KernelView, missingForRest, SERVED_MS, SETTLED_MS } from '../../../lab/nemesis/rest.ts';
import type { Sight } from '../../../lab/scenario/watch.ts';

type Group = LabStatus['groups'][number];
type Member = Group['members'][number];

const vip = '172.31.0.201';
const nowMs = 100_000;
const member = (host: string, state: Member['state']): Member => ({
  node: `i-${host}`,
  host,
  state,
  priority: 100,
  health: 'ok',
  beat: '1:1',
  ageMs: 10,
  bound: state === 'MASTER',
  inFabric: state === 'MASTER',
});
const group: Group = {
  name: 'mysql',
  epoch: 7,
  phase: 'held',
  holder: 'i-host1',
  holderHost: 'host1',
  reason: 'first',
  repairs: 0,
  vips: [{ address: vip, fabric: 'secondary-ip', owner: 'host1' }],
  members: [member('host1', 'MASTER'), member('host2', 'BACKUP')],
};
const kernel = (bound: string[], owner: string | null): KernelView => ({
  hearsBinding: (address) => address === vip,
  hearsRoute: (address) => address === vip,
  boundOn: () => bound,
  ownerOf: () => owner,
});
const sight: Sight = { vip, owner: 'host1', steadySinceMs: nowMs - SERVED_MS, answered: 1, lost: 0 };

const missing = (
  change: { group?: Partial<Group>; kernel?: KernelView; sight?: Partial<Sight>; healedMs?: number } = {},
): string =>
  missingForRest(
    { groups: [{ ...group, ...change.group }] },
    change.kernel ?? kernel(['host1'], 'host1'),
    [{ ...sight, ...change.sight }],
    { nowMs, healedMs: change.healedMs ?? nowMs - SETTLED_MS },
  );

describe('a lab at rest', () => {
  it('misses nothing', () => {
    expect(missing()).toBe('');
  });

  it('is none right after the healing: what another hand asked of EC2 may be on its way', () => {
    expect(missing({ healedMs: nowMs - SETTLED_MS + 1 })).toBe('everything has just been healed');
  });

  it.each([SETTLED_MS + 1, -SETTLED_MS - 1, null])(
    'misses a word of the holder since then (age %s)',
    (ageMs) => {
      const [holder, standby] = [{ ...member('host1', 'MASTER'), ageMs }, member('host2', 'BACKUP')];
      expect(missing({ group: { members: [holder, standby] } })).toBe('host1 has not been heard of since');
    },
  );

  it.each<[string, Parameters<typeof missing>[0], RegExp]>([
    ['a group that is moving', { group: { phase: 'moving' } }, /mysql is moving/],
    ['a group without a holder', { group: { holder: null, holderHost: null } }, /mysql is held/],
    [
      'two MASTERs',
      { group: { members: [member('host1', 'MASTER'), member('host2', 'MASTER')] } },
      /2 MASTERs/,
    ],
    [
      'a silent member',
      { group: { members: [member('host1', 'MASTER'), member('host2', 'SILENT')] } },
      /host2 is SILENT/,
    ],
    [
      'a member in FAULT',
      { group: { members: [member('host1', 'MASTER'), { ...member('host2', 'BACKUP'), health: 'fault' }] } },
      /health fault/,
    ],
    [
      'a standby that reports it bound',
      { group: { members: [member('host1', 'MASTER'), { ...member('host2', 'BACKUP'), bound: true }] } },
      /host2 reports mysql bound/,
    ],
    ['a VIP that no kernel has', { kernel: kernel([], 'host1') }, /bound on no host/],
    ['a VIP that two kernels have', { kernel: kernel(['host1', 'host2'], 'host1') }, /host1,? ?and host2/],
    ['a fabric that delivers elsewhere', { kernel: kernel(['host1'], 'host2') }, /to host2/],
    [
      'an Elastic IP, of which no kernel knows, that the gateway translates to another host',
      { group: { vips: [...group.vips, { address: '203.0.113.5', fabric: 'elastic-ip', owner: 'host2' }] } },
      /delivers 203\.0\.113\.5 to host2/,
    ],
    ['a client that another host answers', { sight: { owner: 'host2' } }, /answered by host2/],
    [
      'a client that has only just been served again',
      { sight: { steadySinceMs: nowMs - 10 } },
      /not answered steadily/,
    ],
  ])('misses something with %s', (_, change, words) => {
    expect(missing(change)).toMatch(words);
  });
});
