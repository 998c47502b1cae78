// Proves what becomes of each kind of line of a vrrp_instance and of global_defs, and that the file says it.
import { describe, expect, it } from 'vitest';
import { ALL_WORDS, FEW_WORDS, groupsIn, imported, instance, lineOf } from './world.ts';

const first = (lines: string) => Object.values(groupsIn(imported(instance(lines))))[0];
const noted = (lines: string, text = lines.trim().split('\n')[0] ?? ''): string => {
  const { verdict, notes } = lineOf(imported(instance(lines)), text);
  return `${verdict}: ${notes.join('; ')}`;
};

describe('priority and preemption', () => {
  it('are those of the file, and keepalived’s where it says none', () => {
    expect(first('')).toMatchObject({
      members: [
        { instance: 'i-0a000000000000001', priority: 100 },
        { instance: 'i-0b000000000000002', priority: 50 },
      ],
      timing: { heartbeat: 1000, lease: 3000 },
      election: { preempt: true, preemptDelay: 0 },
    });
    expect(first('priority 170\nnopreempt\npreempt_delay 2.5')).toMatchObject({
      members: [{ priority: 170 }, { priority: 50 }],
      election: { preempt: false, preemptDelay: 2500 },
    });
  });

  it('nopreempt does nothing where the state is MASTER, as in keepalived: it is said', () => {
    expect(first('state MASTER\nnopreempt')).toMatchObject({ election: { preempt: true } });
    expect(noted('nopreempt\nstate MASTER')).toContain('human: keepalived ignores nopreempt');
    expect(noted('state MASTER')).toContain('dropped: the arbiter says who is MASTER');
  });

  it('255 is the highest there is', () => {
    expect(first('priority 255')).toMatchObject({ members: [{ priority: 254 }, { priority: 50 }] });
    expect(noted('priority 255')).toContain('mapped: nobody owns an address here');
    // So keepalived -t says of a MASTER with nopreempt and no priority.
    expect(first('state MASTER')).toMatchObject({ members: [{ priority: 254 }, { priority: 50 }] });
    expect(noted('priority high')).toBe('human: it must be 1 to 254');
  });
});

describe('the advert interval', () => {
  it('is the heartbeat, and the lease its multiple', () => {
    expect(first('advert_int 2\ndown_timer_adverts 5')).toMatchObject({
      timing: { heartbeat: 2000, lease: 10_000 },
    });
    expect(first('advert_int 0.25')).toMatchObject({ timing: { heartbeat: 250, lease: 750 } });
  });

  it('below the least is the least, and what gives less than a second is named', () => {
    expect(first('advert_int 0.03')).toMatchObject({ timing: { heartbeat: 100, lease: 300 } });
    expect(noted('advert_int 0.03')).toMatch(/^human: .*100 ms is written.*peer detection/u);
    expect(first('advert_int 255')).toMatchObject({ timing: { heartbeat: 60_000 } });
    expect(noted('advert_int 255')).toContain('60 s is written');
    expect(noted('down_timer_adverts 2')).toContain('a lease is at least three heartbeats');
  });
});

