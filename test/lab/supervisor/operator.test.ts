// Proves that an order names instances when it reaches the Lambda, and hosts when its result reaches a person.
import { describe, expect, it } from 'vitest';
import type { OperateOrder } from '../../../lab/control/types.ts';
import { LabError } from '../../../lab/errors.ts';
import type { InvokeOutcome } from '../../../lab/lambda/invocation.ts';
import { type OperatorScene, operate } from '../../../lab/supervisor/operator.ts';

const one = { name: 'host1', instanceId: 'i-00000000000000001' };
const two = { name: 'host2', instanceId: 'i-00000000000000002' };
const hosts = [one, two];
const taken = { group: 'demo', epoch: 3, phase: 'held', holder: one.instanceId, rev: 8 };

const sceneOf = (outcome: InvokeOutcome) => {
  const events: unknown[] = [];
  const scene: OperatorScene = {
    groups: ['demo', 'other'],
    hosts,
    by: 'arn:ops',
    resolve: (_group, who) => Promise.resolve((who === 'holder' ? one : two).instanceId),
    invoke: (event) => {
      events.push(event);
      return Promise.resolve(outcome);
    },
  };
  return { scene, events };
};
const ok = (payload: unknown): InvokeOutcome => ({ ok: true, requestId: 'r', payload });
const order = (command: OperateOrder['command'], over: Partial<OperateOrder> = {}): OperateOrder => ({
  group: 'demo',
  command,
  reason: 'why',
  ...over,
});

const failureOf = async (made: OperateOrder, outcome = ok(taken)): Promise<LabError> => {
  const { scene, events } = sceneOf(outcome);
  const error: unknown = await operate(made, { ...scene, resolve: () => Promise.resolve(undefined) }).catch(
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof LabError)) throw new Error('no failure that says what to do');
  if (outcome.ok) expect(events).toEqual([]);
  return error;
};

describe('operate', () => {
  it.each<[OperateOrder['command'], object]>([
    [{ do: 'failover' }, { do: 'failover' }],
    [
      { do: 'failover', host: 'host2' },
      { do: 'failover', to: two.instanceId },
    ],
    [
      { do: 'drain', host: 'holder' },
      { do: 'drain', node: one.instanceId },
    ],
    [
      { do: 'undrain', host: 'i-00000000000000002' },
      { do: 'undrain', node: two.instanceId },
    ],
    [
      { do: 'drain', host: 'standby' },
      { do: 'drain', node: two.instanceId },
    ],
    [{ do: 'pause' }, { do: 'pause' }],
  ])('%j reaches the Lambda as %j', async (command, sent) => {
    const { scene, events } = sceneOf(ok(taken));
    expect(await operate(order(command), scene)).toEqual({ ...taken, holderHost: 'host1' });
    expect(events).toEqual([{ group: 'demo', command: sent, by: 'arn:ops', reason: 'why' }]);
  });

  it('hands the epoch on, the first one too', async () => {
    const { scene, events } = sceneOf(ok({ ...taken, holder: null }));
    expect(await operate(order({ do: 'pause' }, { ifEpoch: 0 }), scene)).toMatchObject({ holderHost: null });
    expect(events).toMatchObject([{ ifEpoch: 0 }]);
  });

  it('a refusal is a result, in the names of hosts', async () => {
    const message = `${two.instanceId} is drained already`;
    const { scene } = sceneOf(ok({ refused: { code: 'NothingToDo', message } }));
    expect(await operate(order({ do: 'drain', host: 'host2' }), scene)).toEqual({
      refused: { code: 'NothingToDo', message: 'host2 is drained already' },
    });
  });

  it('what names nobody never reaches the Lambda', async () => {
    expect(await failureOf(order({ do: 'pause' }, { group: 'nobody' }))).toMatchObject({
      code: 'unknown-group',
      remedy: 'name one of: demo, other',
    });
    expect(await failureOf(order({ do: 'drain', host: 'host9' }))).toMatchObject({ code: 'unknown-host' });
    expect(await failureOf(order({ do: 'failover', host: 'standby' }))).toMatchObject({ code: 'nobody' });
  });

  it('a Lambda that fails leaves open what became of the order, and says so', async () => {
    const error = { errorType: 'StoreUnavailable', errorMessage: 'DynamoDB GetItem failed' };
    const failed: InvokeOutcome = { ok: false, requestId: 'r', kind: 'unhandled', error };
    const failure = await failureOf(order({ do: 'pause' }), failed);
    expect(failure).toMatchObject({ code: 'order-failed' });
    expect(failure.message).toContain('StoreUnavailable: DynamoDB GetItem failed');
  });
});
