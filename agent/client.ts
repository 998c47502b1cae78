/** Speaks to the arbiter: one signed heartbeat out, one reply of a known kind back. Never throws. */
import type { IncomingHttpHeaders } from 'node:http';
import { Agent } from 'node:https';
import * as z from 'zod/mini';
import type { BootMs } from '../core/time.ts';
import {
  BODY_BYTES_MAX,
  errorBodySchema,
  type HeartbeatRequest,
  type HeartbeatResponse,
  heartbeatResponseSchema,
  type WireError,
} from '../core/wire/heartbeat.ts';
import type { CredentialSource } from './host/credentials.ts';
import type { Log } from './log.ts';
import { type Answer, roundTrip } from './round-trip.ts';
import { createSign } from './sign.ts';

export const HEARTBEAT_PATH = '/v1/heartbeat';
/** As many requests as may be outstanding: a heartbeat never waits behind a slow move. */
export const SOCKETS_MAX = 4;
const ANSWER_BYTES_MAX = 65_536;
/** AWS accepts five minutes of error; a clock this far off will get there, and the Date header has whole seconds. */
export const CLOCK_ERROR_MS_MAX = 30_000;

/**
 * How a heartbeat ended. `sentAt` is when it was asked for, before credentials and signature: a lease counted from it is
 * never too long, and what the host has learned since then is not in the heartbeat.
 */
export type Reply = { readonly sentAt: BootMs; readonly receivedAt: BootMs } & (
  | { readonly kind: 'answer'; readonly response: HeartbeatResponse }
  /** Status 400 to 499 except 429. `clockCorrected`: the signing clock was wrong and now is not; beat again. */
  | {
      readonly kind: 'refused';
      readonly status: number;
      readonly error: WireError;
      readonly clockCorrected: boolean;
    }
  | { readonly kind: 'throttled'; readonly status: 429 }
  /** Status 500 and above, and anything that is no heartbeat's answer: a redirect, an unparsable body. */
  | { readonly kind: 'server'; readonly status: number; readonly message: string }
  /** No answer: no route, refused, TLS, time-out, no credentials. */
  | { readonly kind: 'network'; readonly cause: unknown }
);

type Outcome = Reply extends infer R ? (R extends Reply ? Omit<R, 'sentAt' | 'receivedAt'> : never) : never;

export interface ArbiterClient {
  /** Sends one heartbeat. `timeoutMs` bounds everything, credentials and waiting for a socket included. */
  readonly post: (request: HeartbeatRequest, options: { readonly timeoutMs: number }) => Promise<Reply>;
  /** What is added to this host's wall clock for signing, milliseconds; 0 while the clock is good enough. */
  readonly clockOffsetMs: () => number;
  readonly close: () => void;
}

export interface ArbiterClientOptions {
  /** For example https://abc123.execute-api.us-east-1.amazonaws.com; a stage may follow as a path. */
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: CredentialSource;
  /** PEM, the only authority to trust. @default Node's own list */
  readonly ca?: string;
  readonly now: () => BootMs;
  readonly log: Pick<Log, 'warn'>;
  /** Wall clock for signing, milliseconds since 1970. @default Date.now */
  readonly wallNow?: () => number;
}

/** API Gateway refuses in its own words: `{"message":"Forbidden"}`. */
const gatewayBodySchema = z.object({ message: z.string() });

const CODE_BY_STATUS: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  408: 'RequestTimeout',
  409: 'Conflict',
  413: 'PayloadTooLarge',
};

export const parseJson = (body: Buffer): unknown => {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    // Not JSON is one of the answers a proxy may give; the status says what it means.
    return undefined;
  }
};

export const refusalOf = (status: number, body: unknown): WireError => {
  const own = errorBodySchema.safeParse(body);
  if (own.success) return own.data.error;
  const gateway = gatewayBodySchema.safeParse(body);
  const code = CODE_BY_STATUS[status] ?? `Status${status}`;
  return { code, message: gateway.success ? gateway.data.message : `the arbiter answered ${status}` };
};

const outcomeOf = ({ status, body }: Answer, clockCorrected: boolean): Outcome => {
  if (status === 429) return { kind: 'throttled', status };
  const json = parseJson(body);
  if (status >= 400 && status < 500) {
    return { kind: 'refused', status, error: refusalOf(status, json), clockCorrected };
  }
  if (status >= 200 && status < 300) {
    const parsed = heartbeatResponseSchema.safeParse(json);
    if (parsed.success) return { kind: 'answer', response: parsed.data };
    return { kind: 'server', status, message: 'the answer is not a heartbeat answer' };
  }
  return { kind: 'server', status, message: refusalOf(status, json).message };
};

