/**
 * The lab's Lambda service: functions by name, each with a pool of execution environments that run the built
 * artefact. An environment serves one invocation at a time; the pool grows on demand up to the reserved concurrency.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { basename, dirname, extname } from 'node:path';
import type { Clock } from '../ends/clock.ts';
import {
  ARBITER_ROLE,
  type CredentialStore,
  LAB_ACCOUNT_ID,
  LAB_REGION,
  type SessionPrincipal,
} from '../ends/credentials.ts';
import { LabError } from '../errors.ts';
import { Environment, failure } from './environment.ts';
import { type FailureKind, type InvokeOutcome, PAYLOAD_BYTES_MAX } from './invocation.ts';
import { type FunctionLogLine, type FunctionMetric, metricsOf, parseJsonLine } from './log-lines.ts';

/** An environment whose keys would expire within this time is replaced before its next invocation. */
const KEYS_LEFT_MIN_MS = 15 * 60 * 1000;

export interface LambdaFunction {
  name: string;
  /** Absolute path of the bundled module, for example `…/dist/lambdas/heartbeat/index.mjs`. */
  artefact: string;
  /** Name of the exported handler. @default 'handler' */
  handler?: string;
  /** @default KeepaloftArbiter */
  role?: string;
  /** What it may do, in place of what its role may. */
  permissions?: readonly string[];
  /** Configured environment variables, such as TABLE_NAME and AWS_ENDPOINT_URL_EC2. */
  env?: Record<string, string>;
  /** @default 10000 */
  timeoutMs?: number;
  /** @default 256 */
  memoryMb?: number;
  /** Most environments at once; beyond that invocations are throttled. @default 10 */
  reservedConcurrency?: number;
  /** Environments started before the first invocation. @default 0 */
  prewarm?: number;
}

/** One invocation as the lab's timeline tells it. */
export interface Invocation {
  function: string;
  requestId: string;
  environmentId?: string;
  startedAtMs: number;
  durationMs: number;
  isColdStart: boolean;
  outcome: 'ok' | FailureKind;
  errorType?: string;
}

export interface LambdaRuntimeOptions {
  clock: Clock;
  credentials: CredentialStore;
  /** Added to the environment of every child, for example KEEPALOFT_LAB. */
  processEnv?: Record<string, string>;
  onLog?: (line: FunctionLogLine) => void;
  onMetric?: (metric: FunctionMetric) => void;
  onInvocation?: (invocation: Invocation) => void;
}

interface Pool {
  spec: LambdaFunction;
  environments: Set<Environment>;
  /** Free ones, the last used last: like Lambda, the warmest is taken first. */
  idle: Environment[];
  keys: Map<Environment, SessionPrincipal>;
  /** How far the wall clock of every environment is off, milliseconds. */
  clockOffsetMs: number;
}

export class LambdaRuntime {
  readonly #options: LambdaRuntimeOptions;
  readonly #pools = new Map<string, Pool>();
  #isClosed = false;

  constructor(options: LambdaRuntimeOptions) {
    this.#options = options;
  }

  /**
   * Deploys a function, replacing one of the same name, and waits for its prewarmed environments.
   *
   * @throws {LabError} `artefact-missing` when it was not built, `lambda-init` when its module cannot be loaded.
   */
  async deploy(spec: LambdaFunction): Promise<void> {
    if (!existsSync(spec.artefact))
      throw new LabError('artefact-missing', `the function ${spec.name} is not built: ${spec.artefact}`, {
        remedy: 'run `npm run build` first',
      });
    await this.#retire(this.#pools.get(spec.name));
    const pool: Pool = { spec, environments: new Set(), idle: [], keys: new Map(), clockOffsetMs: 0 };
    this.#pools.set(spec.name, pool);
    if (spec.permissions !== undefined)
      this.#options.credentials.allow(spec.role ?? ARBITER_ROLE, spec.name, spec.permissions);
    const warmed = Array.from({ length: spec.prewarm ?? 0 }, () => this.#start(pool));
    await Promise.all(warmed.map((environment) => environment.ready));
    const failed = warmed.find((environment) => environment.initError !== undefined);
    if (failed?.initError !== undefined)
      throw new LabError('lambda-init', `${spec.name} cannot be loaded: ${failed.initError.errorMessage}`, {
        remedy: 'build it again and read the message',
      });
    pool.idle.push(...warmed);
  }

  /** Invokes a function and waits for its answer; failures of the function are outcomes, not exceptions. */
  async invoke(functionName: string, event: unknown): Promise<InvokeOutcome> {
    const pool = this.#pools.get(functionName);
    if (pool === undefined || this.#isClosed)
      throw new LabError('no-such-function', `there is no function ${functionName}`, {
        remedy: 'deploy it to the lab first',
      });
    const requestId = randomUUID();
    const startedAtMs = this.#options.clock.nowMs();
    const started = performance.now();
    const text = JSON.stringify(event);
    const { environment, isColdStart } = this.#take(pool);
    const outcome = await this.#run(environment, requestId, text);
    if (environment?.isAlive === true && pool.environments.has(environment)) pool.idle.push(environment);
    this.#options.onInvocation?.({
      function: functionName,
      requestId,
      ...(environment === undefined ? {} : { environmentId: environment.id }),
      startedAtMs,
      durationMs: performance.now() - started,
      isColdStart,
      outcome: outcome.ok ? 'ok' : outcome.kind,
      ...(outcome.ok ? {} : { errorType: outcome.error.errorType }),
    });
    return outcome;
  }

