/** Counts what the handlers of this process send to DynamoDB and what comes back: Node itself says so. */
import { subscribe } from 'node:diagnostics_channel';
import { ClientRequest, IncomingMessage } from 'node:http';
import * as z from 'zod/mini';

const failureSchema = z.object({ request: z.instanceof(ClientRequest) });
const exchangeSchema = z.object({
  request: z.instanceof(ClientRequest),
  response: z.instanceof(IncomingMessage),
});

export const trafficSchema = z.object({
  reads: z.number(),
  /** Writes that took effect, and writes whose condition did not hold. */
  writes: z.number(),
  lostWrites: z.number(),
  /** Anything else: must be none. */
  others: z.number(),
  /** Ended without an answer: the connection broke, or the call took too long. The SDK repeats it once. */
  broken: z.number(),
  /** Bodies, without HTTP headers. */
  requestBytes: z.number(),
  responseBytes: z.number(),
});
export type Traffic = z.infer<typeof trafficSchema>;

export const NO_TRAFFIC: Traffic = {
  reads: 0,
  writes: 0,
  lostWrites: 0,
  others: 0,
  broken: 0,
  requestBytes: 0,
  responseBytes: 0,
};

const lengthOf = (header: number | string | string[] | undefined): number => Number(header ?? 0);

type Kind = 'reads' | 'writes' | 'lostWrites' | 'others';

/** DynamoDB answers 400 to a condition that does not hold; the handler fails for every other reason of a 400. */
export const kindOf = (operation: string, status: number | undefined): Kind => {
  if (operation === 'GetItem' && status === 200) return 'reads';
  if (operation === 'PutItem' && status === 200) return 'writes';
  return operation === 'PutItem' && status === 400 ? 'lostWrites' : 'others';
};

/** The operation that a request asks DynamoDB for; undefined when it goes elsewhere. */
export const operationOf = (request: Pick<ClientRequest, 'getHeader'>): string | undefined => {
  const target = request.getHeader('x-amz-target');
  return typeof target === 'string' ? target.replace(/^DynamoDB_\d+\./u, '') : undefined;
};

export class TrafficCounter {
  #count: Traffic = NO_TRAFFIC;

  constructor() {
    subscribe('http.client.request.error', (message) => {
      const { request } = failureSchema.parse(message);
      if (operationOf(request) !== undefined)
        this.#count = { ...this.#count, broken: this.#count.broken + 1 };
    });
    subscribe('http.client.response.finish', (message) => {
      const { request, response } = exchangeSchema.parse(message);
      const operation = operationOf(request);
      if (operation === undefined) return;
      const kind = kindOf(operation, response.statusCode);
      this.#count = {
        ...this.#count,
        [kind]: this.#count[kind] + 1,
        requestBytes: this.#count.requestBytes + lengthOf(request.getHeader('content-length')),
        responseBytes: this.#count.responseBytes + lengthOf(response.headers['content-length']),
      };
    });
  }

  get count(): Traffic {
    return this.#count;
  }
}

const combine = (a: Traffic, b: Traffic, by: (a: number, b: number) => number): Traffic => ({
  reads: by(a.reads, b.reads),
  writes: by(a.writes, b.writes),
  lostWrites: by(a.lostWrites, b.lostWrites),
  others: by(a.others, b.others),
  broken: by(a.broken, b.broken),
  requestBytes: by(a.requestBytes, b.requestBytes),
  responseBytes: by(a.responseBytes, b.responseBytes),
});

/** What has passed from `before` to `after`. */
export const between = (before: Traffic, after: Traffic): Traffic => combine(after, before, (a, b) => a - b);
export const plus = (a: Traffic, b: Traffic): Traffic => combine(a, b, (a, b) => a + b);
