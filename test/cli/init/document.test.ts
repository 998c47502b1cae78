// Proves that whatever is said ends in a file that means it or in a refusal, and which address is proposed.
import { describe, expect, it } from 'vitest';
import { freeAddress } from '../../../cli/init/discover.ts';
import { type Plan, planText } from '../../../cli/init/document.ts';
import { checkIn, memberIn, tagIn, wordsIn } from '../../../cli/init/words.ts';
import { keepaloftFileSchema } from '../../../core/wire/config.ts';
import { readDocument } from '../../../core/wire/document.ts';

const plan = (fields: Partial<Plan> = {}): Plan => ({
  group: 'mysql',
  vips: ['172.31.0.201', '172.31.0.202'],
  members: [
    { instance: 'i-0a000000000000001', priority: 200, name: 'db 1' },
    { instance: 'i-0b000000000000002', priority: 150 },
  ],
  checks: [],
  exclusive: false,
  ...fields,
});
const parsed = (fields: Partial<Plan> = {}) =>
  readDocument('keepaloft.yaml', planText(plan(fields)), keepaloftFileSchema).groups;

describe('the file', () => {
  it('says what was planned, with the defaults written out', () => {
    expect(parsed()).toMatchObject({
      mysql: {
        vips: [{ address: '172.31.0.201' }, { address: '172.31.0.202' }],
        members: [
          { instance: 'i-0a000000000000001', priority: 200 },
          { instance: 'i-0b000000000000002', priority: 150 },
        ],
        timing: { heartbeat: 1000, lease: 3000 },
        exclusive: false,
        checks: {},
      },
    });
    expect(parsed({ exclusive: true })).toMatchObject({
      mysql: { exclusive: true, timing: { lease: 5000 } },
    });
  });

  it('takes checks as they were said, whatever characters YAML has a use for', () => {
    const checks = [
      'db=tcp:127.0.0.1:3306',
      'web=http:http://127.0.0.1/a?b={c}#d, e',
      'own=process:my sql: x',
      'own2=script:/etc/keepaloft/hooks.d/it works',
    ];
    expect(parsed({ checks: checks.map(checkIn) })).toMatchObject({
      mysql: {
        checks: {
          db: { tcp: '127.0.0.1:3306' },
          web: { http: 'http://127.0.0.1/a?b={c}#d, e' },
          own: { process: 'my sql: x' },
          own2: { script: ['/etc/keepaloft/hooks.d/it works'] },
        },
      },
    });
  });

  it('lets no tag out of its remark', () => {
    const members = [{ instance: 'i-0a000000000000001', priority: 200, name: 'a\nversion: 2\u001B[31m' }];
    expect(parsed({ members })).toMatchObject({ mysql: { members: [{ priority: 200 }] } });
    expect(planText(plan({ members }))).not.toContain('\u001B');
  });

  it.each([
    ['a VIP that is none', { vips: ['172.31.0.999'] }],
    ['a name that is none', { group: 'My SQL' }],
    ['the same VIP twice', { vips: ['172.31.0.201', '172.31.0.201'] }],
    ['a text that would be more than a value', { vips: ['1.2.3.4, fabric: x }\nversion: 2'] }],
  ])('refuses %s', (_what, fields) => {
    expect(() => parsed(fields)).toThrow(/keepaloft\.yaml:\d+:\d+/u);
  });
});

describe('words', () => {
  it('are members in their order of preference', () => {
    expect(['i-0a000000000000001', 'i-0b000000000000002:90', 'i-0c000000000000003'].map(memberIn)).toEqual([
      { instance: 'i-0a000000000000001', priority: 200 },
      { instance: 'i-0b000000000000002', priority: 90 },
      { instance: 'i-0c000000000000003', priority: 100 },
    ]);
    expect(memberIn('i-0a000000000000001', 7).priority).toBe(50);
  });

  it('are told apart by spaces and commas', () => {
    expect(wordsIn(' a, b  c,')).toEqual(['a', 'b', 'c']);
    expect(tagIn('role=a=b')).toEqual({ key: 'role', value: 'a=b' });
  });

  it.each([
    ['host1', (word: string) => memberIn(word, 0), /name an instance/u],
    ['i-0a000000000000001:high', (word: string) => memberIn(word, 0), /name an instance/u],
    ['3306', checkIn, /NAME=KIND:WHAT/u],
    ['db=udp:1', checkIn, /NAME=KIND:WHAT/u],
    ['role', tagIn, /KEY=VALUE/u],
  ])('that are none (%s) are refused with the form that is right', (word, read, remedy) => {
    expect(() => read(word)).toThrow(
      expect.objectContaining({ exitCode: 64, remedy: expect.stringMatching(remedy) as string }) as Error,
    );
  });
});

describe('the proposed address', () => {
  it.each([
    ['172.31.0.0/24', [], '172.31.0.254'],
    ['172.31.0.0/24', ['172.31.0.254', '172.31.0.253'], '172.31.0.252'],
    ['10.0.0.16/28', [], '10.0.0.30'],
    ['10.1.0.0/16', [], '10.1.255.254'],
    ['10.0.0.0/28', Array.from({ length: 16 }, (_, n) => `10.0.0.${n}`), undefined],
  ])('of %s is the highest that nobody has and EC2 does not keep', (cidr, taken, address) => {
    expect(freeAddress(cidr, new Set(taken))).toBe(address);
  });
});
