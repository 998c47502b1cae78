/** Proves that arbiter and agent get the same configuration from one file. */

import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import {
  agentGroupDocument,
  compileGroup,
  configHashOf,
  NotEnrolledError,
} from '../../../core/wire/compile.ts';
import { agentFileSchema, type GroupFile, keepaloftFileSchema } from '../../../core/wire/config.ts';
import { readDocument } from '../../../core/wire/document.ts';
import { groupConfigSchema } from '../../../core/wire/item.ts';
import { A, B, ENI, VIP } from '../fixtures.ts';

const groupOf = (over: object = {}): GroupFile => {
  const { mysql } = keepaloftFileSchema.parse({
    version: 1,
    groups: {
      mysql: {
        vips: [{ address: VIP, fabric: 'secondary-ip' }],
        members: [{ instance: A, priority: 200 }, { instance: B }],
        checks: {
          db: { tcp: '127.0.0.1:3306', interval: '250ms' },
          disk: { script: ['/usr/bin/test', '-w', '/data'], weight: -30 },
        },
        hooks: { onMaster: ['/usr/local/bin/promote'] },
        ...over,
      },
    },
  }).groups;
  if (mysql === undefined) throw new Error('no group');
  return mysql;
};
const enrolments = {
  [A]: { eni: ENI[A], address: '172.31.0.11' },
  [B]: { eni: ENI[B], address: '172.31.0.12' },
};

describe('compile: for the arbiter', () => {
  it('joins the file with what the cloud knows, in the stored shape', () => {
    const config = compileGroup('mysql', groupOf(), enrolments);
    expect(groupConfigSchema.parse(JSON.parse(JSON.stringify(config)))).toEqual(config);
    expect(config).toMatchObject({
      heartbeatMs: 1000,
      leaseMs: 3000,
      holdDownMs: 60_000,
      checks: ['db', 'disk'],
      members: { [A]: { eni: ENI[A], priority: 200 } },
    });
  });

  it('keeps what CloudWatch checks apart, and names it among the checks', () => {
    const checks = { lag: { alarm: 'lag-{instance}', weight: -20 }, db: { tcp: '127.0.0.1:3306' } };
    const config = compileGroup('mysql', groupOf({ checks }), enrolments);
    expect(config.checks).toEqual(['lag', 'db']);
    expect(config.alarms).toEqual([{ check: 'lag', alarm: 'lag-{instance}', weight: -20 }]);
    const document = agentGroupDocument(groupOf({ checks }), A);
    expect(Object.keys(document['checks'] as object)).toEqual(['db']);
  });

  it.each([
    [{ mode: 'observe', exclusive: true }, { observe: true }],
    [{ adopt: false }, { adopt: false }],
    [{ drift: 'alarm' }, { drift: 'alarm' }],
    [{}, {}],
  ])('says of %j only what is not the default', (over, conduct) => {
    const { observe, adopt, drift, exclusive } = compileGroup('mysql', groupOf(over), enrolments);
    expect(JSON.parse(JSON.stringify({ observe, adopt, drift, exclusive }))).toEqual(conduct);
  });

  it('names no checks where there are none', () => {
    expect(compileGroup('mysql', groupOf({ checks: {} }), enrolments)).not.toHaveProperty('checks');
  });

  it('refuses a member that the cloud does not know, and names it', () => {
    const { [B]: _, ...others } = enrolments;
    expect(() => compileGroup('mysql', groupOf(), others)).toThrow(NotEnrolledError);
    expect(() => compileGroup('mysql', groupOf(), others)).toThrow(B);
  });
});

describe('compile: for the agent', () => {
  it('gives a document that reads back as the same settings and names the same configuration', () => {
    const group = groupOf({ timing: { heartbeat: '500ms', lease: '2s' } });
    const text = stringify({
      version: 1,
      endpoint: 'https://api.example.com',
      region: 'us-east-1',
      groups: { mysql: agentGroupDocument(group, A) },
    });
    expect(readDocument('agent.yaml', text, agentFileSchema).groups['mysql']).toEqual({
      vips: group.vips,
      priority: 200,
      configHash: configHashOf(group),
      timing: group.timing,
      exclusive: false,
      kernelExpiry: 'address',
      mode: 'enforce',
      preemptDelay: 0,
      checks: group.checks,
      hooks: group.hooks,
    });
  });
});

describe('compile: the hand-over', () => {
  it('is told to an agent only where it is not what every agent does', () => {
    const reset = groupOf({ exclusive: true, handover: 'reset-first' });
    expect(agentGroupDocument(reset, A)).toMatchObject({ handover: 'reset-first' });
    expect(agentGroupDocument(groupOf(), A)).not.toHaveProperty('handover');
  });
});

describe('compile: who is asked before a change', () => {
  const enrolments = {
    [A]: { eni: ENI[A], address: '172.31.0.11' },
    [B]: { eni: ENI[B], address: '172.31.0.12' },
  };
  const asked = (over: Record<string, unknown>): unknown[] => {
    const { prepareMs, release } = compileGroup('mysql', groupOf(over), enrolments);
    return [prepareMs, release];
  };
  const hook = ['/etc/keepaloft/hooks.d/one'];

  it.each<[string, Record<string, unknown>, unknown[]]>([
    ['nobody', {}, [undefined, undefined]],
    [
      'candidates, for the time of hooks',
      { hooks: { beforeMaster: hook, timeout: '7s' } },
      [7000, undefined],
    ],
    ['fenced holders, for a hook', { hooks: { beforeRelease: hook } }, [undefined, true]],
    ['… or for their connections', { handover: 'reset-first' }, [undefined, true]],
    ['exclusive ones are asked anyway', { exclusive: true, handover: 'reset-first' }, [undefined, undefined]],
    [
      'nobody, where nothing is done',
      { mode: 'observe', hooks: { beforeMaster: hook, beforeRelease: hook } },
      [undefined, undefined],
    ],
  ])('%s', (_, over, words) => {
    expect(asked(over)).toEqual(words);
  });

  it('what is not used is not there', () => {
    const config = compileGroup('mysql', groupOf({}), enrolments);
    expect(Object.keys(config)).not.toContain('prepareMs');
    expect(Object.keys(config)).not.toContain('release');
  });
});

describe('compile: the hash', () => {
  it('of a file without newer words stays what it was before there were any', () => {
    expect(configHashOf(groupOf())).toBe('f861eff1e891c4cb');
  });

  it('does not depend on the order of keys, but on every value', () => {
    const { vips, members, ...rest } = groupOf();
    expect(configHashOf({ ...rest, members, vips })).toBe(configHashOf(groupOf()));
    const others = [
      groupOf({ timing: { lease: '4s' } }),
      groupOf({ checks: {} }),
      groupOf({ members: [{ instance: A, priority: 200 }] }),
    ];
    expect(new Set([groupOf(), ...others].map(configHashOf)).size).toBe(4);
  });
});
