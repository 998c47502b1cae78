/**
 * The S3 of the lab, as far as hosts use it: GET of an object of one bucket, by the bucket's own host name, signed with
 * SigV4. Objects are the files below a directory, read anew for each request.
 */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Server as NetServer } from 'node:net';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import { type CredentialStore, isAllowed, LAB_REGION } from '../credentials.ts';
import { Door, type TlsIdentity } from '../door.ts';
import { type Answer, closeServer, httpServer, listener, listenOnLoopback, send } from '../http.ts';
import { type SignatureFailureCode, verifySignature } from '../sigv4.ts';

export const LAB_BUCKET = 'keepaloft-lab';
/** The bucket's name for IPv4 and IPv6, as hosts call it. */
export const LAB_BUCKET_HOST = `${LAB_BUCKET}.s3.dualstack.${LAB_REGION}.amazonaws.com`;

/** Keys that are plain paths: nothing that a file system would read as another directory. */
const KEY = /^(?:[\w~-][\w.~-]*\/)*[\w~-][\w.~-]*$/;

export interface S3EndOptions {
  clock: Clock;
  credentials: CredentialStore;
  /** What is in the bucket: a file for each key. */
  directory: string;
  onError?: (error: unknown) => void;
}

/** How S3 names what `verifySignature` found. */
const REFUSALS: Readonly<Record<SignatureFailureCode, readonly [status: number, code: string]>> = {
  missing: [403, 'AccessDenied'],
  malformed: [400, 'AuthorizationHeaderMalformed'],
  'unknown-key': [403, 'InvalidAccessKeyId'],
  'wrong-scope': [400, 'AuthorizationHeaderMalformed'],
  'bad-token': [403, 'InvalidToken'],
  'credentials-expired': [400, 'ExpiredToken'],
  'request-expired': [403, 'RequestTimeTooSkewed'],
  'body-hash': [400, 'XAmzContentSHA256Mismatch'],
  'signature-mismatch': [403, 'SignatureDoesNotMatch'],
};

const refusal = (status: number, code: string, message: string): Answer => ({
  status,
  headers: { 'content-type': 'application/xml' },
  body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`,
});

export class S3End {
  readonly #options: S3EndOptions;
  readonly #http: Server;
  readonly #door: Door;

  constructor(options: S3EndOptions) {
    this.#options = options;
    const onError = options.onError ?? (() => undefined);
    this.#http = httpServer(listener((request, response) => this.#handle(request, response), onError));
    this.#door = new Door(this.#http);
  }

  /** Listens on loopback and resolves with the port: for tests. */
  listen = (port = 0, host = '127.0.0.1'): Promise<number> => listenOnLoopback(this.#http, port, host);

  /** Serves a listening socket opened inside the VPC. */
  attach(server: NetServer, tls?: TlsIdentity): void {
    this.#door.attach(server, tls);
  }

  async close(): Promise<void> {
    this.#door.close();
    await closeServer(this.#http);
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.resume();
    const { status, headers, body } = await this.#answer(request);
    send(response, {
      status,
      headers: {
        ...headers,
        date: new Date(this.#options.clock.nowMs()).toUTCString(),
        'x-amz-request-id': randomUUID(),
        server: 'AmazonS3',
      },
      body,
    });
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    const { clock, credentials, directory } = this.#options;
    if (request.method !== 'GET') return refusal(405, 'MethodNotAllowed', 'Only GET is known here.');
    if (request.headers.host !== LAB_BUCKET_HOST)
      return refusal(404, 'NoSuchBucket', 'The specified bucket does not exist');
    const { url = '/', method, rawHeaders } = request;
    const verified = await verifySignature(
      { method, url, rawHeaders, body: Buffer.alloc(0) },
      { service: 's3', credentials, clock },
    );
    if (!verified.ok) {
      const [status, code] = REFUSALS[verified.code];
      return refusal(status, code, verified.message);
    }
    // S3 alone demands this header of everybody who signs.
    if (request.headers['x-amz-content-sha256'] === undefined)
      return refusal(400, 'InvalidRequest', 'Missing required header for this request: x-amz-content-sha256');
    const key = url.slice(1);
    if (!isAllowed(verified.principal, `s3:GetObject/${key}`))
      return refusal(403, 'AccessDenied', `${verified.principal.arn} is not authorized to get ${key}`);
    try {
      if (!KEY.test(key)) return noSuchKey;
      const body = await readFile(join(directory, key));
      return { status: 200, headers: { 'content-type': 'binary/octet-stream' }, body };
    } catch {
      // Whoever may not list is not told more by S3 either, but the lab's users look for a file.
      return noSuchKey;
    }
  }
}

const noSuchKey = refusal(404, 'NoSuchKey', 'The specified key does not exist.');
