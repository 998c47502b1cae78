// Proves that a notify script becomes a hook, or, where it moves an address of a cloud, the group's fabric and never a hook.
import { describe, expect, it } from 'vitest';
import { movesIn } from '../../../cli/import/moves.ts';
import { ALL_WORDS, FEW_WORDS, type Given, groupsIn, imported, instance, lineOf } from './world.ts';

const HARMLESS = '#!/bin/sh\nlogger "$@"\n';
const notified = (lines: string, given: Given = {}) => imported(instance(lines), given);

describe('a notify script', () => {
  it('becomes the hook of its state, in the place that agents run from', () => {
    const result = notified(
      'notify_master "/opt/n.sh up \'a b\'"\nnotify_backup /opt/n.sh root\nnotify_fault "/bin/sh /opt/n.sh"\nnotify_stop /opt/n.sh\nnotify /opt/all.sh',
      { files: { '/opt/n.sh': HARMLESS, '/opt/all.sh': HARMLESS } },
    );
    expect(groupsIn(result)['vi-1']?.hooks).toMatchObject({
      onMaster: ['/etc/keepaloft/hooks.d/n.sh', 'up', 'a b'],
      onBackup: ['/etc/keepaloft/hooks.d/n.sh'],
      onFault: ['/etc/keepaloft/hooks.d/n.sh'],
      onStop: ['/etc/keepaloft/hooks.d/n.sh'],
      notify: ['/etc/keepaloft/hooks.d/all.sh'],
    });
    expect(result.lines.filter(({ verdict }) => verdict === 'human')).toEqual([]);
    expect(result.programs).toEqual([
      { from: '/opt/n.sh', to: '/etc/keepaloft/hooks.d/n.sh' },
      { from: '/opt/all.sh', to: '/etc/keepaloft/hooks.d/all.sh' },
    ]);
  });

  it('that is not here is written, and left to be looked at', () => {
    const result = notified('notify_master /opt/n.sh');
    expect(groupsIn(result)['vi-1']?.hooks.onMaster).toEqual(['/etc/keepaloft/hooks.d/n.sh']);
    expect(lineOf(result, 'notify_master /opt/n.sh')).toMatchObject({ verdict: 'human' });
  });

  it.each([
    ['notify_master "/opt/n.sh | tee /tmp/x"', 'it needs a shell'],
    ['notify_master n.sh', 'named absolutely'],
    ['notify_master "/opt/n.sh --token=abc"', 'a secret'],
  ])('%s: no hook', (line, why) => {
    const result = notified(line, { files: { '/opt/n.sh': HARMLESS } });
    expect(groupsIn(result)['vi-1']?.hooks.onMaster).toBeUndefined();
    expect(result.lines.find(({ text }) => text.startsWith('notify_master'))?.notes.join()).toContain(why);
  });

  it.each([
    ['notify_master /opt/n.sh MASTER', "keepalived takes MASTER for a user's name"],
    ['notify_master /opt/n.sh www-data', 'and not as www-data'],
  ])('%s: a hook, to be looked at', (line, why) => {
    const result = notified(line, { files: { '/opt/n.sh': HARMLESS } });
    expect(groupsIn(result)['vi-1']?.hooks.onMaster).toBeDefined();
    expect(lineOf(result, line).notes.join()).toContain(why);
  });

  it('of the same state as another is told', () => {
    const files = { '/opt/a.sh': HARMLESS, '/opt/b.sh': HARMLESS };
    const result = notified('notify_stop /opt/a.sh\nnotify_stop /opt/b.sh', { files });
    expect(groupsIn(result)['vi-1']?.hooks.onStop).toEqual(['/etc/keepaloft/hooks.d/a.sh']);
    expect(lineOf(result, 'notify_stop /opt/b.sh').verdict).toBe('human');
  });
});

