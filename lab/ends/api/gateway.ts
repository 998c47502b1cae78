/** The HTTP API of the lab: IAM authorization by SigV4, routes to functions, payload version 2, the service's own errors. */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Server as NetServer } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { InvokeOutcome } from '../../lambda/invocation.ts';
import type { Clock } from '../clock.ts';
import { type CredentialStore, isAllowed, type Principal } from '../credentials.ts';
import { Door, type TlsIdentity } from '../door.ts';
import { FaultSwitch, TokenBucket } from '../faults.ts';
import {
  type Answer,
  BodyTooLarge,
  closeServer,
  httpServer,
  listener,
  listenOnLoopback,
  readBody,
  send,
} from '../http.ts';
import { type SignatureFailureCode, verifySignature } from '../sigv4.ts';
import { buildEvent, pathOf } from './event.ts';
import { answerOf } from './result.ts';

/** Largest request the service takes. */
export const API_BODY_BYTES_MAX = 10 * 1024 * 1024;
/** The service waits this long for an integration and not longer. */
export const INTEGRATION_MS_MAX = 30_000;

/** One request as the lab's timeline tells it. Times are of the cloud's clock. */
export interface ApiRequest {
  requestId: string;
  method: string;
  path: string;
  sourceIp: string;
  status: number;
  startedAtMs: number;
  endedAtMs: number;
  principalArn?: string;
  /** Why the signature was refused; the client only sees Forbidden. */
  refusal?: SignatureFailureCode | 'not-allowed';
}

/** Requests per second in the long run, and at once. */
export interface Throttle {
  ratePerSecond: number;
  burst: number;
}

export interface ApiGatewayOptions {
  clock: Clock;
  credentials: CredentialStore;
  /** Function names by route key, for example `{ 'POST /v1/heartbeat': 'keepaloft-heartbeat' }`. */
  routes: Readonly<Record<string, string>>;
  invoke: (functionName: string, event: unknown) => Promise<InvokeOutcome>;
  /** Stage throttle. @default the account's own limits, 10,000 a second and bursts of 5,000 */
  throttle?: Throttle;
  /** By route key; a route without one has the stage's bucket. */
  routeThrottles?: Readonly<Record<string, Throttle>>;
  onRequest?: (request: ApiRequest) => void;
  onError?: (error: unknown) => void;
}

const message = (status: number, text: string): Answer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ message: text }),
});
const FORBIDDEN = message(403, 'Forbidden');
const NOT_FOUND = message(404, 'Not Found');
const TOO_LARGE = message(413, 'Request Entity Too Large');
const TOO_MANY = message(429, 'Too Many Requests');
const FUNCTION_FAILED = message(500, 'Internal Server Error');
const UNAVAILABLE = message(503, 'Service Unavailable');

/** What is found out about a request on its way, for the journal. */
type Findings = Pick<ApiRequest, 'principalArn' | 'refusal'>;

export class ApiGateway {
  readonly #options: ApiGatewayOptions;
  readonly #clock: Clock;
  readonly #bucket: TokenBucket;
  readonly #buckets: ReadonlyMap<string, TokenBucket>;
  readonly #throttles: FaultSwitch<true>;
  readonly #http: Server;
  readonly #door: Door;

