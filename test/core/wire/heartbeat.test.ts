/** Proves what a heartbeat and its answer may look like, and that versions N and N+1 can talk. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  groupAnswerSchema,
  groupResultSchema,
  heartbeatRequestSchema,
  heartbeatResponseSchema,
} from '../../../core/wire/heartbeat.ts';
import { answer, B, claim, report } from '../fixtures.ts';

const request = (over: object = {}) => ({
  v: 1,
  node: B,
  boot: 7,
  seq: 11,
  agent: '0.1.0',
  groups: [report({ claim: claim() })],
  ...over,
});
const refuses = (over: object): boolean => !heartbeatRequestSchema.safeParse(request(over)).success;

describe('heartbeat: the request', () => {
  it('survives JSON unchanged', () => {
    expect(heartbeatRequestSchema.parse(JSON.parse(JSON.stringify(request())))).toEqual(request());
  });

  it('ignores what a newer agent adds, everywhere', () => {
    const newer = request({
      later: 1,
      groups: [{ ...report(), later: { deep: true }, claim: { ...claim(), later: 2 } }],
    });
    const parsed = heartbeatRequestSchema.parse(newer);
    expect(JSON.stringify(parsed)).not.toContain('later');
  });

  it.each([
    ['another version', { v: 2 }],
    ['a forged shape of node', { node: 'i-0; rm' }],
    ['a negative seq', { seq: -1 }],
    ['a fractional boot', { boot: 1.5 }],
    ['a seq beyond exact integers', { seq: 2 ** 53 }],
    ['no groups', { groups: [] }],
    ['too many groups', { groups: Array.from({ length: 33 }, () => report()) }],
    ['an endless agent name', { agent: 'x'.repeat(33) }],
    ['a claim with a malformed beat', { groups: [report({ claim: claim({ beat: '7:' }) })] }],
    ['a silence of more than a day', { groups: [report({ claim: claim({ silentMs: 86_400_001 }) })] }],
    ['an unknown kind of evidence', { groups: [{ ...report(), claim: { ...claim(), evidence: 'rumour' } }] }],
    ['a priority of 255', { groups: [report({ priority: 255 })] }],
    ['a VIP that is no address', { groups: [report({ vips: { vip: { bound: true, inFabric: true } } })] }],
    ['a reason longer than 200 characters', { groups: [report({ fault: 'x'.repeat(201) })] }],
  ])('refuses %s', (_, over) => {
    expect(refuses(over)).toBe(true);
  });

  it('throws nothing, whatever comes', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        (value) => typeof heartbeatRequestSchema.safeParse(value).success === 'boolean',
      ),
    );
  });
});

describe('heartbeat: the answer', () => {
  it('is a role or an error, for each group', () => {
    const body = {
      v: 1,
      groups: { mysql: answer(), redis: { error: { code: 'UnknownGroup', message: 'deploy it' } } },
    };
    expect(heartbeatResponseSchema.parse(JSON.parse(JSON.stringify(body)))).toEqual(body);
    expect(groupResultSchema.safeParse({}).success).toBe(false);
  });

  it('knows no third role', () => {
    expect(groupAnswerSchema.safeParse({ ...answer(), role: 'FAULT' }).success).toBe(false);
  });
});