describe('addresses', () => {
  const vip = (line: string): string =>
    noted(`interface eth0\nvirtual_ipaddress_excluded {\n${line}\n}`, line);

  it.each([
    ['10.0.0.10', 'mapped: '],
    [
      '10.0.0.10/24 brd 10.0.0.255 dev eth0 scope global label eth0:1',
      'mapped: it is bound as /32, without its brd, scope, label',
    ],
    ['10.0.0.10 dev eth1', 'human: all VIPs are bound on one interface, and not on eth1 besides'],
    ['2001:db8::1/64', 'mapped: it is bound as /128'],
    ['2001:DB8:0:0::1 dev eth0', 'mapped: '],
    ['fe80::1/64', 'human: an IPv6 address that no cloud moves: link-local, or the like'],
    ['somewhere', 'human: no IP address'],
    ['10.0.0.9', 'dropped: it is listed twice'],
  ])('%s', (line, note) => {
    const config = `vrrp_instance VI_1 {\ninterface eth0\nvirtual_ipaddress {\n10.0.0.9/32\n}\nvirtual_ipaddress_excluded {\n${line}\n}\n}`;
    const { verdict, notes } = lineOf(imported(config), line);
    expect(`${verdict}: ${notes.join('; ')}`).toBe(note);
  });

  it('of IPv6 are VIPs of their own kind, in their one spelling', () => {
    expect(first('virtual_ipaddress_excluded {\n2001:DB8::00C9/64\n}')).toMatchObject({
      vips: [{ fabric: 'secondary-ip' }, { address: '2001:db8::c9', fabric: 'ipv6' }],
    });
  });

  it('without one there is no group, and without a group no file', () => {
    const result = imported('vrrp_instance VI_1 {\npriority 100\n}');
    expect(result.text).toBeUndefined();
    expect(lineOf(result, 'vrrp_instance VI_1 {')).toMatchObject({
      verdict: 'human',
      notes: ['no VIP is left that could be moved, so there is no group of it'],
    });
  });

  it('of another group are not written again', () => {
    const result = imported(instance('', 'A') + instance('', 'B').replace('10.0.0.9', '10.0.0.9/24'));
    expect(Object.keys(groupsIn(result))).toEqual(['a']);
    expect(lineOf(result, '10.0.0.9/24').notes).toContain('it is a VIP of A already');
    expect(vip('10.0.0.11')).toBe('mapped: ');
  });
});

describe('what has no counterpart is dropped, each with its reason', () => {
  it.each([
    ['virtual_router_id 51', 'there is no VRRP'],
    ['unicast_src_ip 10.0.0.1', 'members need not reach each other'],
    ['mcast_src_ip 10.0.0.1', 'no multicast'],
    ['version 3', 'there is no VRRP'],
    ['strict_mode off', 'no protocol to be strict about'],
    ['use_vmac vrrp.51', 'own MAC address'],
    ['lvs_sync_daemon_interface eth1', 'balancing load'],
    ['garp_master_delay 1', 'not by ARP'],
    ['garp_master_refresh 5', 'not by ARP'],
    ['smtp_alert', 'SNS'],
    ['interface eth0', 'default route'],
    ['dont_track_primary', 'falls silent'],
  ])('%s', (line, why) => {
    expect(noted(line)).toMatch(/^dropped: /u);
    expect(noted(line)).toContain(why);
  });

  it('a password is in no report', () => {
    const { lines } = imported(instance('authentication {\nauth_type PASS\nauth_pass "s3cret!"\n}'));
    expect(lines.find(({ text }) => text.startsWith('auth_pass'))).toMatchObject({
      text: 'auth_pass ***',
      verdict: 'dropped',
    });
    expect(JSON.stringify(lines)).not.toContain('s3cret');
  });

  it('what is not known at all is left to a human, with what is in it', () => {
    const result = imported(instance('__proto__ 1\nfrobnicate {\nnow\n}'));
    expect(lineOf(result, '__proto__ 1')).toMatchObject({
      verdict: 'human',
      notes: ['__proto__ is not known here'],
    });
    expect(lineOf(result, 'now')).toMatchObject({
      verdict: 'human',
      notes: ['frobnicate is not known here'],
    });
  });

  it('the whole of a virtual_server', () => {
    const { lines } = imported(
      'virtual_server 10.0.0.1 80 {\n  lb_algo rr\n  real_server 10.0.0.2 80 {\n    weight 1\n  }\n}',
    );
    expect(lines.map(({ verdict }) => verdict)).toEqual(Array.from({ length: 6 }, () => 'dropped'));
  });
});

