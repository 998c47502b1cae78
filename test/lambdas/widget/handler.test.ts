// Proves that the widget's function answers a dashboard with HTML whatever happens, takes a button's order exactly as it
// was shown, under rules and epoch, refuses every order when it may only show, and writes down what is known of the caller.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Misconfigured } from '../../../lambdas/errors.ts';
import { createEc2Client } from '../../../lambdas/fabric/ec2/client.ts';
import { createFabrics } from '../../../lambdas/fabric/fabrics.ts';
import { createStore } from '../../../lambdas/store/store.ts';
import { createHandler } from '../../../lambdas/widget/handler.ts';
import type { Watched } from '../../../lambdas/widget/scene.ts';
import { type TestDeps, testDeps } from '../deps.ts';
import { config, nodeA } from '../fixtures.ts';
import { startTable, TABLE, type Table } from '../table.ts';

/** No order of the console touches EC2: an end that cannot be reached would show if one did. */
const noFabric = createFabrics(createEc2Client({ endpoint: 'http://127.0.0.1:1', region: 'us-east-1' }))(
  'secondary-ip',
);
const CALL = {
  invokedFunctionArn: 'arn:aws:lambda:us-east-1:111122223333:function:Ha-Console',
  awsRequestId: '00000000-0000-4000-8000-000000000000',
};
const QUIET: Watched = { alarms: [], traces: {}, problem: null };

let table: Table;
let deps: TestDeps;
let asked: string[][];
let mayOperate: boolean;
let handler: (event: unknown) => Promise<string>;

beforeAll(async () => {
  table = await startTable();
});
afterAll(() => table.close());
let suffix = 0;
let name: string;
beforeEach(async () => {
  suffix += 1;
  name = `mysql-${suffix}`;
  const store = createStore({ client: table.client, tableName: TABLE });
  await store.putConfig({ ...config, group: name });
  deps = testDeps(store, noFabric);
  asked = [];
  mayOperate = true;
  handler = (event) =>
    createHandler(() => ({
      deps,
      mayOperate,
      watch: (groups) => {
        asked.push([...groups]);
        return Promise.resolve(QUIET);
      },
    }))(event, CALL);
});

const context = (fields: object = {}): object => ({
  dashboardName: 'Ha',
  widgetId: 'widget-1',
  accountId: '111122223333',
  theme: 'dark',
  width: 1000,
  height: 400,
  forms: { all: {} },
  params: {},
  ...fields,
});
const press = (order: object, fields: object = {}): Promise<string> =>
  handler({ order: { group: name, ...order }, widgetContext: context(fields) });
const notice = (html: string): string =>
  /<p class="kl-notice[^"]*" role="\w+">(.*?)<\/p>/su.exec(html)?.[1]?.replace(/<[^>]+>/gu, '') ?? '';

