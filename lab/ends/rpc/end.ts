/** An end of the lab's cloud that answers operations: SigV4 checked, rights checked, in every protocol of AWS's clients. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import * as z from 'zod/mini';
import type { Clock } from '../clock.ts';
import { type CredentialStore, isAllowed } from '../credentials.ts';
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
import { verifySignature } from '../sigv4.ts';
import { type RpcCall, type RpcFailure, readCall } from './protocol.ts';
import { MalformedInput } from './values.ts';

const BODY_BYTES_MAX = 1024 * 1024;
const BAD_REQUEST = 400;
const FORBIDDEN = 403;

/** What an operation refuses with; `code` is the service's own word. */
export class RpcError extends Error {
  override readonly name = 'RpcError';
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = BAD_REQUEST) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** One operation: its output is plain data, in which times are dates. */
export type Operation = (input: unknown) => object | Promise<object>;

/** An operation whose input is understood by a schema. */
export const operation =
  <T extends z.ZodMiniType>(schema: T, perform: (input: z.output<T>) => object): Operation =>
  (input) => {
    const parsed = schema.safeParse(input);
    if (parsed.success) return perform(parsed.data);
    const issue = parsed.error.issues[0];
    const where = issue?.path.map(String).join('.') ?? '';
    const keys = issue?.code === 'unrecognized_keys' ? ` (${issue.keys.join(', ')})` : '';
    throw new RpcError('ValidationError', `${where}: ${issue?.message ?? 'not understood'}${keys}`);
  };

export interface RpcEndOptions {
  readonly clock: Clock;
  readonly credentials: CredentialStore;
  /** The name that requests are signed for, for example `monitoring`. */
  readonly signedFor: string;
  /** The first part of the rights, for example `cloudwatch`. */
  readonly rights: string;
  readonly xmlNamespace: string;
  readonly operations: Readonly<Record<string, Operation>>;
  readonly onError?: ((error: unknown) => void) | undefined;
}

const failureOf = (error: unknown): RpcFailure | undefined => {
  if (error instanceof RpcError) return error;
  if (error instanceof BodyTooLarge)
    return { code: 'RequestEntityTooLarge', message: error.message, status: 413 };
  return error instanceof MalformedInput
    ? { code: 'MalformedInput', message: error.message, status: BAD_REQUEST }
    : undefined;
};

/** Of a request whose protocol could not be told. */
const plainRefusal = ({ code, message, status }: RpcFailure): Answer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ __type: code, message }),
});

export class RpcEnd {
  readonly #options: RpcEndOptions;
  readonly #http: Server;
  #port = 0;

  constructor(options: RpcEndOptions) {
    this.#options = options;
    const onError = options.onError ?? (() => undefined);
    this.#http = httpServer(listener((request, response) => this.#handle(request, response), onError));
  }

  /** Listens on 127.0.0.1 and resolves with where. */
  async listen(): Promise<string> {
    this.#port = await listenOnLoopback(this.#http);
    return this.endpoint;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  close(): Promise<void> {
    return closeServer(this.#http);
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const requestId = randomUUID();
    let call: RpcCall | undefined;
    let answer: Answer;
    try {
      const body = await readBody(request, BODY_BYTES_MAX);
      const { method = '', url = '/', headers } = request;
      const [path = '/'] = url.split('?', 1);
      call = readCall({ method, path, headers, body }, this.#options.xmlNamespace);
      answer = call.answer(await this.#perform(request, body, call), requestId);
    } catch (error) {
      const failure = failureOf(error);
      if (failure === undefined) throw error;
      answer = call?.refuse(failure, requestId) ?? plainRefusal(failure);
    }
    send(response, answer);
  }

  async #perform(
    request: IncomingMessage,
    body: Buffer,
    { operation: name, input }: RpcCall,
  ): Promise<object> {
    const { clock, credentials, signedFor, rights, operations } = this.#options;
    const { method = '', url = '/', rawHeaders } = request;
    const verified = await verifySignature(
      { method, url, rawHeaders, body },
      { service: signedFor, credentials, clock },
    );
    if (!verified.ok) throw new RpcError('SignatureDoesNotMatch', verified.message, FORBIDDEN);
    const perform = Object.hasOwn(operations, name) ? operations[name] : undefined;
    if (perform === undefined) throw new RpcError('InvalidAction', `The lab does not know ${name}.`);
    const right = `${rights}:${name}`;
    if (!isAllowed(verified.principal, right)) {
      const message = `User: ${verified.principal.arn} is not authorized to perform: ${right}`;
      throw new RpcError('AccessDeniedException', message, FORBIDDEN);
    }
    return perform(input);
  }
}
