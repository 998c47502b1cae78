// Proves that the console's page is served only at its secret address, that only the page itself may call, that nothing
// but the widget's function is called and with the event that CloudWatch would send. The function itself is not run
// here: test/long/console.test.ts has the shipped one.
import { request as httpRequest } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConsoleEnd } from '../../../lab/console/server.ts';
import type { InvokeOutcome } from '../../../lab/lambda/invocation.ts';

const ARN = 'arn:aws:lambda:us-east-1:111122223333:function:keepaloft-widget';
const NOW_MS = 1_795_853_642_000;

interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

let end: ConsoleEnd;
let page: URL;
let invoked: [string, unknown][];
let outcome: InvokeOutcome;

beforeEach(async () => {
  invoked = [];
  outcome = { ok: true, requestId: 'r', payload: '<p>widget</p>' };
  end = new ConsoleEnd({
    labId: 'ab12',
    clock: { nowMs: () => NOW_MS, after: () => () => undefined },
    invoke: (name, event) => {
      invoked.push([name, event]);
      return Promise.resolve(outcome);
    },
  });
  page = new URL(await end.listen());
});
afterEach(() => end.close());

/** Node's own client sets any header, which a browser would not. */
const ask = (
  path: string,
  {
    method = 'GET',
    headers = {},
    body = '',
  }: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answered> =>
  new Promise((resolve, reject) => {
    const request = httpRequest(new URL(path, page), { method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: String(Buffer.concat(chunks)),
        }),
      );
    });
    request.once('error', reject);
    request.end(body);
  });

const view = { theme: 'dark', width: 360, height: 640, fields: { 'reason-mysql': 'rehearsal' } };
const call = (body: unknown, headers: Record<string, string> = { origin: page.origin }): Promise<Answered> =>
  ask('call', { method: 'POST', headers, body: typeof body === 'string' ? body : JSON.stringify(body) });
const errorOf = ({ status, body }: Answered): [number, string] => [
  status,
  (JSON.parse(body) as { error: string }).error,
];

describe('the page', () => {
  it('listens on loopback, at an address that cannot be guessed', async () => {
    expect(page.hostname).toBe('127.0.0.1');
    expect(page.pathname).toMatch(/^\/[\w-]{24}\/$/u);
    const { status, body, headers } = await ask('');
    expect([status, headers['content-type'], headers['cache-control']]).toEqual([
      200,
      'text/html; charset=utf-8',
      'no-store',
    ]);
    expect(body).toContain('lab ab12');
  });

  it('runs its own script and no other, and cannot be framed', async () => {
    const { headers } = await ask('');
    expect(headers['content-security-policy']).toMatch(
      /default-src 'none'; script-src 'self';.*frame-ancestors 'none'/u,
    );
    const script = await ask('page.mjs');
    expect([script.status, script.headers['content-type']]).toEqual([200, 'text/javascript; charset=utf-8']);
  });

  it('is nowhere else', async () => {
    expect(errorOf(await ask('/'))).toEqual([
      404,
      'nothing is here: use the whole address that the lab has printed',
    ]);
    expect((await ask('/AAAAAAAAAAAAAAAAAAAAAAAA/')).status).toBe(404);
    expect((await ask('other')).status).toBe(404);
    expect((await ask('../page.mjs')).status).toBe(404);
  });

  it('is not there under a name that was made to lead here', async () => {
    const headers = { host: `evil.example:${page.port}` };
    expect((await ask('', { headers })).status).toBe(421);
    expect((await call(view, { ...headers, origin: page.origin })).status).toBe(421);
  });
});

describe('a call', () => {
  it('is what a dashboard sends, and answers what the function says', async () => {
    const { status, body } = await call(view);
    expect([status, JSON.parse(body)]).toEqual([200, { html: '<p>widget</p>' }]);
    expect(invoked).toMatchObject([
      [
        'keepaloft-widget',
        {
          widgetContext: {
            theme: 'dark',
            width: 360,
            height: 640,
            dashboardName: 'lab',
            forms: { all: { 'reason-mysql': 'rehearsal' } },
          },
        },
      ],
    ]);
    expect(Object.keys(invoked[0]?.[1] as object)).toEqual(['widgetContext']);
  });

  it('of a button hands on what the button says, and nothing over what the dashboard says of itself', async () => {
    const parameters = { order: { do: 'pause', group: 'mysql' }, widgetContext: { theme: 'light' } };
    await call({ ...view, action: { endpoint: ARN, parameters } });
    expect(invoked).toMatchObject([
      ['keepaloft-widget', { order: { do: 'pause', group: 'mysql' }, widgetContext: { theme: 'dark' } }],
    ]);
  });

  it.each<[string, Record<string, string>]>([
    ['without an origin', {}],
    ['of another page', { origin: 'http://evil.example' }],
    ['of another port', { origin: 'http://127.0.0.1:1' }],
    ['of a page without an origin', { origin: 'null' }],
  ])('%s is refused and calls nothing', async (_, headers) => {
    expect(errorOf(await call(view, headers))).toEqual([403, 'only the page itself may call']);
    expect(invoked).toEqual([]);
  });

  it('of a button that names another function is refused', async () => {
    const action = { endpoint: ARN.replace('widget', 'heartbeat'), parameters: {} };
    const [status, error] = errorOf(await call({ ...view, action }));
    expect([status, error]).toEqual([502, expect.stringContaining('keepaloft-heartbeat')]);
    expect(invoked).toEqual([]);
  });

  it.each<[string, unknown, number]>([
    ['no JSON', 'hello', 400],
    ['an unknown key', { ...view, more: 1 }, 400],
    ['no theme', { ...view, theme: 'pink' }, 400],
    ['too much of it', { ...view, fields: { a: 'x'.repeat(70_000) } }, 413],
  ])('is refused: %s', async (_, body, status) => {
    expect((await call(body)).status).toBe(status);
    expect(invoked).toEqual([]);
  });

  it('tells why the function did not answer', async () => {
    outcome = {
      ok: false,
      requestId: 'r',
      kind: 'timeout',
      error: { errorType: 'T', errorMessage: 'Task timed out' },
    };
    expect(errorOf(await call(view))).toEqual([502, 'the widget’s function failed: Task timed out']);
    outcome = { ok: true, requestId: 'r', payload: { errorMessage: 'x' } };
    expect(errorOf(await call(view))).toEqual([502, 'the widget’s function answered no HTML']);
  });
});