describe('showing', () => {
  it('answers HTML of every group, in the theme and the width of the dashboard', async () => {
    const html = await handler({ widgetContext: context({ width: 360 }) });
    expect(html).toContain('kl-theme-dark kl-narrow');
    expect(html).toContain(`data-group="${name}"`);
    expect(asked).toEqual([expect.arrayContaining([name])]);
    expect(html).toContain(`endpoint="${CALL.invokedFunctionArn}"`);
  });

  it('describes itself in Markdown', async () => {
    expect(await handler({ describe: true })).toMatch(/^## Keepaloft/u);
    expect(await handler({ describe: true, widgetContext: context() })).toMatch(/^## Keepaloft/u);
  });

  it('takes whatever a dashboard says of itself', async () => {
    for (const widgetContext of [
      {},
      { theme: 'pink', width: 'wide', forms: null },
      { ...context(), news: [1] },
    ]) {
      expect(await handler({ widgetContext })).toContain('kl-theme-');
    }
    expect(await handler({})).toContain('kl-theme-light');
  });
});

describe('a button', () => {
  it('orders, with the reason from its field, and the history says by which function and request', async () => {
    const html = await press(
      { do: 'pause', ifEpoch: 0 },
      { forms: { all: { [`reason-${name}`]: ' kernel update ' } } },
    );
    expect(notice(html)).toBe(`✓ ${name}, epoch 0: paused, nothing moves until it is resumed`);
    expect(html).toContain('PAUSED');
    const [event] = await deps.store.events.latest(name, 1);
    expect(event).toMatchObject({
      type: 'operator',
      reason: 'kernel update',
      detail: {
        command: 'pause',
        by: `${CALL.invokedFunctionArn} request ${CALL.awsRequestId}, says dashboard Ha`,
      },
    });
  });

  it('orders without a reason as what it is, and a dashboard that lies about its name has none', async () => {
    await press(
      { do: 'drain', node: nodeA },
      { dashboardName: 'x"><script>', forms: { all: { other: 'x' } } },
    );
    const [event] = await deps.store.events.latest(name, 1);
    expect(event).toMatchObject({
      reason: 'by a button of the dashboard',
      detail: { by: `${CALL.invokedFunctionArn} request ${CALL.awsRequestId}` },
    });
  });

  it('is refused by the rules, in words, beside how everything is', async () => {
    const html = await press({ do: 'failover', ifEpoch: 0 });
    expect(notice(html)).toContain(`✕ failover ${name}: group ${name} is vacant`);
    expect(html).toContain('NO HOLDER');
    expect(deps.lines).toMatchObject([{ level: 'warn', message: 'refused', fields: { code: 'NotHeld' } }]);
  });

  it('is refused when the group has changed hands since it was shown', async () => {
    const before = await table.raw(name, 'state');
    expect(notice(await press({ do: 'pause', ifEpoch: 46 }))).toContain('epoch');
    expect(await table.raw(name, 'state')).toBe(before);
  });

  it('does nothing where the dashboard may only show', async () => {
    mayOperate = false;
    const before = await table.raw(name, 'state');
    const html = await press({ do: 'pause' });
    expect(notice(html)).toContain('this dashboard only shows');
    expect(html).not.toContain('cwdb-action');
    expect(await table.raw(name, 'state')).toBe(before);
  });
});

describe('what is no request', () => {
  it.each<[string, unknown]>([
    ['the event', { order: { do: 'pause' }, orders: [] }],
    ['the event', 'hello'],
    ['group', { order: { do: 'pause', group: 'MySQL' } }],
    ['do', { order: { do: 'reboot', group: 'mysql' } }],
    ['the order', { order: { do: 'pause', group: 'mysql', by: 'arn:aws:iam::1:root' } }],
    ['v', { order: { do: 'pause', group: 'mysql', v: 2 } }],
    ['reason', { order: { do: 'pause', group: 'mysql', reason: 'red \u001B[31m' } }],
    [
      'reason',
      {
        order: { do: 'pause', group: 'mysql' },
        widgetContext: { forms: { all: { 'reason-mysql': 'x'.repeat(201) } } },
      },
    ],
  ])('is told in HTML: %s', async (path, event) => {
    const html = await handler(event);
    expect(notice(html)).toContain('BadRequest');
    expect(notice(html)).toContain(`${path}:`);
  });
});

describe('what is broken', () => {
  it('is told in HTML: the table', async () => {
    const gone = createStore({ client: table.client, tableName: 'gone' });
    deps = testDeps(gone, noFabric);
    expect(notice(await handler({ widgetContext: context() }))).toMatch(
      /^(Misconfigured|StoreUnavailable) /u,
    );
    expect(deps.lines.at(-1)).toMatchObject({ level: 'error', message: 'failed' });
  });

  it('is told in HTML: the environment', async () => {
    const broken = createHandler(() => {
      throw new Misconfigured('the environment variable OPERATE is wrong');
    });
    expect(notice(await broken({ widgetContext: { theme: 'dark' } }, CALL))).toContain('OPERATE is wrong');
  });

  it('hides nothing else: a history', async () => {
    const store = {
      ...deps.store,
      events: { ...deps.store.events, latest: () => Promise.reject(new Error('torn')) },
    };
    deps = testDeps(store, noFabric);
    const html = await handler({ widgetContext: context() });
    expect(html).toContain('the history cannot be read');
    expect(html).toContain(`data-group="${name}"`);
  });
});