describe('global_defs', () => {
  const told = (line: string): string => {
    const { verdict, notes } = lineOf(imported(`global_defs {\n${line}\n}`), line);
    return `${verdict}: ${notes.join()}`;
  };

  it.each([
    ['enable_script_security', 'mapped: always on'],
    ['script_user root', 'human: who runs checks'],
    ['router_id LVS', 'dropped: a host is known'],
    ['vrrp_strict', 'dropped: there is no VRRP'],
    ['vrrp_garp_interval 0', 'dropped: an address moves'],
    ['vrrp_startup_delay 5', 'human: a member may take over'],
    ['notify_fifo /run/x', 'human: it is the event socket'],
    ['vrrp_notify_fifo_script /bin/x', 'human: it is the event socket'],
    ['lvs_notify_fifo /run/x', 'dropped: balancing load'],
    ['fifo_write_vrrp_states_on_reload', 'mapped: whoever connects'],
    ['vrrp_rt_priority 50', 'dropped: it is about'],
    ['lvs_flush', 'dropped: balancing load'],
    ['frobnicate 1', 'human: frobnicate is not known here'],
  ])('%s', (line, note) => {
    expect(told(line).startsWith(note)).toBe(true);
  });

  it('static routes and the like need somebody to set them', () => {
    const { lines } = imported('static_routes {\n10.1.0.0/16 via 10.0.0.1\n}');
    expect(lines.map(({ verdict }) => verdict)).toEqual(['human', 'human', 'human']);
  });
});

