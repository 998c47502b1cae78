// Proves that the words of an order make the request that was meant, and that its answer is told with what follows.
import { describe, expect, it } from 'vitest';
import {
  needsLook,
  type OrderWords,
  orderLine,
  requestOf,
  takenLines,
} from '../../../cli/arbiter/order-words.ts';
import { CliError } from '../../../cli/failure.ts';
import { initialState } from '../../../core/election/initial.ts';
import { epochMs } from '../../../core/time.ts';
import { type OrderRequest, orderRequestSchema, orderResponseSchema } from '../../../core/wire/admin.ts';
import { groupStatus } from '../../../lambdas/admin/status.ts';
import { config, nodeA, nodeB } from '../../lambdas/fixtures.ts';

const hosts = new Map([
  [nodeA, 'host1'],
  [nodeB, 'host2'],
]);
const words = (fields: Partial<OrderWords>): OrderWords => ({
  do: 'pause',
  group: 'mysql',
  reason: 'why',
  ...fields,
});
const now = epochMs(1_800_000_000_000);
const seen = {
  ...groupStatus(initialState(config, now), config, now),
  epoch: 47,
  holder: nodeA,
  standby: nodeB,
};
const base = { v: 1, group: 'mysql', reason: 'why' };

const failureOf = (make: () => unknown): CliError => {
  try {
    make();
  } catch (error) {
    if (error instanceof CliError) return error;
    throw error;
  }
  throw new Error('it made a request');
};

describe('requestOf', () => {
  it.each<[Partial<OrderWords>, object]>([
    [{ do: 'failover' }, { do: 'failover' }],
    [
      { do: 'failover', node: 'host2' },
      { do: 'failover', to: nodeB },
    ],
    [
      { do: 'failover', node: nodeB },
      { do: 'failover', to: nodeB },
    ],
    [
      { do: 'drain', node: nodeA },
      { do: 'drain', node: nodeA },
    ],
    [
      { do: 'undrain', node: 'host1' },
      { do: 'undrain', node: nodeA },
    ],
    [
      { do: 'pause', ifEpoch: 0 },
      { do: 'pause', ifEpoch: 0 },
    ],
    [{ do: 'resume' }, { do: 'resume' }],
  ])('%j is %j', (said, request) => {
    const made = requestOf(words(said), hosts);
    expect(made).toEqual({ ...base, ...request });
    expect(orderRequestSchema.parse(made)).toEqual(made);
  });

  it('what was decided on a look holds for the epoch that was seen, unless another is named', () => {
    expect(requestOf(words({ do: 'drain', node: 'holder' }), hosts, seen)).toMatchObject({
      node: nodeA,
      ifEpoch: 47,
    });
    expect(requestOf(words({ do: 'failover', node: 'standby' }), hosts, seen)).toMatchObject({ to: nodeB });
    expect(requestOf(words({ ifEpoch: 3 }), hosts, seen)).toMatchObject({ ifEpoch: 3 });
    expect([
      needsLook(words({ node: 'holder' })),
      needsLook(words({ node: 'host1' })),
      needsLook(words({})),
    ]).toEqual([true, false, false]);
  });

  it('who is nobody is said with who there is', () => {
    expect(failureOf(() => requestOf(words({ do: 'drain', node: 'host9' }), hosts))).toMatchObject({
      code: 'unknown-node',
      exitCode: 64,
      remedy: 'name one of: host1, host2, an instance id, holder, standby',
    });
    const vacant = { ...seen, holder: null, standby: null };
    for (const node of ['holder', 'standby'])
      expect(failureOf(() => requestOf(words({ do: 'drain', node }), hosts, vacant)).code).toBe('nobody');
  });
});

describe('what a person reads', () => {
  const taken = orderResponseSchema.parse({
    ...base,
    epoch: 4,
    phase: 'held',
    holder: nodeA,
    to: nodeB,
    rev: 9,
  });
  const request = (fields: object): OrderRequest => orderRequestSchema.parse({ ...base, ...fields });
  it.each<[OrderRequest, string, string]>([
    [request({ do: 'failover' }), 'failover mysql to the best standby', 'it moves to host2 with'],
    [request({ do: 'failover', to: nodeB }), 'failover mysql to host2', 'it moves to host2 with'],
    [request({ do: 'drain', node: nodeA }), 'drain host1 of mysql', 'host1 holds it, and hands it over'],
    [request({ do: 'drain', node: nodeB }), 'drain host2 of mysql', 'host2 is kept free of it'],
    [request({ do: 'undrain', node: nodeA }), 'undrain host1 of mysql', 'host1 may hold it again'],
    [request({ do: 'pause' }), 'pause mysql', 'it stays with host1 until it is resumed, also if host1 dies'],
    [request({ do: 'resume' }), 'resume mysql', 'what was due meanwhile is done now'],
  ])('%j: %s', (asked, question, then) => {
    expect(orderLine(asked, hosts)).toBe(question);
    const [head, line] = takenLines(asked, taken, hosts);
    expect(head).toBe(`mysql: ${asked.do} taken at epoch 4, held by host1`);
    expect(line).toContain(then);
  });

  it('of a group that nobody holds', () => {
    const nobody = { ...taken, phase: 'vacant', holder: null } as const;
    expect(takenLines(request({ do: 'pause' }), nobody, hosts)[0]).toBe(
      'mysql: pause taken at epoch 4, vacant',
    );
  });
});
