// Proves that a keepaloft.yaml is tried out as it is, but for what only its own hosts have, and that all of that is said.
import { describe, expect, it } from 'vitest';
import { type KeepaloftFile, keepaloftFileSchema } from '../../../core/wire/config.ts';
import { DocumentError, readDocument } from '../../../core/wire/document.ts';
import { rehearsalOf } from '../../../lab/rehearsal/rehearsal.ts';
import { stepWords } from '../../../lab/scenario/words.ts';

const TRUE = '/usr/bin/true';
const rehearsed = (text: string) => rehearsalOf({ name: 'k.yaml', text, program: TRUE });
const fileOf = (text: string): KeepaloftFile =>
  readDocument('config', rehearsed(text).config ?? '', keepaloftFileSchema);
const wordsOf = (text: string): string[] => rehearsed(text).scenario.steps.map(stepWords);

const PAIR = '[{ instance: i-0a000000000000001, priority: 200 }, { instance: i-0b000000000000002 }]';
const groupText = (lines: string, name = 'web', address = '172.31.0.200'): string =>
  `  ${name}:\n    vips: [{ address: ${address}, fabric: secondary-ip }]\n${lines}\n`;
const file = (...groups: string[]): string => `version: 1\ngroups:\n${groups.join('')}`;
const pair = (lines = '', ...where: string[]): string =>
  groupText(`    members: ${PAIR}\n${lines}`, ...where);

describe('what stays', () => {
  it('is the group, with its members, its timing and an address that the lab has', () => {
    const text = file(pair('    timing: { heartbeat: 2s }\n    election: { preempt: true, holdDown: 5s }'));
    expect(fileOf(text)).toEqual(readDocument('k.yaml', text, keepaloftFileSchema));
    expect(wordsOf(text)[0]).toBe('all come up');
  });

  it('is how often a check is made, what it weighs, and that it is turned round', () => {
    const { web } = fileOf(
      file(
        pair(
          '    checks: { p: { process: mysqld, interval: 3s, fall: 4, rise: 5, weight: -150, reverse: true, initFail: true } }',
        ),
      ),
    ).groups;
    expect(web?.checks['p']).toEqual({
      tcp: '127.0.0.1:8080',
      interval: 3000,
      timeout: 1000,
      fall: 4,
      rise: 5,
      weight: -150,
      reverse: true,
      initFail: true,
    });
  });
});