describe('a script that moves an address', () => {
  it.each([
    ['aws ec2 assign-private-ip-addresses --allow-reassignment', 'secondary-ip'],
    ['client.assign_private_ip_addresses(AllowReassignment=True)', 'secondary-ip'],
    ['Action=AssignPrivateIpAddresses', 'secondary-ip'],
    ['aws ec2 replace-route --route-table-id rtb-0123456789abcdef0', 'route'],
    ['ec2.create_route(RouteTableId=table)', 'route'],
    ['python /etc/keepalived/nexthop.py migrate &', 'route'],
    ['aws ec2 associate-address --allocation-id eipalloc-0123456789abcdef0', 'elastic-ip'],
    ['aws ec2 assign-ipv6-addresses', 'ipv6'],
    ['gcloud compute routes create', 'elsewhere'],
  ])('%s: %s', (text, kind) => {
    expect(movesIn(text).map((move) => move.kind)).toEqual([kind]);
  });

  it.each([
    '# aws ec2 replace-route',
    'aws ec2 disassociate-address',
    'unassign-private-ip-addresses',
    'ip route replace',
  ])('is not taken from: %s', (text) => {
    expect(movesIn(text)).toEqual([]);
  });

  it('becomes the fabric, whichever states call it, and is no hook', () => {
    const text =
      '#!/bin/sh\naws ec2 assign-private-ip-addresses --network-interface-id $ENI --private-ip-addresses $VIP --allow-reassignment\n';
    const result = notified('notify_master /opt/vip.sh\nnotify_backup "/opt/vip.sh BACKUP"', {
      files: { '/opt/vip.sh': text },
    });
    expect(groupsIn(result)['vi-1']).toMatchObject({
      vips: [{ address: '10.0.0.9', fabric: 'secondary-ip' }],
      hooks: {},
    });
    expect(groupsIn(result)['vi-1']?.hooks.onMaster).toBeUndefined();
    expect(lineOf(result, 'notify_master /opt/vip.sh')).toMatchObject({
      verdict: 'mapped',
      notes: [expect.stringContaining('no hook, for it calls assign-private-ip-addresses')],
    });
    expect(result.programs).toEqual([]);
  });

  it('is found beside the configuration, and on the line itself', () => {
    const files = { '/etc/keepalived/vip.sh': 'aws ec2 assign-private-ip-addresses' };
    expect(
      lineOf(notified('notify_master /gone/vip.sh', { files }), 'notify_master /gone/vip.sh').verdict,
    ).toBe('mapped');
    const line = 'notify_master "/usr/bin/aws ec2 assign-private-ip-addresses --x"';
    expect(lineOf(notified(line), line).verdict).toBe('mapped');
  });

  it('is found in a script that the script names, one step far', () => {
    const files = {
      '/opt/n.sh': '#!/bin/sh\n[ "$3" = MASTER ] && /usr/bin/python3 ./lib/take.py\n',
      '/opt/lib/take.py': 'ec2.assign_private_ip_addresses(AllowReassignment=True)',
      '/opt/far.sh': '#!/bin/sh\n. /opt/n.sh\n',
    };
    expect(groupsIn(notified('notify /opt/n.sh', { files }))['vi-1']?.hooks.notify).toBeUndefined();
    expect(groupsIn(notified('notify /opt/far.sh', { files }))['vi-1']?.hooks.notify).toBeDefined();
  });

  const routes =
    '#!/bin/sh\naws ec2 replace-route --route-table-id rtb-0123456789abcdef0 --destination-cidr-block 10.0.0.9/32\n';

  it('by a route becomes a route, where this version moves routes', () => {
    const files = { '/opt/r.sh': routes };
    const result = notified('notify_master /opt/r.sh', { files, words: ALL_WORDS });
    expect(result.groups[0]).toMatchObject({
      vips: [{ address: '10.0.0.9', fabric: 'route', tables: ['rtb-0123456789abcdef0'] }],
      exclusive: false,
    });
    const few = notified('notify_master /opt/r.sh', { files, words: FEW_WORDS });
    expect(groupsIn(few)['vi-1']?.vips).toEqual([{ address: '10.0.0.9', fabric: 'secondary-ip' }]);
    expect(lineOf(few, 'notify_master /opt/r.sh')).toMatchObject({ verdict: 'human' });
  });

  it('by several tables is fenced by the lease, and by none is left to a human', () => {
    const two = { '/opt/r.sh': `${routes}aws ec2 replace-route --route-table-id rtb-0123456789abcdef1` };
    const result = notified('notify_master /opt/r.sh', { files: two, words: ALL_WORDS });
    expect(result.groups[0]).toMatchObject({ exclusive: true });
    expect(result.text).toContain('exclusive: true');
    // A lease of three heartbeats would be refused there.
    expect(result.text).toContain('timing: { heartbeat: 1s }');
    const none = notified('notify_master /opt/r.sh', {
      files: { '/opt/r.sh': 'python nexthop.py' },
      words: ALL_WORDS,
    });
    expect(lineOf(none, 'notify_master /opt/r.sh').notes.join()).toContain('tables: [rtb-…]');
    expect(none.text).toContain('# written as secondary-ip');
  });

  it('a public one joins the VIPs, where the script says all of it', () => {
    const call = 'aws ec2 associate-address --allocation-id eipalloc-0123456789abcdef0';
    const whole = notified('notify_master /opt/e.sh', {
      files: { '/opt/e.sh': `${call} --public-ip 203.0.113.7` },
      words: ALL_WORDS,
    });
    expect(whole.groups[0]?.vips).toEqual([
      { address: '10.0.0.9', fabric: 'secondary-ip' },
      { address: '203.0.113.7', fabric: 'elastic-ip', allocation: 'eipalloc-0123456789abcdef0' },
    ]);
    const part = notified('notify_master /opt/e.sh', { files: { '/opt/e.sh': call }, words: ALL_WORDS });
    expect(lineOf(part, 'notify_master /opt/e.sh').notes.join()).toContain(
      'allocation: eipalloc-0123456789abcdef0',
    );
    expect(lineOf(part, 'notify_master /opt/e.sh').verdict).toBe('human');
  });

  it('a public one belongs to one group, as any VIP', () => {
    const text =
      'aws ec2 associate-address --allocation-id eipalloc-0123456789abcdef0 --public-ip 203.0.113.7';
    const { groups, lines } = imported(
      `${instance('notify_master /opt/e.sh\nnotify_backup /opt/e.sh', 'A')}${instance('notify_master "/opt/e.sh"', 'B', '10.0.1.9')}`,
      { files: { '/opt/e.sh': text }, words: ALL_WORDS },
    );
    expect(groups.map(({ vips }) => vips.map(({ address }) => address))).toEqual([
      ['10.0.0.9', '203.0.113.7'],
      ['10.0.1.9'],
    ]);
    const human = lines.filter(({ verdict }) => verdict === 'human');
    expect(human.map(({ text, notes }) => `${text}: ${notes[0]}`)).toEqual([
      'notify_master "/opt/e.sh": it is a VIP of A already',
    ]);
  });

  it('in a way that there is no fabric for is left to a human', () => {
    const result = notified('notify_master /opt/x.sh', {
      files: { '/opt/x.sh': 'gcloud compute instances' },
    });
    expect(lineOf(result, 'notify_master /opt/x.sh').verdict).toBe('human');
  });
});
