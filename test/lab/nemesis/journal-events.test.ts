// Proves which entries of the lab's journal become events of the history, and that instance ids become host names.
import { describe, expect, it } from 'vitest';
import { eventOfEntry } from '../../../lab/nemesis/journal-events.ts';

const name = (node: string | null): string | null => (node === 'i-1' ? 'host1' : node);
const read = (kind: string, fields: Record<string, unknown>) =>
  eventOfEntry({ n: 5, at: 1000.5, kind, ...fields }, name);

describe('an entry of the journal', () => {
  it('that is a decision names hosts and keeps its details', () => {
    const fields = {
      group: 'mysql',
      epoch: 3,
      from: 'i-1',
      to: 'i-2',
      reason: 'silence',
      detail: { silentMs: 3000 },
    };
    expect(read('transfer', fields)).toEqual({
      kind: 'decision',
      at: 1000.5,
      what: 'transfer',
      type: 'transfer',
      group: 'mysql',
      epoch: 3,
      from: 'host1',
      to: 'i-2',
      reason: 'silence',
      detail: 'silentMs=3000',
    });
    expect(read('claim-refused', { ...fields, from: null })).toMatchObject({
      what: 'other',
      type: 'claim-refused',
      from: null,
    });
  });

  it('that is an EC2 call says by whom and what came of it', () => {
    const call = {
      action: 'AssignPrivateIpAddresses',
      principal: 'arn:aws:sts::111122223333:assumed-role/KeepaloftArbiter/keepaloft-heartbeat',
      status: 503,
      startedAt: 1000,
      endedAt: 1012.4,
      error: 'RequestLimitExceeded',
      addresses: ['172.31.0.201'],
    };
    expect(read('ec2-call', call)).toMatchObject({
      by: 'KeepaloftArbiter/keepaloft-heartbeat',
      outcome: 'RequestLimitExceeded after 12 ms',
      addresses: '172.31.0.201',
    });
    const route = { ...call, action: 'ReplaceRoute', addresses: [], about: '10.99.0.1/32' };
    expect(read('ec2-call', route)).toMatchObject({ addresses: '10.99.0.1/32' });
  });

  it('that says what an Elastic IP stands on keeps when that began and ended; the kernel tells of the rest', () => {
    const applied = { address: '203.0.113.5', startedAt: 990, host: 'host2', private: '172.31.0.12' };
    expect(read('applied', applied)).toEqual({
      kind: 'associated',
      at: 1000.5,
      since: 990,
      vip: '203.0.113.5',
      private: '172.31.0.12',
      host: 'host2',
    });
    expect(read('applied', { address: '172.31.0.201', startedAt: 990, host: 'host2' })).toBeUndefined();
  });

  it('that is a process says how it ended', () => {
    const ended = { host: 'host1', what: 'agent', event: 'exited', pid: 7, code: null, signal: 'SIGKILL' };
    expect(read('process', ended)).toMatchObject({ event: 'exited SIGKILL' });
    expect(read('process', { ...ended, code: 75, signal: null })).toMatchObject({ event: 'exited code 75' });
  });

  it("that is an agent's word counts when its role changes or something is wrong, and keeps what it says", () => {
    const said = (level: string, message: string, fields: object) =>
      read('agent', { host: 'host1', level, message, fields });
    expect(
      said('info', 'BACKUP -> MASTER at epoch 3', { group: 'mysql', epoch: 3, time: 1, pid: 9 }),
    ).toEqual({
      kind: 'agent',
      at: 1000.5,
      host: 'host1',
      group: 'mysql',
      epoch: 3,
      message: 'BACKUP -> MASTER at epoch 3',
    });
    expect(said('warn', 'the arbiter refuses heartbeats', { status: 503 })).toMatchObject({
      message: 'the arbiter refuses heartbeats  status=503',
      group: null,
    });
    expect(said('info', 'started', {})).toBeUndefined();
  });

  it("that is the arbiter's counts from a warning on, but not for a heartbeat that a later one overtook", () => {
    const said = (level: string, fields: object) =>
      read('lambda', { function: 'keepaloft-heartbeat', level, message: 'refused', fields });
    expect(said('WARN', { code: 'Contended', service: 'keepaloft' })).toEqual({
      kind: 'lambda',
      at: 1000.5,
      message: 'refused  code=Contended',
    });
    expect(said('WARN', { code: 'StaleBeat' })).toBeUndefined();
    expect(said('INFO', { code: 'Contended' })).toBeUndefined();
  });

  it('that tells of a defect of the lab makes the history blind', () => {
    expect(read('lab-error', { message: 'no route' })).toEqual({
      kind: 'blind',
      at: 1000.5,
      what: 'lab: no route',
    });
  });

  it.each(['beat', 'fault', 'healed', 'applied', 'service'])(
    'of kind %s is left out: others tell it better',
    (kind) => {
      expect(read(kind, { host: 'host1', status: 200, fault: {}, fields: {} })).toBeUndefined();
    },
  );
});
