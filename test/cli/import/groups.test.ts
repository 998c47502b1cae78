// Proves that instances of a sync group become one group, with their checks and hooks, and that what disagrees is told.
import { describe, expect, it } from 'vitest';
import { checkNameFor, groupNameFor } from '../../../cli/import/names.ts';
import { ALL_WORDS, groupsIn, imported, instance, lineOf } from './world.ts';

const two = (a = '', b = ''): string => instance(a, 'VI_1', '10.0.0.9') + instance(b, 'VI_2', '10.0.1.9');
const sync = (lines = ''): string => `vrrp_sync_group G1 {\ngroup {\nVI_1\nVI_2\n}\n${lines}\n}\n`;
const HARMLESS = '#!/bin/sh\nlogger "$@"\n';

describe('a sync group', () => {
  it('is one group of all VIPs', () => {
    const result = imported(
      `${sync()}${two('priority 150', 'priority 150')}${instance('', 'VI_3', '10.0.2.9')}`,
    );
    const groups = groupsIn(result);
    expect(Object.keys(groups)).toEqual(['g1', 'vi-3']);
    expect(groups['g1']).toMatchObject({
      vips: [{ address: '10.0.0.9' }, { address: '10.0.1.9' }],
      members: [{ priority: 150 }, {}],
    });
    expect(lineOf(result, 'vrrp_instance VI_2 {').notes).toEqual(['part of G1']);
  });

  it('has an older form, with the names in it', () => {
    expect(Object.keys(groupsIn(imported(`vrrp_sync_group G1 {\nVI_1\nVI_2\n}\n${two()}`)))).toEqual(['g1']);
  });

  it('whose instances disagree takes the first, and says so', () => {
    const result = imported(
      `${sync()}${two('priority 150\nadvert_int 2\nnopreempt', 'priority 100\nadvert_int 1')}`,
    );
    expect(groupsIn(result)['g1']).toMatchObject({
      members: [{ priority: 150 }, {}],
      timing: { heartbeat: 2000 },
      election: { preempt: false },
    });
    expect(lineOf(result, 'priority 100')).toMatchObject({
      verdict: 'human',
      notes: ['the instances of a group must agree: that of VI_1 is written, 150'],
    });
    expect(lineOf(result, 'advert_int 1').verdict).toBe('human');
  });

  it('has its instances’ checks without weight, as in keepalived, and its own with it', () => {
    const scripts =
      'vrrp_script a {\nscript "killall -0 a"\nweight -5\n}\nvrrp_script b {\nscript "killall -0 b"\nweight -6\n}\n';
    const result = imported(
      `${scripts}${sync('track_script {\nb weight -7\n}')}${two('track_script {\na\n}', 'track_script {\na weight -4\nb\n}')}`,
    );
    expect(groupsIn(result)['g1']?.checks).toMatchObject({
      a: { process: 'a', weight: 0 },
      b: { process: 'b', weight: -7 },
    });
    expect(lineOf(result, 'a weight -4').notes).toContain(
      'in a sync group keepalived takes the weight for 0, and so it is written',
    );
  });

  it('has one hook a state: its own, then the first instance’s', () => {
    const files = { '/opt/a': HARMLESS, '/opt/b': HARMLESS };
    const result = imported(
      `${sync('notify_master /opt/a')}${two('notify_master "/opt/b"\nnotify_backup /opt/a', 'notify_backup "/opt/a"')}`,
      { files },
    );
    const place = '/etc/keepaloft/hooks.d/a';
    expect(groupsIn(result)['g1']?.hooks).toMatchObject({ onMaster: [place], onBackup: [place] });
    expect(lineOf(result, 'notify_master "/opt/b"').verdict).toBe('human');
    expect(lineOf(result, 'notify_backup "/opt/a"').verdict).toBe('mapped');
  });

  it('of instances that are not there, or in another group, says so', () => {
    const result = imported(`${sync()}vrrp_sync_group G2 {\ngroup {\nVI_2 \nVI_9\n}\n}\n${two()}`);
    expect(lineOf(result, 'VI_9').verdict).toBe('human');
    expect(lineOf(result, 'vrrp_sync_group G2 {').verdict).toBe('human');
    expect(Object.keys(groupsIn(result))).toEqual(['g1']);
  });

  it('moves by the scripts of its instances', () => {
    const files = { '/opt/r': 'aws ec2 replace-route --route-table-id rtb-0123456789abcdef0' };
    const { groups } = imported(`${sync()}${two('notify_master /opt/r')}`, { files, words: ALL_WORDS });
    expect(groups[0]?.vips.map(({ fabric }) => fabric)).toEqual(['route', 'route']);
  });
});

describe('bounds', () => {
  it('a group has at most 16 VIPs and 16 checks, and a file 32 groups', () => {
    const addresses = Array.from({ length: 17 }, (_, index) => `10.0.2.${index}`);
    const scripts = Array.from({ length: 17 }, (_, index) => `c${index}`);
    const text = `${scripts.map((name) => `vrrp_script ${name} {\nscript "killall -0 ${name}"\n}`).join('\n')}
vrrp_instance VI {\nvirtual_ipaddress {\n${addresses.join('\n')}\n}\ntrack_script {\n${scripts.join('\n')}\n}\n}\n`;
    const result = imported(text);
    expect(groupsIn(result)['vi']?.vips).toHaveLength(16);
    expect(Object.keys(groupsIn(result)['vi']?.checks ?? {})).toHaveLength(16);
    expect(lineOf(result, '10.0.2.16').verdict).toBe('human');
    expect(lineOf(result, 'c16').verdict).toBe('human');
    const many = imported(
      Array.from({ length: 33 }, (_, index) => instance('', `V${index}`, `10.0.3.${index}`)).join(''),
    );
    expect(Object.keys(groupsIn(many))).toHaveLength(32);
    expect(lineOf(many, 'vrrp_instance V32 {').verdict).toBe('human');
  });

  it.each([
    ['VI_1', 'vi-1'],
    ['1-Über Group!', 'ber-group'],
    ['___', 'group'],
    ['x'.repeat(40), 'x'.repeat(32)],
  ])('a group %s is called %s', (name, called) => {
    expect(groupNameFor(name, new Set())).toBe(called);
  });

  it('names are told apart by a number, within their length', () => {
    expect(groupNameFor('VI-1', new Set(['vi-1', 'vi-1-2']))).toBe('vi-1-3');
    expect(groupNameFor('x'.repeat(40), new Set(['x'.repeat(32)]))).toBe(`${'x'.repeat(30)}-2`);
    expect(checkNameFor('9 lives', new Set())).toBe('lives');
    expect(checkNameFor('chk', new Set(['chk']))).toBe('chk-2');
  });
});
