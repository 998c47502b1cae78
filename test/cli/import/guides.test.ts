// Proves what becomes of the configurations that people are taught to write: five guides, retold, each a file that validates.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importFrom } from '../../../cli/import/convert.ts';
import { machineFiles } from '../../../cli/import/files.ts';
import { VOCABULARY } from '../../../cli/import/words.ts';
import { groupsIn, lineOf, MEMBERS } from './world.ts';

const folder = join(import.meta.dirname, 'guides');
const guide = (name: string, host?: string) => {
  const path = join(folder, name);
  return importFrom({ path, text: readFileSync(path, 'utf8'), files: machineFiles, host, members: MEMBERS });
};

describe('a VPC with routes', () => {
  const result = guide('vpc-route.conf');

  it('is a group that does not preempt, and its script is no hook', () => {
    const { 'vpc-vip': group } = groupsIn(result);
    expect(group).toMatchObject({
      vips: [{ address: '172.18.0.253', fabric: 'secondary-ip' }],
      members: [{ priority: 50 }, { priority: 50 }],
      timing: { heartbeat: 1000, lease: 3000 },
      election: { preempt: false },
    });
    expect([group?.hooks.onMaster, group?.hooks.onStop, group?.hooks.notify]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('says why, and that its address could be one of a route', () => {
    const { verdict, notes } = lineOf(result, 'notify_master "/etc/keepalived/notify_action.sh MASTER"');
    expect(verdict).toBe('human');
    expect(notes.join()).toContain('no hook, for it calls nexthop.py');
    expect(lineOf(result, 'garp_master_refresh 5').verdict).toBe('dropped');
    expect(lineOf(result, '172.18.0.20').verdict).toBe('dropped');
  });
});

describe('Tomcat on a LAN', () => {
  const result = guide('lan-tomcat.conf');

  it('preempts, and its check weighs 150', () => {
    expect(groupsIn(result)['web']).toMatchObject({
      members: [{ priority: 200 }, { priority: 50 }],
      election: { preempt: true },
      checks: { tomcat_alive: { interval: 3000, weight: -150 } },
    });
  });

  it('has a check that can never fail, with the lines that say so', () => {
    const { verdict, notes } = lineOf(result, 'script "/etc/keepalived/check_tomcat.sh"');
    expect(verdict).toBe('human');
    expect(notes[0]).toContain(
      'it can never fail: line 2 of /etc/keepalived/check_tomcat.sh: ps | grep finds its own grep',
    );
    expect(notes[0]).toContain('line 3 of');
  });
});

describe('an edge with BFD', () => {
  const result = guide('edge-bfd.conf');

  it('is a group with the fastest heartbeat there is, and a hook for every state', () => {
    expect(groupsIn(result)['edge']).toMatchObject({
      timing: { heartbeat: 100, lease: 300 },
      checks: { way_out: { weight: -30, fall: 1, rise: 1 } },
      hooks: { notify: ['/etc/keepaloft/hooks.d/change_state.sh'] },
    });
    expect(lineOf(result, 'advert_int 0.03').notes[0]).toContain('peer detection');
    expect(groupsIn(result)['edge']?.peerDetection).toEqual({ interval: 20, multiplier: 5 });
    expect(lineOf(result, 'EDGE_PEER weight 40').verdict).toBe('mapped');
    expect(lineOf(result, 'enable_script_security').verdict).toBe('mapped');
  });

  it('has a check that never recovers, and an include that balances load', () => {
    const { verdict, notes } = lineOf(result, 'script "/etc/keepalived/check_vip.sh"');
    expect([verdict, notes.join()]).toEqual([
      'human',
      expect.stringContaining('it never recovers: line 9 of'),
    ]);
    expect(lineOf(result, 'lb_kind DR')).toMatchObject({
      verdict: 'dropped',
      file: join(folder, 'lvs-rules.conf'),
    });
  });
});

describe('virtual machines on OpenStack', () => {
  it('have the priority of the host that is named', () => {
    const result = guide('openstack.conf', 'node2');
    expect(groupsIn(result)['vm']).toMatchObject({
      vips: [{ address: '10.10.0.200' }],
      members: [{ priority: 50 }, {}],
    });
    expect(lineOf(result, '@node1 $PRIORITY=100').verdict).toBe('dropped');
    expect(lineOf(result, '10.10.0.200/24 brd 10.10.0.255').notes).toEqual([
      'it is bound as /32, without its brd',
    ]);
  });

  it('have none of a host that is not', () => {
    const result = guide('openstack.conf');
    expect(lineOf(result, '@node1 $PRIORITY=100').verdict).toBe('human');
    expect(lineOf(result, 'priority $PRIORITY').verdict).toBe('human');
    expect(groupsIn(result)['vm']).toMatchObject({ members: [{ priority: 100 }, {}] });
  });
});

describe('three databases', () => {
  it('are three groups, each with its check, moved by the arbiter', () => {
    const result = guide('databases.conf');
    const groups = groupsIn(result);
    expect(Object.keys(groups)).toEqual(['mysql', 'redis', 'mongodb']);
    expect(groups['redis']).toMatchObject({
      vips: [{ address: '172.31.0.202', fabric: 'secondary-ip' }],
      checks: { redis_alive: { tcp: '127.0.0.1:6379', interval: 2000, fall: 2 } },
    });
    expect(groups['redis']?.hooks.onMaster).toBeUndefined();
    expect(result.programs).toEqual([]);
    expect(result.lines.filter(({ verdict }) => verdict === 'human')).toEqual([]);
  });
});

it('the words of this version are asked of its schema', () => {
  expect(VOCABULARY.takesCheck({ tcp: '127.0.0.1:80' })).toBe(true);
  expect(VOCABULARY.takesCheck({ telepathy: 'yes' })).toBe(false);
  expect(VOCABULARY.takesVip({ address: '10.0.0.1', fabric: 'secondary-ip' })).toBe(true);
});
