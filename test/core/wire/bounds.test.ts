/** Proves the exact bounds of what a configuration file may say: the last value that is taken, and the first that is not. */
import { describe, expect, it } from 'vitest';
import { agentFileSchema, keepaloftFileSchema } from '../../../core/wire/config.ts';
import { DocumentError, readDocument } from '../../../core/wire/document.ts';
import { A, VIP } from '../fixtures.ts';

const group = (over: object = {}) => ({
  vips: [{ address: VIP, fabric: 'secondary-ip' }],
  members: [{ instance: A }],
  ...over,
});
const takes = (over: object): boolean =>
  keepaloftFileSchema.safeParse({ version: 1, groups: { mysql: group(over) } }).success;
const takesCheck = (check: object): boolean => takes({ checks: { db: check } });
const AGENT = {
  version: 1,
  endpoint: 'https://api.example.com',
  region: 'us-east-1',
  groups: { mysql: { vips: group().vips } },
};
const agentTakes = (over: object): boolean => agentFileSchema.safeParse({ ...AGENT, ...over }).success;

/** Which of the values are taken. */
const taken = <T>(values: readonly T[], takesValue: (value: T) => boolean): T[] => values.filter(takesValue);

describe('bounds: durations', () => {
  it.each([
    ['heartbeat', ['99ms', '100ms', '60s', '60001ms'], ['100ms', '60s']],
    ['lease', ['299ms', '3s', '600s', '600001ms'], ['3s', '600s']],
  ])('%s', (key, values, expected) => {
    expect(taken(values, (value) => takes({ timing: { [key]: value } }))).toEqual(expected);
  });

  it('a lease of exactly three heartbeats is the shortest', () => {
    expect(taken(['299ms', '300ms'], (lease) => takes({ timing: { heartbeat: '100ms', lease } }))).toEqual([
      '300ms',
    ]);
  });
});

describe('bounds: checks', () => {
  it('host and port', () => {
    const values = ['db:1', '127.0.0.1:65535', 'db', ':1', 'db:', 'db:123456', 'a b:1', 'x:y:1', 'db:1x'];
    expect(taken(values, (tcp) => takesCheck({ tcp }))).toEqual(['db:1', '127.0.0.1:65535']);
  });

  it('a URL of http or https, whole', () => {
    const values = ['http://a/', 'https://a/', 'ftp://a/', 'xhttp://a/', 'httpx://a/', 'a'];
    expect(taken(values, (http) => takesCheck({ http }))).toEqual(['http://a/', 'https://a/']);
  });

  it('a program by its absolute path; an empty list is refused like any other mistake', () => {
    expect(taken([['/bin/x'], ['/bin/x', ''], ['x'], ['']], (script) => takesCheck({ script }))).toEqual([
      ['/bin/x'],
      ['/bin/x', ''],
    ]);
    const text = `version: 1\ngroups: { g: { vips: [{ address: ${VIP}, fabric: secondary-ip }], members: [{ instance: ${A} }], checks: { c: { script: [] } } } }\n`;
    expect(() => readDocument('k.yaml', text, keepaloftFileSchema)).toThrow(DocumentError);
  });

  it('sixteen of them, with names that could be variables', () => {
    const named = (names: readonly string[]) => ({
      checks: Object.fromEntries(names.map((name) => [name, { process: 'x' }])),
    });
    const numbered = (count: number) => named(Array.from({ length: count }, (_, index) => `c${index}`));
    expect([takes(numbered(16)), takes(numbered(17))]).toEqual([true, false]);
    const names = ['a', 'Z', 'a-b_9', `a${'b'.repeat(31)}`, `a${'b'.repeat(32)}`, '9a', '-a', 'a b', ''];
    expect(taken(names, (name) => takes(named([name])))).toEqual(names.slice(0, 4));
  });
});

describe('bounds: lists', () => {
  const vips = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ address: `10.0.0.${index}`, fabric: 'secondary-ip' }));

  it('one to sixteen different VIPs', () => {
    expect(taken([0, 1, 16, 17], (count) => takes({ vips: vips(count) }))).toEqual([1, 16]);
    expect(takes({ vips: [...vips(2), ...vips(1)] })).toBe(false);
  });

  it('one to thirty-two groups', () => {
    const groups = (count: number) =>
      Object.fromEntries(
        vips(40)
          .slice(0, count)
          .map((vip, index) => [`g${index}`, group({ vips: [vip] })]),
      );
    const takesGroups = (count: number): boolean =>
      keepaloftFileSchema.safeParse({ version: 1, groups: groups(count) }).success;
    expect(taken([0, 1, 32, 33], takesGroups)).toEqual([1, 32]);
  });

  it('no VIP of one group in another, but any that differ', () => {
    const both = (a: object, b: object): boolean =>
      keepaloftFileSchema.safeParse({ version: 1, groups: { a: group(a), b: group(b) } }).success;
    expect(both({ vips: vips(2) }, { vips: vips(3).slice(2) })).toBe(true);
    expect(both({ vips: vips(2) }, { vips: vips(2).slice(1) })).toBe(false);
  });
});