describe('what is stood in for', () => {
  it('is each kind of check, and every hook, and it is said', () => {
    const text = file(
      pair(
        [
          '    checks:',
          '      a: { tcp: "127.0.0.1:3306" }',
          '      b: { http: "http://127.0.0.1/" }',
          '      c: { script: [/etc/keepaloft/hooks.d/c.sh, x] }',
          '      d: { interface: eth3 }',
          '      e: { ping: 10.0.0.1, count: 5 }',
          '      f: { file: /run/f, weight: 3 }',
          '      g: { alarm: "disk-{instance}" }',
          '      h: { interface: eth0 }',
          '      i: { ping: gateway }',
          '    hooks: { onMaster: [/etc/keepaloft/hooks.d/promote, now], timeout: 5s }',
        ].join('\n'),
      ),
    );
    const { web } = fileOf(text).groups;
    const looksAt = Object.fromEntries(
      Object.entries(web?.checks ?? {}).map(([name, check]) => [name, Object.entries(check)[0]]),
    );
    expect(looksAt).toEqual({
      a: ['tcp', '127.0.0.1:8080'],
      b: ['tcp', '127.0.0.1:8080'],
      c: ['script', [TRUE, '/etc/keepaloft/hooks.d/c.sh']],
      d: ['interface', 'eth0'],
      e: ['ping', 'gateway'],
      f: ['file', '/nonexistent/number'],
      h: ['interface', 'eth0'],
      i: ['ping', 'gateway'],
    });
    expect(web?.hooks).toEqual({ onMaster: [TRUE, '/etc/keepaloft/hooks.d/promote'], timeout: 5000 });
    expect(wordsOf(text)[0]).toBe(
      "web: a asks the lab's own service; b asks the lab's own service; c runs /usr/bin/true instead of /etc/keepaloft/hooks.d/c.sh; " +
        'd looks at eth0; e pings the gateway; f finds no file, which counts as 0; g is left out: CloudWatch has no such alarm; ' +
        'onMaster runs /usr/bin/true instead of /etc/keepaloft/hooks.d/promote',
    );
  });

  it('is an address that the lab has not, by one that nobody else has', () => {
    const text = file(
      pair('', 'kept', '172.31.0.201'),
      pair('', 'low', '172.31.0.11'),
      pair('', 'lan', '192.168.0.100'),
      '  edge:\n    vips:\n      - { address: 100.64.0.1, fabric: route, tables: [rtb-0123456789abcdef0] }\n' +
        '      - { address: 192.168.0.9, fabric: secondary-ip }\n' +
        '      - { address: 198.51.100.7, fabric: elastic-ip, allocation: eipalloc-0123456789abcdef0, private: 192.168.0.9 }\n' +
        `    members: ${PAIR}\n`,
    );
    const addresses = Object.values(fileOf(text).groups).map(({ vips }) =>
      vips.map(({ address }) => address),
    );
    expect(addresses).toEqual([
      ['172.31.0.201'],
      ['172.31.0.202'],
      ['172.31.0.203'],
      ['10.99.0.1', '172.31.0.204', '203.0.113.1'],
    ]);
    expect(fileOf(text).groups['edge']?.vips[2]).toMatchObject({ private: '172.31.0.204' });
    expect(wordsOf(text)).toContain('lan: 192.168.0.100 is 172.31.0.203');
  });

  it('is an instance that is yet to be filled in, and members that are told by what they are', () => {
    const text = file(
      groupText('    members: [{ instance: i-FILL-IN-1, priority: 150 }, { instance: i-FILL-IN-12 }]'),
      groupText('    members: { tag: { role: db }, priority: 70 }', 'db', '172.31.0.202'),
    );
    const { web, db } = fileOf(text).groups;
    expect(web?.members).toEqual([
      { instance: 'i-00000000000000001', priority: 150 },
      { instance: 'i-0000000000000000c', priority: 100 },
    ]);
    expect(db?.members.map(({ priority }) => priority)).toEqual([70, 70]);
    expect(wordsOf(text).slice(0, 2)).toEqual([
      'hosts of the lab stand for the instances that are to be filled in',
      'db: hosts of the lab are its members by tag role=db',
    ]);
  });

  it('is a mode that would change nothing, and the room of small instances', () => {
    const addresses = Array.from(
      { length: 10 },
      (_, index) => `{ address: 10.0.0.${index + 1}, fabric: secondary-ip }`,
    );
    const text = file(
      `  web:\n    mode: observe\n    vips: [${addresses.join(', ')}]\n    members: ${PAIR}\n`,
    );
    expect(fileOf(text).groups['web']?.mode).toBe('enforce');
    expect(rehearsed(text).scenario.lab.addressesPerInterface).toBe(11);
    expect(wordsOf(text)[0]).toContain('room for 11 addresses');
    expect(wordsOf(text)[1]).toContain('it is enforced, though the file says observe');
  });

  it('is an address of another switch than the lab has', () => {
    const l2 = (name: string, address: string) =>
      `  ${name}:\n    vips: [{ address: ${address}, fabric: l2 }]\n    exclusive: true\n    members: ${PAIR}\n`;
    const text = file(
      l2('kept', '192.168.0.100'),
      l2('other', '192.168.147.19'),
      l2('kept6', '2001:db8:0:2::64'),
      l2('other6', 'fd00::7'),
    );
    expect(Object.values(fileOf(text).groups).map((group) => group.vips[0]?.address)).toEqual([
      '192.168.0.100',
      '192.168.0.101',
      '2001:db8:0:2::64',
      '2001:db8:0:2::65',
    ]);
  });

  it('is an IPv6 address of another block', () => {
    const ipv6 = (name: string, address: string) =>
      `  ${name}:\n    vips: [{ address: "${address}", fabric: ipv6 }]\n    members: ${PAIR}\n`;
    const { kept, other } = fileOf(file(ipv6('kept', '2001:db8:0:1::c9'), ipv6('other', 'fd00::7'))).groups;
    expect([kept, other].map((group) => group?.vips[0]?.address)).toEqual([
      '2001:db8:0:1::c9',
      '2001:db8:0:1::ca',
    ]);
  });

  it('is not how hosts of another network route', () => {
    const text = file(
      pair('    hostRoutes: [{ to: 10.0.0.0/8, via: 192.168.0.1, src: 192.168.0.7 }]', 'web', '192.168.0.7'),
    );
    expect(fileOf(text).groups['web']?.hostRoutes).toBeUndefined();
    expect(wordsOf(text)[0]).toBe(
      "web: 192.168.0.7 is 172.31.0.201; the host's routes and rules are left out: they are of another network",
    );
  });

  it('is nothing that is wrong with the file', () => {
    expect(() => rehearsed(file(groupText('    members: [{ instance: somebody }]')))).toThrow(DocumentError);
  });
});

