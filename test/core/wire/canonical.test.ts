/**
 * Proves that a configuration keeps its name. An agent and an arbiter of different versions must call one configuration
 * alike, so the hash of a given one is pinned here: it changes only if somebody means it to.
 */
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { durationMs } from '../../../core/time.ts';
import {
  agentGroupDocument,
  compileGroup,
  configHashOf,
  NotEnrolledError,
} from '../../../core/wire/compile.ts';
import { agentFileSchema, type GroupFile } from '../../../core/wire/config.ts';
import { readDocument } from '../../../core/wire/document.ts';
import { A, B, C, ENI, VIP, VIP2 } from '../fixtures.ts';

const GROUP: GroupFile = {
  vips: [
    { address: VIP, fabric: 'secondary-ip' },
    { address: VIP2, fabric: 'secondary-ip' },
  ],
  members: [
    { instance: A, priority: 200 },
    { instance: B, priority: 100 },
  ],
  timing: { heartbeat: durationMs(1000), lease: durationMs(3000) },
  exclusive: false,
  kernelExpiry: 'address',
  mode: 'enforce',
  adopt: true,
  drift: 'repair',
  election: { preempt: true, preemptDelay: durationMs(0), holdDown: durationMs(60_000) },
  handover: 'fabric-first',
  checks: {},
  hooks: { timeout: durationMs(30_000), onMaster: ['/bin/true', 'x'] },
};

describe('the hash of a configuration', () => {
  it('is this one', () => {
    expect(configHashOf(GROUP)).toBe('a8326035882fa51b');
  });

  it.each([{ mode: 'observe' }, { adopt: false }, { drift: 'adopt' }, { drift: 'alarm' }] as const)(
    'tells %j',
    (change) => {
      expect(configHashOf({ ...GROUP, ...change })).not.toBe(configHashOf(GROUP));
    },
  );

  it('has sixteen hexadecimal digits, leading zeros too', () => {
    for (let priority = 1; priority <= 254; priority += 1)
      expect(configHashOf({ ...GROUP, members: [{ instance: A, priority }] })).toMatch(/^[0-9a-f]{16}$/);
  });

  it('does not tell a key that is undefined from one that is not there', () => {
    const hooks = { ...GROUP.hooks, onBackup: undefined };
    expect(configHashOf({ ...GROUP, hooks })).toBe(configHashOf(GROUP));
  });

  it('tells where one list element ends and the next begins', () => {
    const hooks = { ...GROUP.hooks, onMaster: ['/bin/true,x'] };
    expect(configHashOf({ ...GROUP, hooks })).not.toBe(configHashOf(GROUP));
  });
});

describe('compiled', () => {
  const enrolments = {
    [A]: { eni: ENI[A], address: '172.31.0.11' },
    [B]: { eni: ENI[B], address: '172.31.0.12' },
  };

  it('a fenced group says nothing of exclusive, an exclusive one says so', () => {
    expect(compileGroup('mysql', GROUP, enrolments)).not.toHaveProperty('exclusive');
    expect(compileGroup('mysql', { ...GROUP, exclusive: true }, enrolments)).toMatchObject({
      exclusive: true,
    });
  });

  it('for each member has its own priority and everybody’s timing', () => {
    const text = (node: string): string =>
      stringify({
        version: 1,
        endpoint: 'https://api.example.com',
        region: 'us-east-1',
        groups: { mysql: agentGroupDocument(GROUP, node) },
      });
    const read = (node: string) => readDocument('agent.yaml', text(node), agentFileSchema).groups['mysql'];
    expect([read(A)?.priority, read(B)?.priority]).toEqual([200, 100]);
    expect(read(B)?.timing).toEqual(GROUP.timing);
    expect(agentGroupDocument(GROUP, C)).toMatchObject({ priority: undefined });
  });

  it('the error about a member that is not known says its name', () => {
    expect(() => compileGroup('mysql', GROUP, {})).toThrow(
      expect.objectContaining({ name: 'NotEnrolledError' }) as NotEnrolledError,
    );
  });
});
