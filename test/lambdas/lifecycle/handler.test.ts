// Proves that the function as it is deployed finds its table and Auto Scaling by its environment alone, and answers the hook.
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createAutoScalingEnd, LifecycleActions } from '../../../lab/ends/autoscaling/server.ts';
import { LabClock } from '../../../lab/ends/clock.ts';
import { ARBITER_ROLE, CredentialStore, LAB_REGION } from '../../../lab/ends/credentials.ts';
import { handler } from '../../../lambdas/lifecycle/handler.ts';
import { lifecycleAction } from '../events/deliveries.ts';
import { stranger } from '../fixtures.ts';
import { startTable, TABLE, type Table } from '../table.ts';

const clock = new LabClock();
const credentials = new CredentialStore({ clock });
credentials.allow(ARBITER_ROLE, 'lifecycle', ['autoscaling:CompleteLifecycleAction']);
const actions = new LifecycleActions();
const end = createAutoScalingEnd({ clock, credentials, actions });
let table: Table;

beforeAll(async () => {
  const [endpoint, started] = await Promise.all([end.listen(), startTable()]);
  table = started;
  const session = credentials.session(ARBITER_ROLE, 'lifecycle');
  for (const [name, value] of Object.entries({
    TABLE_NAME: TABLE,
    LOG_LEVEL: 'ERROR',
    AWS_REGION: LAB_REGION,
    AWS_ACCESS_KEY_ID: session.accessKeyId,
    AWS_SECRET_ACCESS_KEY: session.secretAccessKey,
    AWS_SESSION_TOKEN: session.sessionToken,
    AWS_ENDPOINT_URL_DYNAMODB: table.endpoint,
    AWS_ENDPOINT_URL_AUTO_SCALING: endpoint,
  }))
    vi.stubEnv(name, value);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await Promise.all([table.close(), end.close()]);
});

it('lets an instance go that no group has, once', async () => {
  const event = lifecycleAction(stranger);
  actions.hear(event);
  expect(await handler(event)).toEqual({ result: 'completed' });
  expect(await handler(event)).toEqual({ result: 'over' });
  expect(actions.completed).toEqual([{ autoScalingGroup: 'db', hook: 'keepaloft', instanceId: stranger }]);
});