/** Follows the server's clock by its Date headers, for signing only: no lease is ever measured with it. */
export const createSigningClock = (wallNow: () => number, log: Pick<Log, 'warn'>) => {
  let offsetMs = 0;
  return {
    offsetMs: (): number => offsetMs,
    date: (): Date => new Date(wallNow() + offsetMs),
    /** @returns whether the clock in use was wrong until now */
    learn: (headers: IncomingHttpHeaders): boolean => {
      const serverMs = Date.parse(headers.date ?? '');
      if (Number.isNaN(serverMs)) return false;
      const errorMs = serverMs - wallNow();
      const next = Math.abs(errorMs) > CLOCK_ERROR_MS_MAX ? errorMs : 0;
      const wasWrong = Math.abs(wallNow() + offsetMs - serverMs) > CLOCK_ERROR_MS_MAX;
      if (next !== 0 && offsetMs === 0) {
        log.warn({ clockErrorMs: -errorMs }, 'this host has a wrong wall clock; signatures are corrected');
      }
      offsetMs = next;
      return wasWrong;
    },
  };
};

/** After silence on the whole path: idle sockets are as dead as the one that timed out, without knowing it. */
const dropIdle = (connections: Agent): void => {
  for (const sockets of Object.values(connections.freeSockets)) {
    for (const socket of sockets ?? []) socket.destroy();
  }
};

const withTimeout = async <T>(work: Promise<T>, timeoutMs: number, what: string): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took longer than ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
};

/**
 * A client of one arbiter. It keeps up to {@link SOCKETS_MAX} connections, reuses the one that answered last,
 * and destroys a connection whose request timed out.
 * @example const reply = await client.post(request, { timeoutMs: 2000 });
 */
export const createArbiterClient = (options: ArbiterClientOptions): ArbiterClient => {
  const { endpoint, region, credentials, ca, now, log, wallNow = Date.now } = options;
  const url = new URL(`${endpoint.replace(/\/+$/, '')}${HEARTBEAT_PATH}`);
  const sign = createSign(region, credentials);
  const clock = createSigningClock(wallNow, log);
  const connections = new Agent({
    // TCP_NODELAY is this agent's own default: a heartbeat is one small write that must not wait for another.
    keepAlive: true,
    maxSockets: SOCKETS_MAX,
    scheduling: 'lifo',
    ...(ca === undefined ? {} : { ca }),
  });
  /** How many answers have come; the boot clock is too coarse to tell whether one came since. */
  let heard = 0;

  const exchange = async (
    body: string,
    headers: Record<string, string>,
    timeoutMs: number,
  ): Promise<Answer> => {
    const heardBefore = heard;
    return roundTrip({
      url,
      options: { method: 'POST', headers, agent: connections },
      body,
      timeoutMs,
      answerBytesMax: ANSWER_BYTES_MAX,
      onTimeout: () => {
        if (heard === heardBefore) dropIdle(connections);
      },
    });
  };

  const post: ArbiterClient['post'] = async (request, { timeoutMs }) => {
    const body = JSON.stringify(request);
    const sentAt = now();
    if (Buffer.byteLength(body) > BODY_BYTES_MAX) {
      const message = `the heartbeat has more than ${BODY_BYTES_MAX} bytes: configure fewer groups or VIPs on this host`;
      const error = { code: 'PayloadTooLarge', message };
      return { kind: 'refused', status: 413, error, clockCorrected: false, sentAt, receivedAt: sentAt };
    }
    try {
      const headers = await withTimeout(sign(url, body, clock.date()), timeoutMs, 'getting credentials');
      const leftMs = Math.max(1, timeoutMs - (now() - sentAt));
      const answer = await exchange(body, headers, leftMs);
      const receivedAt = now();
      heard += 1;
      return { ...outcomeOf(answer, clock.learn(answer.headers)), sentAt, receivedAt };
    } catch (cause) {
      return { kind: 'network', cause, sentAt, receivedAt: now() };
    }
  };

  return { post, clockOffsetMs: clock.offsetMs, close: () => connections.destroy() };
};
