/** Proves the defaults of keepaloft.yaml and that what it misspells is refused. */
import { describe, expect, it } from 'vitest';
import { agentFileSchema, keepaloftFileSchema } from '../../../core/wire/config.ts';
import { A, B, VIP } from '../fixtures.ts';

const group = (over: object = {}) => ({
  vips: [{ address: VIP, fabric: 'secondary-ip' }],
  members: [{ instance: A }, { instance: B }],
  ...over,
});
const file = (over: object = {}) => ({ version: 1, groups: { mysql: group(over) } });
const parse = (over: object = {}) => {
  const parsed = keepaloftFileSchema.parse(file(over)).groups['mysql'];
  if (parsed === undefined) throw new Error('no group');
  return parsed;
};
const refuses = (over: object): boolean => !keepaloftFileSchema.safeParse(file(over)).success;

const publicAt = (last: number) => ({
  address: `198.51.100.${last}`,
  fabric: 'elastic-ip',
  allocation: `eipalloc-000000${last}`,
});
const onVip = (last: number) => ({ ...publicAt(last), private: VIP });

describe('config: defaults stand in one place', () => {
  it('1 s heartbeats, a lease of three, no preemption, a minute of hold-down, priority 100', () => {
    expect(parse()).toMatchObject({
      timing: { heartbeat: 1000, lease: 3000 },
      election: { preempt: false, preemptDelay: 0, holdDown: 60_000 },
      handover: 'fabric-first',
      members: [
        { instance: A, priority: 100 },
        { instance: B, priority: 100 },
      ],
      hooks: { timeout: 30_000 },
      checks: {},
    });
  });

  it('the lease follows the heartbeat unless it is named', () => {
    expect(parse({ timing: { heartbeat: '200ms' } }).timing).toEqual({ heartbeat: 200, lease: 600 });
    expect(parse({ timing: { lease: '9s' } }).timing).toEqual({ heartbeat: 1000, lease: 9000 });
  });

  it('a check is tried every second, falls after 2, rises after 2, and is fatal', () => {
    expect(parse({ checks: { db: { tcp: '127.0.0.1:3306' } } }).checks['db']).toEqual({
      tcp: '127.0.0.1:3306',
      interval: 1000,
      timeout: 1000,
      fall: 2,
      rise: 2,
      weight: 0,
      initFail: false,
    });
  });
});

describe('config: before a holder lets go, and before a candidate holds', () => {
  it.each([true, false])('every group may reset connections and run hooks (exclusive: %s)', (exclusive) => {
    const hooks = {
      beforeMaster: ['/etc/keepaloft/hooks.d/promote'],
      beforeRelease: ['/etc/keepaloft/hooks.d/demote'],
    };
    expect(parse({ exclusive, handover: 'reset-first', hooks })).toMatchObject({
      handover: 'reset-first',
      hooks,
    });
  });
});

describe('config: checks of a host', () => {
  const check = (one: object) => parse({ checks: { one } }).checks['one'];
  const why = (one: object): string => {
    const { error } = keepaloftFileSchema.safeParse(file({ checks: { one } }));
    return error?.issues[0]?.message ?? 'taken';
  };

  it('a ping is ten requests of which eight may stay unanswered no more; a number counts once', () => {
    expect(check({ ping: 'gateway' })).toMatchObject({ ping: 'gateway', count: 10, loss: 80, weight: 0 });
    expect(check({ file: '/run/load' })).toMatchObject({ file: '/run/load', weight: 1 });
    expect(check({ interface: 'eth1' })).toMatchObject({ interface: 'eth1', weight: 0 });
  });

  it.each([
    [{ tcp: 'localhost:1', reverse: true }, /give a weight/],
    [{ file: '/run/load', weight: 0, reverse: true }, /give a weight/],
    [{ file: 'load' }, /absolute path/],
    [{ file: '/run/load', weight: 255 }, /./],
    [{ ping: 'router' }, /gateway, or an IPv4 address/],
    [{ ping: '10.0.0.1', count: 101 }, /./],
    [{ ping: '10.0.0.1', loss: 0 }, /./],
    [{ interface: '..' }, /eth0/],
    [{ interface: 'a/b' }, /eth0/],
    [{ icmp: '10.0.0.1' }, /one of tcp, http, process, script, interface, ping or file/],
  ])('refuses %j', (one, message) => {
    expect(refuses({ checks: { one } })).toBe(true);
    expect(why(one)).toMatch(message);
  });

  it('reverse may be said where there is a weight, and of no alarm', () => {
    expect(check({ process: 'haproxy', weight: 5, reverse: true })).toMatchObject({ reverse: true });
    expect(check({ process: 'haproxy' })).not.toHaveProperty('reverse');
    expect(refuses({ checks: { one: { alarm: 'a-{instance}', weight: -5, reverse: true } } })).toBe(true);
  });
});

