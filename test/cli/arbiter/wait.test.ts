// Proves when an order counts as done, as dropped, or as not done yet, and that a silent arbiter is asked again.
import { describe, expect, it } from 'vitest';
import type { ArbiterClient } from '../../../cli/arbiter/client.ts';
import { unreachable } from '../../../cli/arbiter/errors.ts';
import { type Progress, progressOf, waitFor } from '../../../cli/arbiter/wait.ts';
import { CliError } from '../../../cli/failure.ts';
import { initialState } from '../../../core/election/initial.ts';
import { epochMs } from '../../../core/time.ts';
import {
  type GroupStatus,
  type OrderRequest,
  orderRequestSchema,
  orderResponseSchema,
} from '../../../core/wire/admin.ts';
import { groupStatus } from '../../../lambdas/admin/status.ts';
import { config, nodeA, nodeB, nodeC } from '../../lambdas/fixtures.ts';

const at = epochMs(1_800_000_000_000);
const group = (fields: Partial<GroupStatus> = {}): GroupStatus => ({
  ...groupStatus(initialState(config, at), config, at),
  epoch: 4,
  phase: 'held',
  holder: nodeA,
  ...fields,
});
const request = (fields: object): OrderRequest =>
  orderRequestSchema.parse({ v: 1, group: 'mysql', reason: 'why', ...fields });
const taken = orderResponseSchema.parse({
  v: 1,
  group: 'mysql',
  epoch: 4,
  phase: 'held',
  holder: nodeA,
  to: nodeB,
  rev: 9,
});
const failover = request({ do: 'failover' });
const handover = { to: nodeB, ageMs: 100 };

describe('progressOf', () => {
  it.each<[OrderRequest, Partial<GroupStatus>, Progress]>([
    [failover, { handover }, { missing: `${nodeB} has not taken it yet` }],
    [failover, {}, 'lapsed'],
    [failover, { epoch: 5, phase: 'moving', holder: nodeB }, { missing: 'mysql is moving' }],
    [failover, { phase: 'releasing' }, { missing: `${nodeB} has not taken it yet` }],
    [failover, { epoch: 5, holder: nodeB }, 'done'],
    [failover, { epoch: 5, holder: nodeC }, 'lapsed'],
    [request({ do: 'drain', node: nodeA }), {}, { missing: `${nodeA} still holds it` }],
    [
      request({ do: 'drain', node: nodeA }),
      { epoch: 5, holder: nodeB, phase: 'moving' },
      { missing: 'mysql is moving' },
    ],
    [request({ do: 'drain', node: nodeA }), { epoch: 5, holder: nodeB }, 'done'],
    [request({ do: 'drain', node: nodeC }), {}, 'done'],
    [request({ do: 'undrain', node: nodeC }), { phase: 'moving' }, 'done'],
    [request({ do: 'pause' }), { phase: 'moving' }, { missing: 'mysql is moving' }],
    [request({ do: 'pause' }), {}, 'done'],
    [request({ do: 'resume' }), { phase: 'vacant', holder: null }, 'done'],
  ])('%j, then %j: %j', (asked, fields, progress) => {
    expect(progressOf(asked, taken, group(fields))).toEqual(progress);
  });
});

describe('waitFor', () => {
  const signal = new AbortController().signal;
  /** A client whose looks at the group come from a list; the last one stays. */
  const clientOf = (looks: (GroupStatus | CliError)[]): ArbiterClient => ({
    status: async () => {
      const now = looks.length > 1 ? looks.shift() : looks[0];
      if (now === undefined || now instanceof CliError) throw now ?? new Error('nothing to see');
      return { v: 1, at, groups: [now], brake: null };
    },
    history: () => Promise.reject(new Error('nobody asks')),
    order: () => Promise.reject(new Error('nobody orders')),
  });
  const options = { timeoutMs: 60_000, signal, onMissing: () => undefined };

  it('goes on while the arbiter is silent, and tells the group as it is at the end', async () => {
    const silence = unreachable({ name: 'x', url: new URL('https://x.example') }, new Error('refused'));
    const missing: string[] = [];
    const onMissing = (what: string): void => void missing.push(what);
    const done = group({ epoch: 5, holder: nodeB });
    const client = clientOf([silence, done]);
    expect(await waitFor(client, failover, taken, { ...options, onMissing })).toEqual(done);
    expect(missing).toEqual(['the arbiter x does not answer: refused']);
  });

  it('an order that was dropped ends it with 3, time that is over with 1', async () => {
    const dropped = waitFor(clientOf([group()]), failover, taken, options);
    await expect(dropped).rejects.toMatchObject({ code: 'order-lapsed', exitCode: 3 });
    const late = waitFor(clientOf([group({ handover })]), failover, taken, { ...options, timeoutMs: 0 });
    await expect(late).rejects.toMatchObject({ code: 'not-yet', exitCode: 1 });
  });
});