  /** The environments of a function, for status and for faults. */
  environments(functionName: string): { id: string; pid: number | undefined; isBusy: boolean }[] {
    const environments = this.#pools.get(functionName)?.environments ?? [];
    return [...environments].map(({ id, pid, isBusy }) => ({ id, pid, isBusy }));
  }

  /** Freezes one environment, or all of a function, for `forMs`; what runs inside stands still and goes on later. */
  freeze(functionName: string, forMs: number, environmentId?: string): void {
    for (const environment of this.#pools.get(functionName)?.environments ?? [])
      if (environmentId === undefined || environment.id === environmentId) environment.freeze(forMs);
  }

  /** Ends a freeze of every environment of a function. */
  thaw(functionName: string): void {
    for (const environment of this.#pools.get(functionName)?.environments ?? []) environment.thaw();
  }

  /** Puts the wall clocks of a function's environments, also of later ones, off by `offsetMs`; 0 puts them right. */
  shiftClock(functionName: string, offsetMs: number): void {
    const pool = this.#pools.get(functionName);
    if (pool === undefined) return;
    pool.clockOffsetMs = offsetMs;
    for (const environment of pool.environments) environment.shiftClock(offsetMs);
  }

  /** Throws away the idle environments of a function, so that the next invocation starts cold. */
  async recycle(functionName: string): Promise<void> {
    const idle = this.#pools.get(functionName)?.idle.splice(0) ?? [];
    await Promise.all(idle.map((environment) => environment.destroy()));
  }

  /** Kills every environment. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#pools.values()].map((pool) => this.#retire(pool)));
    this.#pools.clear();
  }

  async #retire(pool: Pool | undefined): Promise<void> {
    const environments = [...(pool?.environments ?? [])];
    await Promise.all(environments.map((environment) => environment.destroy()));
  }

  async #run(environment: Environment | undefined, requestId: string, event: string): Promise<InvokeOutcome> {
    if (environment === undefined)
      return failure(requestId, 'throttled', 'TooManyRequestsException', 'Rate Exceeded.');
    if (Buffer.byteLength(event) > PAYLOAD_BYTES_MAX)
      return failure(requestId, 'too-large', 'RequestEntityTooLargeException', 'the request is too large');
    return environment.invoke(requestId, event);
  }

  /** The warmest idle environment, else a new one, else none: the concurrency is used up. */
  #take(pool: Pool): { environment: Environment | undefined; isColdStart: boolean } {
    for (let idle = pool.idle.pop(); idle !== undefined; idle = pool.idle.pop()) {
      const keys = pool.keys.get(idle);
      const leftMs = (keys?.expiresAtMs ?? 0) - this.#options.clock.nowMs();
      if (idle.isAlive && leftMs > KEYS_LEFT_MIN_MS) return { environment: idle, isColdStart: false };
      void idle.destroy();
    }
    if (pool.environments.size >= (pool.spec.reservedConcurrency ?? 10))
      return { environment: undefined, isColdStart: false };
    return { environment: this.#start(pool), isColdStart: true };
  }

  #start(pool: Pool): Environment {
    const { spec } = pool;
    const id = randomBytes(16).toString('hex');
    const keys = this.#options.credentials.session(spec.role ?? ARBITER_ROLE, spec.name);
    const environment = new Environment({
      id,
      taskRoot: dirname(spec.artefact),
      env: { ...functionEnv(spec, keys, id), ...this.#options.processEnv },
      timeoutMs: spec.timeoutMs ?? 10_000,
      onLine: (line, requestId) => this.#log(spec.name, id, line, requestId),
      onExit: (gone) => {
        pool.environments.delete(gone);
        pool.keys.delete(gone);
        pool.idle = pool.idle.filter((other) => other !== gone);
      },
    });
    pool.environments.add(environment);
    pool.keys.set(environment, keys);
    if (pool.clockOffsetMs !== 0)
      void environment.ready.then(() => environment.shiftClock(pool.clockOffsetMs));
    return environment;
  }

  #log(functionName: string, environmentId: string, line: string, requestId: string | undefined): void {
    const json = parseJsonLine(line);
    this.#options.onLog?.({
      function: functionName,
      environmentId,
      line,
      ...(requestId === undefined ? {} : { requestId }),
      ...(json === undefined ? {} : { json }),
    });
    if (json === undefined || this.#options.onMetric === undefined) return;
    for (const metric of metricsOf(functionName, json)) this.#options.onMetric(metric);
  }
}

/** The variables Lambda sets, then the configured ones. Lambda refuses to let the latter replace the former. */
function functionEnv(spec: LambdaFunction, keys: SessionPrincipal, id: string): Record<string, string> {
  const moduleName = basename(spec.artefact, extname(spec.artefact));
  return {
    ...spec.env,
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    TZ: ':UTC',
    LANG: 'en_US.UTF-8',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_REGION: LAB_REGION,
    AWS_DEFAULT_REGION: LAB_REGION,
    AWS_ACCESS_KEY_ID: keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
    AWS_SESSION_TOKEN: keys.sessionToken,
    AWS_LAMBDA_FUNCTION_NAME: spec.name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(spec.memoryMb ?? 256),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${spec.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: `lab/[$LATEST]${id}`,
    LAMBDA_TASK_ROOT: dirname(spec.artefact),
    LAMBDA_RUNTIME_DIR: '/var/runtime',
    _HANDLER: `${moduleName}.${spec.handler ?? 'handler'}`,
    _X_AMZN_TRACE_ID: '',
    KEEPALOFT_LAB_FUNCTION_ARN: `arn:aws:lambda:${LAB_REGION}:${LAB_ACCOUNT_ID}:function:${spec.name}`,
  };
}