describe('config: durations name their unit', () => {
  it.each([
    ['200ms', 200],
    ['1.5s', 1500],
    ['2m', 120_000],
    ['0.5h', 1_800_000],
  ])('%s is %i ms', (text, ms) => {
    expect(parse({ election: { preemptDelay: text } }).election.preemptDelay).toBe(ms);
  });

  it.each(['3', 3, '3 s', '-1s', '1d', '', 's', '1e3ms', '25h'])('%j is refused', (text) => {
    expect(refuses({ election: { preemptDelay: text } })).toBe(true);
  });
});

describe('config: what would surprise is refused', () => {
  it.each([
    ['a misspelt key', { election: { preemt: true } }],
    [
      'a lease below three heartbeats: one lost packet would move the VIP',
      { timing: { heartbeat: '1s', lease: '2999ms' } },
    ],
    ['a heartbeat below 100 ms', { timing: { heartbeat: '99ms' } }],
    [
      'a VIP listed twice',
      {
        vips: [
          { address: VIP, fabric: 'secondary-ip' },
          { address: VIP, fabric: 'secondary-ip' },
        ],
      },
    ],
    ['two Elastic IPs on the primary address of the holder', { vips: [publicAt(10), publicAt(11)] }],
    ['two Elastic IPs on one secondary IP', { vips: [...group().vips, onVip(10), onVip(11)] }],
    ['no VIP', { vips: [] }],
    ['a member listed twice', { members: [{ instance: A }, { instance: A }] }],
    [
      'more than eight members',
      { members: Array.from({ length: 9 }, (_, index) => ({ instance: `i-0000000${index}` })) },
    ],
    ['a hook that is no absolute path', { hooks: { onMaster: ['promote.sh'] } }],
    ['a hook that is a shell line', { hooks: { onMaster: '/bin/sh -c promote' } }],
    ['a check of two kinds', { checks: { db: { tcp: '127.0.0.1:1', process: 'mysqld' } } }],
    ['a check of no kind', { checks: { db: { interval: '1s' } } }],
    ['a process name that the kernel would cut', { checks: { db: { process: 'x'.repeat(16) } } }],
    ['an alarm about no member', { checks: { lag: { alarm: 'replica-lag' } } }],
    [
      'an alarm that would make a member worth more',
      { checks: { lag: { alarm: 'lag-{instance}', weight: 5 } } },
    ],
    ['how often CloudWatch looks', { checks: { lag: { alarm: 'lag-{instance}', interval: '1s' } } }],
    ['adopting what another hand did where two would serve', { exclusive: true, drift: 'adopt' }],
    ['a mode that does not exist', { mode: 'dry-run' }],
    ['a handover mode that does not exist', { handover: 'reset-last' }],
  ])('%s', (_, over) => {
    expect(refuses(over)).toBe(true);
  });

  it('but not two Elastic IPs that stand apart', () => {
    expect(refuses({ vips: [...group().vips, publicAt(10), onVip(11)] })).toBe(false);
  });

  const C = 'i-0000000000000000c';

  describe('two groups with an Elastic IP each on their holder’s own address', () => {
    const publicOf = (last: number, members: readonly string[], over: object = {}) =>
      group({ vips: [publicAt(last)], members: members.map((instance) => ({ instance })), ...over });
    const complaints = (a: object, b: object): string[] =>
      keepaloftFileSchema
        .safeParse({ version: 1, groups: { a, b } })
        .error?.issues.map(({ message }) => message) ?? [];

    it('that may meet on a host', () => {
      expect(complaints(publicOf(10, [A, B]), publicOf(11, [C, B]))).toEqual([
        `groups a and b may both be held by ${B}, whose own address goes by one Elastic IP only: give each a secondary IP of its group (private)`,
      ]);
    });

    it('but not those of other hosts, on a secondary IP, or that only observe', () => {
      expect(complaints(publicOf(10, [A]), publicOf(11, [B, C]))).toEqual([]);
      expect(complaints(publicOf(10, [A, B]), group({ vips: [...group().vips, onVip(11)] }))).toEqual([]);
      expect(complaints(publicOf(10, [A, B]), publicOf(11, [A, B], { mode: 'observe' }))).toEqual([]);
    });
  });

  it('a VIP in two groups', () => {
    expect(keepaloftFileSchema.safeParse({ version: 1, groups: { a: group(), b: group() } }).success).toBe(
      false,
    );
  });

  it('a file without groups, or of another version', () => {
    expect(keepaloftFileSchema.safeParse({ version: 1, groups: {} }).success).toBe(false);
    expect(keepaloftFileSchema.safeParse({ ...file(), version: 2 }).success).toBe(false);
  });
});

describe('config: the agent’s file', () => {
  const agent = {
    version: 1,
    endpoint: 'https://api.example.com',
    region: 'us-east-1',
    groups: { mysql: { vips: group().vips } },
  };

  it('needs an https endpoint and a region', () => {
    expect(agentFileSchema.parse(agent)).toMatchObject({ scriptUser: 'nobody', logLevel: 'info' });
    expect(agentFileSchema.safeParse({ ...agent, endpoint: 'http://api.example.com' }).success).toBe(false);
    expect(agentFileSchema.safeParse({ ...agent, region: 'moon' }).success).toBe(false);
  });
});
