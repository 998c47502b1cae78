/**
 * DynamoDB for the lab: a dynoxide server in memory, and a proxy in front of it that the Lambdas use, which can
 * throttle or fail calls and counts what passes.
 */
import { randomUUID } from 'node:crypto';
import {
  Agent,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type Clock, pause } from '../clock.ts';
import { LAB_REGION } from '../credentials.ts';
import { type FaultSpan, FaultSwitch } from '../faults.ts';
import { type Answer, closeServer, httpServer, listener, listenOnLoopback, readBody, send } from '../http.ts';
import { type Dynoxide, startDynoxide } from './dynoxide.ts';

/** DynamoDB's own limit for a request. */
const BODY_BYTES_MAX = 16 * 1024 * 1024;
/** Targets counted by name; more than DynamoDB has operations. */
const TARGETS_MAX = 100;

/**
 * `throttle` answers ProvisionedThroughputExceededException, `error` InternalServerError, `slow` carries a call out only
 * after `holdMs`. `target` is an operation such as `PutItem`.
 */
export type DynamoFault = FaultSpan & { target?: string } & (
    | { kind: 'throttle' | 'error' }
    | { kind: 'slow'; holdMs: number }
  );
type Refusal = Exclude<DynamoFault['kind'], 'slow'>;

export interface DynamoCount {
  calls: number;
  refused: number;
  requestBytes: number;
  responseBytes: number;
}

export interface DynamoEndOptions {
  clock: Clock;
  /** Added to dynoxide's environment, for example KEEPALOFT_LAB. */
  processEnv?: Record<string, string>;
  onError?: (error: unknown) => void;
}

export class DynamoEnd {
  readonly #clock: Clock;
  readonly #refusals: FaultSwitch<Refusal>;
  readonly #holds: FaultSwitch<number>;
  readonly #processEnv: Record<string, string>;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });
  readonly #http: Server;
  readonly #counts = new Map<string, DynamoCount>();
  #dynoxide: Dynoxide | undefined;
  #port = 0;

  constructor(options: DynamoEndOptions) {
    this.#clock = options.clock;
    this.#refusals = new FaultSwitch(options.clock);
    this.#holds = new FaultSwitch(options.clock);
    this.#processEnv = options.processEnv ?? {};
    const onError = options.onError ?? (() => undefined);
    this.#http = httpServer(listener((request, response) => this.#handle(request, response), onError));
  }

  /**
   * Starts dynoxide and the proxy and resolves with the proxy's port on 127.0.0.1.
   *
   * @throws {LabError} `dynoxide-missing`, or `dynoxide-failed` when it does not come up.
   */
  async start(): Promise<number> {
    this.#dynoxide = await startDynoxide(this.#processEnv);
    this.#port = await listenOnLoopback(this.#http);
    return this.#port;
  }

  /** Where clients go: `http://127.0.0.1:<port>`, through the proxy. */
  get endpoint(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Where faults do not reach, for the lab's own looks at the table. */
  get directEndpoint(): string {
    return `http://127.0.0.1:${this.#dynoxide?.port ?? 0}`;
  }

  /** Creates the on-demand table with the string keys `pk` and `sk`. */
  async createTable(tableName = 'keepaloft'): Promise<void> {
    const client = new DynamoDBClient({
      region: LAB_REGION,
      endpoint: this.directEndpoint,
      credentials: { accessKeyId: 'lab', secretAccessKey: 'lab' },
    });
    try {
      await client.send(
        new CreateTableCommand({
          TableName: tableName,
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: [
            { AttributeName: 'pk', AttributeType: 'S' },
            { AttributeName: 'sk', AttributeType: 'S' },
          ],
          KeySchema: [
            { AttributeName: 'pk', KeyType: 'HASH' },
            { AttributeName: 'sk', KeyType: 'RANGE' },
          ],
        }),
      );
    } finally {
      client.destroy();
    }
  }

  fault(fault: DynamoFault): void {
    const scope = fault.target ?? '*';
    if (fault.kind === 'slow') this.#holds.set(scope, fault.holdMs, fault);
    else this.#refusals.set(scope, fault.kind, fault);
  }

  heal(): void {
    this.#refusals.heal();
    this.#holds.heal();
  }

  /** What has passed so far, by operation. */
  counts(): Record<string, DynamoCount> {
    return Object.fromEntries([...this.#counts].map(([target, count]) => [target, { ...count }]));
  }

  async close(): Promise<void> {
    await closeServer(this.#http);
    this.#agent.destroy();
    await this.#dynoxide?.stop();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = String(request.headers['x-amz-target'] ?? '').replace(/^DynamoDB_\d+\./, '') || 'unknown';
    const body = await readBody(request, BODY_BYTES_MAX);
    const fault = this.#refusals.strike(target);
    const holdMs = fault === undefined ? this.#holds.strike(target) : undefined;
    if (holdMs !== undefined) await pause(this.#clock, holdMs);
    const answer = fault === undefined ? await this.#forward(request, body) : refusal(fault);
    this.#count(target, fault !== undefined, body.length, Buffer.byteLength(answer.body));
    send(response, answer);
  }

  #forward(request: IncomingMessage, body: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const outgoing = httpRequest(
        {
          agent: this.#agent,
          host: '127.0.0.1',
          port: this.#dynoxide?.port,
          method: request.method,
          path: request.url,
          headers: { ...request.headers, 'content-length': String(body.length) },
        },
        (incoming) => {
          const headers: Record<string, string> = {};
          for (const name of ['content-type', 'x-amzn-requestid', 'x-amz-crc32']) {
            const value = incoming.headers[name];
            if (typeof value === 'string') headers[name] = value;
          }
          readBody(incoming, BODY_BYTES_MAX).then(
            (content) => resolve({ status: incoming.statusCode ?? 502, headers, body: content }),
            reject,
          );
        },
      );
      outgoing.once('error', reject);
      outgoing.end(body);
    });
  }

  #count(target: string, isRefused: boolean, requestBytes: number, responseBytes: number): void {
    const key = this.#counts.has(target) || this.#counts.size < TARGETS_MAX ? target : 'unknown';
    const count = this.#counts.get(key) ?? { calls: 0, refused: 0, requestBytes: 0, responseBytes: 0 };
    count.calls += 1;
    if (isRefused) count.refused += 1;
    count.requestBytes += requestBytes;
    count.responseBytes += responseBytes;
    this.#counts.set(key, count);
  }
}

/** The service's own error documents; the AWS SDK retries both. */
function refusal(kind: Refusal): Answer {
  const { status, code, text } = REFUSALS[kind];
  return {
    status,
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': randomUUID() },
    body: JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${code}`, message: text }),
  };
}

const REFUSALS = {
  throttle: {
    status: 400,
    code: 'ProvisionedThroughputExceededException',
    text: 'The level of configured throughput was exceeded',
  },
  error: { status: 500, code: 'InternalServerError', text: 'Internal server error' },
} as const;
