// Proves that a bundled function runs as it does in Lambda: environment, context, concurrency, failures, time-outs, logs and metrics.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LabClock } from '../../../lab/ends/clock.ts';
import { ARBITER_ROLE } from '../../../lab/ends/credentials.ts';
import type { FunctionLogLine, FunctionMetric } from '../../../lab/lambda/log-lines.ts';
import { type Invocation, LambdaRuntime } from '../../../lab/lambda/runtime.ts';
import { storeOf } from '../ends/small-vpc.ts';

const SOURCE = `
let calls = 0;
export async function handler(event, context) {
  calls += 1;
  switch (event.do) {
    case 'env': return { env: { ...process.env }, cwd: process.cwd() };
    case 'context': return { ...context, remainingMs: context.getRemainingTimeInMillis() };
    case 'throw': throw new TypeError('as told');
    case 'exit': process.exit(3);
    case 'hang': return new Promise(() => { setInterval(() => {}, 1000); });
    case 'sleep': await new Promise((resolve) => setTimeout(resolve, event.ms)); return { calls, pid: process.pid };
    case 'log':
      console.log('plain %d', 7);
      process.stdout.write(JSON.stringify({ level: 'INFO', message: 'structured' }) + '\\n');
      process.stdout.write(JSON.stringify({ _aws: { Timestamp: 5, CloudWatchMetrics: [{ Namespace: 'Keepaloft', Dimensions: [['service']], Metrics: [{ Name: 'Moves', Unit: 'Count' }] }] }, service: 'heartbeat', Moves: [2, 3] }) + '\\n');
      return null;
    case 'big': return 'x'.repeat(7 * 1024 * 1024);
    case 'nothing': return undefined;
    default: return { calls, pid: process.pid };
  }
}
`;

const clock = new LabClock();
const credentials = storeOf(clock);
const logs: FunctionLogLine[] = [];
const metrics: FunctionMetric[] = [];
const invocations: Invocation[] = [];
let folder = '';
let artefact = '';
let runtime: LambdaRuntime;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keepaloft-test-'));
  artefact = join(folder, 'index.mjs');
  await writeFile(artefact, SOURCE);
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(() => {
  logs.length = metrics.length = invocations.length = 0;
  runtime = new LambdaRuntime({
    clock,
    credentials,
    processEnv: { KEEPALOFT_LAB: 'test' },
    onLog: (line) => logs.push(line),
    onMetric: (metric) => metrics.push(metric),
    onInvocation: (invocation) => invocations.push(invocation),
  });
});
afterEach(() => runtime.close());

const deploy = (options: { reservedConcurrency?: number; prewarm?: number; timeoutMs?: number } = {}) =>
  runtime.deploy({ name: 'heartbeat', artefact, env: { TABLE_NAME: 'keepaloft' }, ...options });
const invoke = (event: object) => runtime.invoke('heartbeat', event);

describe('inside', () => {
  it('the environment is Lambda’s, with the role’s keys, and nothing of the machine', async () => {
    process.env['LEAKED_FROM_THE_MACHINE'] = '1';
    await deploy();
    const outcome = await invoke({ do: 'env' });
    delete process.env['LEAKED_FROM_THE_MACHINE'];
    const keys = credentials.session(ARBITER_ROLE, 'heartbeat');
    expect(outcome).toMatchObject({
      ok: true,
      payload: {
        cwd: folder,
        env: {
          AWS_LAMBDA_FUNCTION_NAME: 'heartbeat',
          AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
          AWS_REGION: 'us-east-1',
          AWS_ACCESS_KEY_ID: keys.accessKeyId,
          AWS_SESSION_TOKEN: keys.sessionToken,
          LAMBDA_TASK_ROOT: folder,
          _HANDLER: 'index.handler',
          TABLE_NAME: 'keepaloft',
          KEEPALOFT_LAB: 'test',
        },
      },
    });
    expect(JSON.stringify(outcome)).not.toContain('LEAKED_FROM_THE_MACHINE');
  });

  it('the context names the invocation and the time left', async () => {
    await deploy({ timeoutMs: 5000 });
    const outcome = await invoke({ do: 'context' });
    expect(outcome).toMatchObject({
      ok: true,
      payload: {
        awsRequestId: outcome.requestId,
        functionName: 'heartbeat',
        invokedFunctionArn: 'arn:aws:lambda:us-east-1:111122223333:function:heartbeat',
        memoryLimitInMB: '256',
      },
    });
    const remainingMs: unknown = outcome.ok ? Reflect.get(Object(outcome.payload), 'remainingMs') : undefined;
    expect(remainingMs).toBeGreaterThan(4000);
    expect(remainingMs).toBeLessThanOrEqual(5000);
  });
});