  constructor(options: ApiGatewayOptions) {
    this.#options = options;
    this.#clock = options.clock;
    const { burst, ratePerSecond } = options.throttle ?? { burst: 5000, ratePerSecond: 10_000 };
    this.#bucket = new TokenBucket(options.clock, burst, ratePerSecond);
    this.#buckets = new Map(
      Object.entries(options.routeThrottles ?? {}).map(([key, { burst, ratePerSecond }]) => [
        key,
        new TokenBucket(options.clock, burst, ratePerSecond),
      ]),
    );
    this.#throttles = new FaultSwitch(options.clock);
    const onError = options.onError ?? (() => undefined);
    this.#http = httpServer(listener((request, response) => this.#handle(request, response), onError));
    this.#door = new Door(this.#http);
  }

  /** Listens on 127.0.0.1 without TLS, for the machine's own shell, and resolves with the port. */
  listen = (port = 0): Promise<number> => listenOnLoopback(this.#http, port);

  /** Serves a listening socket opened inside the VPC, with TLS when an identity is given. */
  attach(server: NetServer, tls?: TlsIdentity): void {
    this.#door.attach(server, tls);
  }

  /** Delays all bytes between a source address and the API by `delayMs` each way; 0 ends it. */
  delay(sourceAddress: string, delayMs: number): void {
    this.#door.delay(sourceAddress, delayMs);
  }

  /** Answers 429 for a time. */
  throttle(forMs: number, percent = 100): void {
    this.#throttles.set('*', true, { forMs, percent });
  }

  /** Ends throttling on command; delays are ended by `delay(source, 0)`. */
  heal(): void {
    this.#throttles.heal();
  }

  async close(): Promise<void> {
    this.#door.close();
    await closeServer(this.#http);
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const startedAtMs = this.#clock.nowMs();
    const requestId = `${randomBytes(11).toString('base64url')}=`;
    const findings: Findings = {};
    const answer = await this.#answer(request, requestId, findings);
    const endedAtMs = this.#clock.nowMs();
    this.#options.onRequest?.({
      requestId,
      method: request.method ?? '',
      path: pathOf(request.url ?? '/'),
      sourceIp: this.#door.sourceOf(request),
      status: answer.status,
      startedAtMs,
      endedAtMs,
      ...findings,
    });
    const own = { date: new Date(endedAtMs).toUTCString(), 'apigw-requestid': requestId };
    send(response, { ...answer, headers: { ...answer.headers, ...own } });
  }

  async #answer(request: IncomingMessage, requestId: string, findings: Findings): Promise<Answer> {
    const body = await boundedBody(request);
    if (body === undefined) return TOO_LARGE;
    const routeKey = `${request.method ?? ''} ${pathOf(request.url ?? '/')}`;
    const { routes } = this.#options;
    const functionName = Object.hasOwn(routes, routeKey) ? routes[routeKey] : undefined;
    if (functionName === undefined) return NOT_FOUND;
    const principal = await this.#authorise(request, body, findings);
    if (principal === undefined) return FORBIDDEN;
    const bucket = this.#buckets.get(routeKey) ?? this.#bucket;
    if (this.#throttles.strike('*') === true || !bucket.take()) return TOO_MANY;
    const event = buildEvent({
      method: request.method ?? '',
      url: request.url ?? '/',
      routeKey,
      headers: request.headers,
      body,
      sourceIp: this.#door.sourceOf(request),
      principal,
      requestId,
      nowMs: this.#clock.nowMs(),
      port: 443,
      isSecure: request.socket instanceof TLSSocket,
    });
    return this.#integrate(functionName, event);
  }

  async #authorise(
    request: IncomingMessage,
    body: Buffer,
    findings: Findings,
  ): Promise<Principal | undefined> {
    const { method = '', url = '/', rawHeaders } = request;
    const verified = await verifySignature(
      { method, url, rawHeaders, body },
      { service: 'execute-api', credentials: this.#options.credentials, clock: this.#clock },
    );
    if (!verified.ok) {
      findings.refusal = verified.code;
      return undefined;
    }
    findings.principalArn = verified.principal.arn;
    if (isAllowed(verified.principal, `execute-api:Invoke/${method}${pathOf(url)}`))
      return verified.principal;
    findings.refusal = 'not-allowed';
    return undefined;
  }

  /** Invokes the function and maps its outcome; a function that is still running after 30 s is given up, not stopped. */
  async #integrate(functionName: string, event: unknown): Promise<Answer> {
    let cancel = (): void => undefined;
    const late = new Promise<undefined>((resolve) => {
      cancel = this.#clock.after(INTEGRATION_MS_MAX, () => resolve(undefined));
    });
    const outcome = await Promise.race([this.#options.invoke(functionName, event), late]);
    cancel();
    if (outcome === undefined) return UNAVAILABLE;
    if (outcome.ok) return answerOf(outcome.payload) ?? FUNCTION_FAILED;
    return outcome.kind === 'throttled' ? UNAVAILABLE : FUNCTION_FAILED;
  }
}

async function boundedBody(request: IncomingMessage): Promise<Buffer | undefined> {
  try {
    return await readBody(request, API_BODY_BYTES_MAX);
  } catch (error) {
    if (error instanceof BodyTooLarge) return undefined;
    throw error;
  }
}