describe('the story', () => {
  it('lets the holder die, and expects of each group that it moves exactly if it was its', () => {
    const { steps } = rehearsed(file(pair(), pair('', 'db', '172.31.0.202'))).scenario;
    expect(steps.filter(({ fault }) => fault !== undefined)).toEqual([
      { fault: { kind: 'kill', target: 'holder' } },
    ]);
    expect(steps.flatMap((step) => (step.expect === undefined ? [] : [step.expect.groups]))).toEqual([
      { web: { moved: 'if-struck' }, db: { moved: 'if-struck' } },
      { web: { moved: false }, db: { moved: false } },
    ]);
  });

  it('waits by the longest lease, and does not wait for who takes back later', () => {
    const { steps } = rehearsed(
      file(
        pair('    election: { preempt: true }', 'a'),
        pair(
          '    timing: { heartbeat: 12s }\n    election: { preempt: true, preemptDelay: 10m }',
          'b',
          '172.31.0.202',
        ),
        pair('', 'c', '172.31.0.203'),
      ),
    ).scenario;
    expect(steps.flatMap((step) => (step.wait === undefined ? [] : [step.wait.timeout]))).toEqual(
      Array.from({ length: 7 }, () => 138_000),
    );
    expect(steps.at(-1)?.expect?.groups).toEqual({ b: { moved: false }, c: { moved: false } });
    expect(steps.map(stepWords)).toContain(
      'it comes back; where it has the higher priority it takes back a after 1 m 0 s, b after 10 m 0 s, which is not waited for',
    );
  });

  it('tells a group of one member apart: nobody takes over', () => {
    const one = '    members: [{ instance: i-0a000000000000001 }]';
    const both = rehearsed(file(groupText(one, 'a'), pair('', 'b', '172.31.0.202'))).scenario;
    expect(both.steps.map(stepWords)).toContain('a: one member, so nobody takes over when it dies');
    expect(both.steps.flatMap((step) => (step.wait?.rescued === undefined ? [] : [step.wait]))).toEqual([
      { rescued: ['b'], timeout: 39_000 },
    ]);
    const alone = rehearsed(file(groupText(one))).scenario;
    expect(alone.steps.map(stepWords)).toEqual([
      'all come up',
      'wait until every group is held',
      'wait until nothing has moved for 2.00 s',
      'web: one member, so nobody takes over when it dies',
    ]);
  });
});