describe('pool', () => {
  it('keeps an environment warm', async () => {
    await deploy();
    const first = await invoke({});
    expect(first).toMatchObject({ ok: true, payload: { calls: 1 } });
    expect(await invoke({})).toMatchObject({ ok: true, payload: { calls: 2 } });
    expect(invocations.map((one) => one.isColdStart)).toEqual([true, false]);
    await runtime.recycle('heartbeat');
    expect(await invoke({})).toMatchObject({ ok: true, payload: { calls: 1 } });
  });

  it('grows to the reserved concurrency and throttles beyond it', async () => {
    await deploy({ reservedConcurrency: 2, prewarm: 1 });
    const outcomes = await Promise.all([1, 2, 3].map(() => invoke({ do: 'sleep', ms: 800 })));
    expect(outcomes.map((one) => (one.ok ? 'ok' : one.kind))).toEqual(['ok', 'ok', 'throttled']);
    expect(invocations.find((one) => one.outcome === 'throttled')?.errorType).toBe(
      'TooManyRequestsException',
    );
    expect(runtime.environments('heartbeat')).toHaveLength(2);
    expect(runtime.environments('heartbeat').every((one) => !one.isBusy)).toBe(true);
  });

  it('a frozen environment answers after it thaws', async () => {
    await deploy({ prewarm: 1 });
    runtime.freeze('heartbeat', 200);
    const started = performance.now();
    expect(await invoke({})).toMatchObject({ ok: true });
    expect(performance.now() - started).toBeGreaterThanOrEqual(150);
  });
});

describe('failures', () => {
  it('an exception keeps the environment', async () => {
    await deploy();
    expect(await invoke({ do: 'throw' })).toMatchObject({
      ok: false,
      kind: 'unhandled',
      error: { errorType: 'TypeError', errorMessage: 'as told' },
    });
    expect(await invoke({})).toMatchObject({ ok: true, payload: { calls: 2 } });
  });

  it('an exit and a time-out cost the environment', async () => {
    await deploy({ timeoutMs: 400, reservedConcurrency: 1 });
    expect(await invoke({ do: 'exit' })).toMatchObject({
      ok: false,
      kind: 'exit',
      error: { errorMessage: 'Runtime exited with error: exit status 3' },
    });
    expect(await invoke({ do: 'hang' })).toMatchObject({
      ok: false,
      kind: 'timeout',
      error: { errorMessage: 'Task timed out after 0.40 seconds' },
    });
    expect(await invoke({})).toMatchObject({ ok: true, payload: { calls: 1 } });
  });

  it('a response over six megabytes, and none at all', async () => {
    await deploy();
    expect(await invoke({ do: 'big' })).toMatchObject({ ok: false, kind: 'too-large' });
    expect(await invoke({ do: 'nothing' })).toMatchObject({ ok: true, payload: null });
  });

  it('a module that is missing or broken is said at deployment', async () => {
    const missing = runtime.deploy({ name: 'x', artefact: join(folder, 'none.mjs') });
    await expect(missing).rejects.toMatchObject({ code: 'artefact-missing' });
    const broken = join(folder, 'broken.mjs');
    await writeFile(broken, 'throw new Error("at load");');
    await expect(runtime.deploy({ name: 'x', artefact: broken, prewarm: 1 })).rejects.toMatchObject({
      code: 'lambda-init',
    });
    await expect(runtime.invoke('y', {})).rejects.toMatchObject({ code: 'no-such-function' });
  });
});

describe('output', () => {
  it('lines carry the request, and embedded metrics are recognised', async () => {
    await deploy();
    const { requestId } = await invoke({ do: 'log' });
    await expect.poll(() => metrics.length).toBe(1);
    expect(logs.map((line) => line.requestId)).toEqual([requestId, requestId, requestId]);
    expect(logs[0]?.line).toMatch(new RegExp(`^\\S+Z\\t${requestId}\\tINFO\\tplain 7$`));
    expect(logs[1]?.json).toEqual({ level: 'INFO', message: 'structured' });
    expect(metrics[0]).toEqual({
      function: 'heartbeat',
      namespace: 'Keepaloft',
      name: 'Moves',
      unit: 'Count',
      values: [2, 3],
      dimensions: { service: 'heartbeat' },
      dimensionSets: [{ service: 'heartbeat' }],
      timestampMs: 5,
    });
  });
});

describe('end', () => {
  it('no environment outlives the service', async () => {
    await deploy({ prewarm: 2 });
    const pids = runtime.environments('heartbeat').map((one) => one.pid ?? 0);
    await runtime.close();
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  it('nor one whose service is killed', async () => {
    const fixture = fileURLToPath(new URL('supervisor-fixture.ts', import.meta.url));
    const supervisor = spawn(process.execPath, [fixture, artefact], { stdio: ['ignore', 'pipe', 'inherit'] });
    supervisor.stdout.setEncoding('utf8');
    const line: unknown[] = await once(supervisor.stdout, 'data');
    const pids: unknown = JSON.parse(String(line[0]));
    supervisor.kill('SIGKILL');
    const alive = () => [pids].flat().filter((pid) => existsSync(`/proc/${Number(pid)}/stat`));
    expect([pids].flat()).toHaveLength(2);
    await expect.poll(alive, { timeout: 5000 }).toEqual([]);
  });
});