describe('what is tracked', () => {
  const script =
    'vrrp_script chk {\nscript "killall -0 mysqld"\ninterval 3\nweight -20\nfall 4\nrise 2\ninit_fail\nuser db\n}\n';

  it('a script becomes a check, with keepalived’s defaults written out', () => {
    const result = imported(
      `${script}vrrp_script other {\nscript "</dev/tcp/127.0.0.1/80"\n}\n${instance('track_script {\nchk\nother weight 5\n}')}`,
    );
    expect(groupsIn(result)['vi-1']?.checks).toEqual({
      chk: {
        process: 'mysqld',
        interval: 3000,
        timeout: 3000,
        fall: 4,
        rise: 2,
        weight: -20,
        initFail: true,
      },
      other: {
        tcp: '127.0.0.1:80',
        interval: 1000,
        timeout: 1000,
        fall: 1,
        rise: 1,
        weight: 5,
        initFail: false,
      },
    });
    expect(lineOf(result, 'user db')).toMatchObject({ verdict: 'human' });
    expect(lineOf(result, 'vrrp_script chk {').notes).toContain('a check of VI_1');
  });

  it('what nobody tracks is dropped; what is not there is told', () => {
    const result = imported(`${script}${instance('track_script {\ngone\n}')}`);
    expect(lineOf(result, 'interval 3')).toMatchObject({ verdict: 'dropped', notes: ['nobody tracks it'] });
    expect(lineOf(result, 'gone')).toMatchObject({
      verdict: 'human',
      notes: ['there is none of the name gone'],
    });
  });

  it('a script that no check could be made of names its line', () => {
    const result = imported(
      `vrrp_script chk {\nscript "a | b"\n}\n${instance('track_script {\nchk weight 2\n}')}`,
    );
    expect(lineOf(result, 'script "a | b"')).toMatchObject({ verdict: 'human' });
    expect(lineOf(result, 'chk weight 2').notes).toEqual(['no check could be made of it: see line 1']);
  });

  it('values beyond what there is are left to a human', () => {
    const result = imported(
      `vrrp_script chk {\nscript "killall -0 x"\ninterval 9999\nfall 0\nweight 999\nfoo\n}\n${instance('track_script {\nchk weight 1 often\nchk weight 254\n}')}`,
    );
    for (const text of [
      'interval 9999',
      'fall 0',
      'weight 999',
      'foo',
      'chk weight 1 often',
      'chk weight 254',
    ]) {
      expect(lineOf(result, text)).toMatchObject({ text, verdict: 'human' });
    }
  });

  it('a process, with its delays and weight', () => {
    const result = imported(
      `vrrp_track_process web {\nprocess nginx\nterminate_delay 2.5\nfork_delay 1\nquorum 1\n}\n${instance('track_process {\nweb\n}')}`,
    );
    expect(groupsIn(result)['vi-1']?.checks).toMatchObject({
      web: { process: 'nginx', fall: 3, rise: 1, weight: 1 },
    });
    const counted = imported(
      `track_process web {\nprocess nginx -g x\nquorum 3\n}\n${instance('track_process {\nweb weight 0\n}')}`,
    );
    expect(lineOf(counted, 'process nginx -g x').verdict).toBe('human');
    expect(lineOf(counted, 'quorum 3').verdict).toBe('human');
  });

  const more = `track_file f {\nfile /run/state\ninit_file 0\n}\n${instance('track_interface {\neth1 weight -10\n}\ntrack_file {\nf weight 2 reverse\n}')}`;

  it('files, interfaces and reversed weights are written where this version knows the words', () => {
    const { text, lines } = imported(more, { words: ALL_WORDS });
    expect(text).toContain(
      'eth1: { interface: eth1, interval: 1s, timeout: 1s, fall: 1, rise: 1, weight: -10 }',
    );
    expect(text).toContain(
      'f: { file: /run/state, interval: 1s, timeout: 1s, fall: 1, rise: 1, weight: 2, reverse: true }',
    );
    expect(lines.filter(({ verdict }) => verdict === 'human').map(({ text }) => text)).toEqual([
      'init_file 0',
    ]);
  });

  it('and left to a human where it does not', () => {
    const result = imported(more, { words: FEW_WORDS });
    expect(groupsIn(result)['vi-1']?.checks).toEqual({});
    expect(lineOf(result, 'eth1 weight -10').notes).toEqual([
      'this version has no check of an interface yet: make it a script',
    ]);
    expect(lineOf(result, 'file /run/state').verdict).toBe('human');
    const reversed = imported(
      `vrrp_script c {\nscript "killall -0 x"\n}\n${instance('track_script {\nc weight 5 reverse\n}')}`,
      { words: FEW_WORDS },
    );
    expect(lineOf(reversed, 'c weight 5 reverse').notes).toEqual([
      'this version cannot turn a weight round yet',
    ]);
  });

  it('a reversed check without a weight, which is FAULT while all is well, is left to a human', () => {
    const result = imported(
      `vrrp_script c {\nscript "killall -0 x"\n}\n${instance('track_script {\nc weight 0 reverse\n}')}`,
      { words: ALL_WORDS },
    );
    expect(lineOf(result, 'c weight 0 reverse').notes).toEqual([
      'weight 0 reverse means FAULT while all is well: no check here does that',
    ]);
  });

  const bfd = (lines: string) => {
    const result = imported(
      `bfd_instance b {\nneighbor_ip 10.0.0.2\n${lines}}\n${instance('track_bfd {\nb weight 40\n}')}`,
    );
    return { ...result, group: Object.values(groupsIn(result))[0] };
  };

  it('BFD is a setting of the group, at a pace that agents can keep', () => {
    const { group, lines } = bfd('min_rx 100\nmin_tx 60\nmultiplier 4\n');
    expect(group?.peerDetection).toEqual({ interval: 100, multiplier: 4 });
    expect(lines.filter(({ verdict }) => verdict === 'human')).toEqual([]);
    expect(lines.find(({ text }) => text.includes('weight 40'))?.notes.join()).toContain('UDP 4784');
    expect(lines.find(({ text }) => text.includes('neighbor_ip'))?.verdict).toBe('dropped');
    expect(bfd('').group?.peerDetection).toEqual({ interval: 20, multiplier: 5 });
    expect(bfd('min_tx 2000\nmultiplier 9\n').group?.peerDetection).toEqual({
      interval: 1000,
      multiplier: 3,
    });
    expect(bfd('multiplier 1\n').group?.peerDetection?.multiplier).toBe(2);
  });
});
