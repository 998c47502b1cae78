// Proves how members may be written, what lets an instance in, and that what was let in never reaches a document.
import { describe, expect, it } from 'vitest';
import { keepaloftFileSchema } from '../../../core/wire/config.ts';
import { fileOfGroup } from '../../../core/wire/group-document.ts';
import { selectorFor, selectorName } from '../../../core/wire/members.ts';
import { A, B, VIP } from '../fixtures.ts';

const parse = (members: unknown) =>
  keepaloftFileSchema.safeParse({
    version: 1,
    groups: { mysql: { vips: [{ address: VIP, fabric: 'secondary-ip' }], members } },
  });
const groupOf = (members: unknown) => {
  const group = parse(members).data?.groups['mysql'];
  if (group === undefined) throw new Error('refused');
  return group;
};
const DB = { tag: { role: 'db' } };

describe('members', () => {
  it('are instances, and what lets others in, each with its priority', () => {
    const group = groupOf([{ ...DB, priority: 7 }, { instance: A }, { autoScalingGroup: 'web' }]);
    expect(group.members).toEqual([{ instance: A, priority: 100 }]);
    expect(group.select).toEqual([
      { tag: { role: 'db' }, priority: 7 },
      { autoScalingGroup: 'web', priority: 100 },
    ]);
  });

  it('one alone needs no list', () => {
    expect(groupOf(DB)).toEqual(groupOf([DB]));
    expect(groupOf({ instance: A })).toEqual(groupOf([{ instance: A }]));
  });

  it('without a selector are as they always were: no key more', () => {
    expect(Object.keys(groupOf([{ instance: A }]))).not.toContain('select');
  });

  it.each<[string, unknown, string]>([
    ['nobody', [], 'groups.mysql.members'],
    ['nothing', undefined, 'groups.mysql.members'],
    ['the same tag twice', [DB, { ...DB, priority: 7 }], 'groups.mysql.members'],
    ['the same instance twice', [{ instance: A }, { instance: A, priority: 1 }], 'groups.mysql.members'],
    ['a tag without a key', { tag: {} }, 'groups.mysql.members.0.tag'],
    ['a name with a colon', { autoScalingGroup: 'a:b' }, 'groups.mysql.members.0.autoScalingGroup'],
    ['an instance with a tag', { instance: A, ...DB }, 'groups.mysql.members.0'],
    ['an instance that was let in', [{ instance: A, enrolled: true }], 'groups.mysql.members.0'],
  ])('%s: refused', (_, members, place) => {
    const issues = parse(members).error?.issues ?? [];
    expect(issues.map(({ path }) => path.join('.'))).toContain(place);
  });

  it('who was let in is in no document', () => {
    const group = groupOf([{ instance: A }, DB]);
    const full = {
      ...group,
      members: [...group.members, { instance: B, priority: 9, enrolled: true as const }],
    };
    expect(fileOfGroup('mysql', full)).toEqual(fileOfGroup('mysql', group));
  });
});

describe('a selector', () => {
  const { select } = groupOf([{ tag: { role: 'db', team: 'x' } }, { autoScalingGroup: 'web' }]);

  it('is met by all of its tags, or by the group that EC2 itself notes', () => {
    expect(selectorFor(select, { role: 'db', team: 'x', more: '1' })).toBe(select?.[0]);
    expect(selectorFor(select, { 'aws:autoscaling:groupName': 'web' })).toBe(select?.[1]);
    expect(selectorFor(select, { role: 'db' })).toBeUndefined();
    expect(selectorFor(select, { 'aws:autoscaling:groupName': 'web2', groupName: 'web' })).toBeUndefined();
    expect(selectorFor(undefined, { role: 'db' })).toBeUndefined();
  });

  it('has a name for people', () => {
    expect(select?.map(selectorName)).toEqual(['tag role=db and tag team=x', 'Auto Scaling group web']);
  });
});
