/** The HTTP answers of the arbiter's functions. */
import type { ArbiterError } from '../errors.ts';

/** What either API expects of its integration. */
export interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export const json = (statusCode: number, body: object): HttpAnswer => ({
  statusCode,
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  body: JSON.stringify(body),
});

/** An error that concerns the whole request: `{error: {code, message, requestId}}`. */
export const respondError = (error: ArbiterError, requestId: string): HttpAnswer =>
  json(error.status, { error: error.toWire(requestId) });
