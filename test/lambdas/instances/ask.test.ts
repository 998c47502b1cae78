// Proves what EC2's description of a machine is taken for, and that no answer is not an answer.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { initialState } from '../../../core/election/initial.ts';
import { epochMs } from '../../../core/time.ts';
import type { InstanceState } from '../../../lab/ends/ec2/model.ts';
import { createEc2Client } from '../../../lambdas/fabric/ec2/client.ts';
import { FabricError } from '../../../lambdas/fabric/fabric.ts';
import { evidenceOf, factsOf } from '../../../lambdas/instances/ask.ts';
import { openEc2 } from '../fabric/secondary-ip/world.ts';
import { config, nodeA, nodeB, stranger } from '../fixtures.ts';

let world: Awaited<ReturnType<typeof openEc2>>;
beforeAll(async () => {
  world = await openEc2();
});
afterAll(() => world.close());

const soon = () => AbortSignal.timeout(5000);

describe('factsOf', () => {
  it.each<[InstanceState, string]>([
    ['running', 'running'],
    ['pending', 'running'],
    ['stopping', 'stopping'],
    ['stopped', 'stopped'],
    ['shutting-down', 'shutting-down'],
    ['terminated', 'terminated'],
  ])('a machine that is %s is taken for %s', async (state, fact) => {
    world.cloud.setInstanceState(nodeA, state);
    expect([...(await factsOf(world.client, [nodeA], soon()))]).toEqual([[nodeA, fact]]);
  });

  it('leaves out what EC2 does not know, and asks nothing about nobody', async () => {
    world.cloud.setInstanceState(nodeB, 'running');
    expect([...(await factsOf(world.client, [nodeB, stranger], soon()))]).toEqual([[nodeB, 'running']]);
    expect((await factsOf(world.client, [], soon())).size).toBe(0);
  });

  it('no answer is an error', async () => {
    const away = createEc2Client({ endpoint: 'http://127.0.0.1:1', region: 'us-east-1' });
    await expect(factsOf(away, [nodeA], soon())).rejects.toThrow(FabricError);
    world.throttle();
    await expect(factsOf(world.client, [nodeA], soon())).rejects.toThrow(/RequestLimitExceeded|exceeded/u);
    world.heal();
  });
});

describe('a machine that may hibernate', () => {
  /** No end here hibernates: what the SDK would answer is put in its place. */
  const answering = (instance: object) =>
    ({ send: () => Promise.resolve({ Reservations: [{ Instances: [instance] }] }) }) as never;
  const of = async (Name: string, Configured: boolean) => {
    const described = { InstanceId: nodeA, State: { Name }, HibernationOptions: { Configured } };
    return (await factsOf(answering(described), [nodeA], soon())).get(nodeA);
  };

  it('keeps its kernel while it is stopped, and not when it is terminated', async () => {
    expect([await of('stopped', true), await of('stopped', false)]).toEqual(['stopping', 'stopped']);
    expect(await of('terminated', true)).toBe('terminated');
  });

  it('an answer of another shape is an error', async () => {
    await expect(factsOf(answering({ InstanceId: nodeA }), [nodeA], soon())).rejects.toThrow(FabricError);
    const unknown = { InstanceId: nodeA, State: { Name: 'sleeping' } };
    await expect(factsOf(answering(unknown), [nodeA], soon())).rejects.toThrow(FabricError);
  });
});

describe('evidenceOf', () => {
  it('names the newest heartbeat that was read; there is none of a member that was never heard', () => {
    const state = initialState(config, epochMs(1));
    expect(evidenceOf(state, nodeA, 'stopped')).toBeUndefined();
    const member = { boot: 7, seq: 42 } as never;
    expect(evidenceOf({ ...state, members: { [nodeA]: member } }, nodeA, 'stopped')).toEqual({
      kind: 'instance',
      node: nodeA,
      said: 'stopped',
      beat: { boot: 7, seq: 42 },
    });
  });
});
