/** One HTTP exchange with every bound in one place: whole time, size of the answer, and no socket left behind. */
import { type IncomingHttpHeaders, request as plainRequest, type RequestOptions } from 'node:http';
import { type RequestOptions as SecureOptions, request as secureRequest } from 'node:https';
import { AgentError } from './errors.ts';

export interface Exchange {
  readonly url: URL;
  readonly options: RequestOptions & SecureOptions;
  readonly body?: string | Uint8Array;
  /** For everything: name lookup, connecting, waiting for a free socket, sending, the whole answer. */
  readonly timeoutMs: number;
  readonly answerBytesMax: number;
  /** Ends the exchange early. */
  readonly signal?: AbortSignal;
  /** Called when the exchange ends by the time limit. */
  readonly onTimeout?: () => void;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** The exchange did not come to an answer: `timeout`, `answer-too-large` or `cut-short`. */
export class ExchangeError extends AgentError {
  override readonly name = 'ExchangeError';
}

const broken = (code: string, message: string): ExchangeError =>
  new ExchangeError(code, message, { remedy: 'look at the network between this host and the server' });

/**
 * Sends one request and reads the whole answer. A request that is given up takes its socket with it: a stuck
 * connection must never be handed to the next request.
 * @throws ExchangeError, or the system's own error (ECONNREFUSED, ENOTFOUND, a TLS error, an AbortError)
 */
export const roundTrip = (exchange: Exchange): Promise<Answer> =>
  new Promise<Answer>((resolve, reject) => {
    const { url, options, body, timeoutMs, answerBytesMax, signal } = exchange;
    const send = url.protocol === 'https:' ? secureRequest : plainRequest;
    const outgoing = send(url, { ...options, ...(signal === undefined ? {} : { signal }) });
    const timer = setTimeout(() => {
      exchange.onTimeout?.();
      outgoing.destroy(broken('timeout', `no answer from ${url.host} within ${timeoutMs} ms`));
    }, timeoutMs);
    const fail = (error: Error): void => {
      clearTimeout(timer);
      reject(error);
    };
    outgoing.once('response', (incoming) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      incoming.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        chunks.push(chunk);
        if (bytes <= answerBytesMax) return;
        outgoing.destroy(
          broken('answer-too-large', `${url.host} answered more than ${answerBytesMax} bytes`),
        );
      });
      incoming.once('error', fail);
      incoming.once('end', () => {
        clearTimeout(timer);
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: Buffer.concat(chunks) });
      });
    });
    // A destroyed request reports once more; the promise has settled by then and ignores it.
    outgoing.on('error', fail);
    outgoing.once('close', () =>
      fail(broken('cut-short', `${url.host} closed the connection before answering`)),
    );
    outgoing.end(body);
  });
