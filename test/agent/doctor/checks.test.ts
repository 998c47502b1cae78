// Proves what doctor says of checks of interfaces, pings and files: one finding each, on a real host's files where it can.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checksFindings } from '../../../agent/doctor/check/checks.ts';
import { agentMayPing, lookAtChecks } from '../../../agent/doctor/collect/checks.ts';
import type { CheckFacts } from '../../../agent/doctor/facts.ts';
import { agentFileSchema } from '../../../core/wire/config.ts';
import { scratchDirectory } from '../scratch.ts';

const fileWith = (checks: object) =>
  agentFileSchema.parse({
    version: 1,
    endpoint: 'https://abc123.execute-api.us-east-1.amazonaws.com',
    region: 'us-east-1',
    groups: { mysql: { vips: [{ address: '172.31.0.201', fabric: 'secondary-ip' }], checks } },
  });
const told = (checks: readonly CheckFacts[], mayPing: boolean | undefined = true): string[] =>
  checksFindings(checks, mayPing).map(({ verdict, code, about }) => `${verdict} ${code} ${about}`);
const ping = (passed: boolean): CheckFacts => ({
  use: 'check way of mysql',
  kind: 'ping',
  target: 'gateway',
  isAbsent: false,
  result: { passed, detail: `172.31.0.1: ${passed ? 10 : 0} of 10 answered` },
});

describe('doctor on interfaces and files', () => {
  it('finds well what is there, and interface-down', async () => {
    const path = join(scratchDirectory(), 'load');
    writeFileSync(path, '7');
    const facts = await lookAtChecks(
      fileWith({
        loop: { interface: 'lo' },
        link: { interface: 'no-such' },
        load: { file: path },
        port: { tcp: 'localhost:1' },
      }),
    );
    expect(facts.map(({ use }) => use)).toEqual([
      'check loop of mysql',
      'check link of mysql',
      'check load of mysql',
    ]);
    const elsewhere = facts.map((one) => (one.kind === 'file' ? { ...one, target: '/run/load' } : one));
    expect(told(elsewhere)).toEqual([
      'ok interface check loop of mysql',
      'bad interface-down check link of mysql',
      'ok file check load of mysql',
    ]);
  });

  it('file-absent, file-without-number, file-hidden', async () => {
    const facts = await lookAtChecks(
      fileWith({
        none: { file: '/run/no-such-file' },
        text: { file: '/etc/passwd' },
        tmp: { file: '/tmp/load' },
      }),
    );
    expect(told(facts)).toEqual([
      'warn file-absent check none of mysql',
      'bad file-without-number check text of mysql',
      'warn file-hidden check tmp of mysql',
    ]);
  });
});

describe('doctor on pings', () => {
  it('ping-unanswered', () => {
    expect(told([ping(true)])).toEqual(['ok ping check way of mysql']);
    expect(told([ping(false)])).toEqual(['bad ping-unanswered check way of mysql']);
  });

  it('ping-not-allowed, once, and only where there is such a check', () => {
    expect(told([ping(true), ping(true)], false)).toEqual([
      'bad ping-not-allowed undefined',
      'ok ping check way of mysql',
      'ok ping check way of mysql',
    ]);
    const [finding] = checksFindings([ping(true)], false);
    expect(finding?.fix).toContain('net.ipv4.ping_group_range="0 0"');
    expect(checksFindings([], false)).toEqual([]);
    expect(checksFindings([ping(true)], undefined)[0]).toMatchObject({ verdict: 'unknown' });
  });

  it.each([
    ['1\t0\n', '0000000000003000', true],
    ['1\t0\n', '0000000000001000', false],
    ['1\t0\n', undefined, false],
    ['0\t2147483647\n', undefined, true],
    ['0\t0\n', undefined, true],
    ['100\t200\n', undefined, false],
    [undefined, undefined, undefined],
  ])('with the range %j and the capabilities %s: %s', (range, rights, may) => {
    const root = scratchDirectory();
    mkdirSync(join(root, 'proc/sys/net/ipv4'), { recursive: true });
    mkdirSync(join(root, 'proc/42'));
    if (range !== undefined) writeFileSync(join(root, 'proc/sys/net/ipv4/ping_group_range'), range);
    if (rights !== undefined)
      writeFileSync(join(root, 'proc/42/status'), `Name:\tnode\nCapEff:\t${rights}\n`);
    expect(agentMayPing(42, root)).toBe(may);
  });
});