describe('bounds: what is written out', () => {
  it('the one way to hand over may be named', () => {
    expect(taken(['fabric-first', '', 'other'], (handover) => takes({ handover }))).toEqual(['fabric-first']);
  });

  it('preemption is off and hold-down a minute also where election is named without them', () => {
    const read = keepaloftFileSchema.parse({ version: 1, groups: { g: group({ election: {} }) } });
    expect(read.groups['g']?.election).toEqual({ preempt: false, preemptDelay: 0, holdDown: 60_000 });
  });
});

describe('bounds: agent.yaml', () => {
  it('the endpoint is https, and nothing like it', () => {
    const values = ['https://a/', 'http://a/', 'xhttps://a/', 'httpsx://a/'];
    expect(taken(values, (endpoint) => agentTakes({ endpoint }))).toEqual(['https://a/']);
  });

  it('the region is one of AWS’s form', () => {
    const values = ['us-east-1', 'us-gov-west-1', 'xus-east-1', 'us-east-1x', 'us-east', 'us1', 'US-EAST-1'];
    expect(taken(values, (region) => agentTakes({ region }))).toEqual(['us-east-1', 'us-gov-west-1']);
  });

  it('the certificate authority is an absolute path', () => {
    expect(taken(['/etc/ca.pem', 'ca.pem', 'ca/'], (caFile) => agentTakes({ caFile }))).toEqual([
      '/etc/ca.pem',
    ]);
  });

  it('the interface is a name that the kernel takes', () => {
    const values = ['eth0', 'a', 'x'.repeat(15), 'x'.repeat(16), 'eth 0', 'eth0;', ';eth0', ''];
    expect(taken(values, (name) => agentTakes({ interface: name }))).toEqual(values.slice(0, 3));
  });

  it('the user of scripts and the log level', () => {
    const users = [
      'nobody',
      '_a-9',
      'Root',
      '9a',
      'a b',
      `a${'b'.repeat(31)}`,
      `a${'b'.repeat(32)}`,
      'a;',
      ';a',
    ];
    expect(taken(users, (scriptUser) => agentTakes({ scriptUser }))).toEqual(['nobody', '_a-9', users[5]]);
    const levels = ['debug', 'info', 'warn', 'error', 'trace', ''];
    expect(taken(levels, (logLevel) => agentTakes({ logLevel }))).toEqual(levels.slice(0, 4));
  });

  it('a group without a hash has an empty one', () => {
    expect(agentFileSchema.parse(AGENT).groups['mysql']).toMatchObject({ configHash: '', priority: 100 });
  });
});

describe('bounds: an exclusive group', () => {
  const leaseOf = (over: object): number | undefined =>
    keepaloftFileSchema.parse({ version: 1, groups: { g: group({ exclusive: true, ...over }) } }).groups['g']
      ?.timing.lease;

  it('has a lease of five heartbeats, or of what the kernel’s lifetime needs', () => {
    expect(leaseOf({})).toBe(5000);
    // Two heartbeats in whole seconds, 1.5 s of lateness, margin and answer, by a clock that is 5 % wrong.
    expect(leaseOf({ timing: { heartbeat: '200ms' } })).toBe(Math.ceil((1000 + 1500 + 100 + 300) / 0.95));
    expect(leaseOf({ timing: { heartbeat: '600ms' } })).toBe(Math.ceil((2000 + 1500 + 100 + 300) / 0.95));
    expect(leaseOf({ timing: { heartbeat: '200ms' }, kernelExpiry: 'nft' })).toBe(1000);
    expect(leaseOf({ timing: { heartbeat: '100ms' }, kernelExpiry: 'nft' })).toBe(
      Math.ceil((200 + 20 + 100 + 300) / 0.95),
    );
  });

  it.each(['address', 'nft'] as const)(
    'is refused a lease that is too short, at its lease (%s)',
    (kernelExpiry) => {
      const least = kernelExpiry === 'address' ? Math.ceil(2900 / 0.95) : Math.ceil(820 / 0.95);
      const timing = (ms: number) => ({ timing: { heartbeat: '200ms', lease: `${ms}ms` } });
      expect(leaseOf({ ...timing(least), kernelExpiry })).toBe(least);
      const short = {
        version: 1,
        groups: { g: group({ exclusive: true, kernelExpiry, ...timing(least - 1) }) },
      };
      expect(keepaloftFileSchema.safeParse(short).error?.issues).toMatchObject([
        { path: ['groups', 'g', 'timing', 'lease'], message: expect.stringContaining('too short') as string },
      ]);
      const { members: _, ...agentGroup } = short.groups.g;
      const agent = agentFileSchema.safeParse({ ...AGENT, groups: { g: agentGroup } });
      expect(agent.error?.issues).toMatchObject([{ path: ['groups', 'g', 'timing', 'lease'] }]);
      expect(takes({ ...timing(least - 1), exclusive: false })).toBe(true);
    },
  );

  it('knows no third way for the kernel to let go', () => {
    expect(taken(['address', 'nft', ''], (kernelExpiry) => takes({ exclusive: true, kernelExpiry }))).toEqual(
      ['address', 'nft'],
    );
  });
});
