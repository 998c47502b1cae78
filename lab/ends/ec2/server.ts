/** The EC2 Query API of the lab: POST form or GET, SigV4, XML, throttle buckets, faults, a journal of every call. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Server as NetServer } from 'node:net';
import { type Clock, pause } from '../clock.ts';
import { type CredentialStore, isAllowed, type Principal } from '../credentials.ts';
import { Door, type TlsIdentity } from '../door.ts';
import {
  BodyTooLarge,
  closeServer,
  httpServer,
  listener,
  listenOnLoopback,
  readBody,
  send,
} from '../http.ts';
import { type SignatureFailureCode, verifySignature } from '../sigv4.ts';
import { ACTIONS, type Action } from './actions.ts';
import type { Cloud } from './cloud.ts';
import { Ec2Error, errorDocument } from './errors.ts';
import { QueryParams } from './params.ts';
import { type Ec2Fault, Ec2Temper } from './temper.ts';
import { responseDocument } from './xml.ts';

export const EC2_API_VERSION = '2016-11-15';
const BODY_BYTES_MAX = 64 * 1024;

/** One call as the lab's timeline tells it. Times are of the cloud's clock. */
export interface Ec2Call {
  requestId: string;
  action: string;
  params: Record<string, string>;
  principalArn?: string;
  startedAtMs: number;
  endedAtMs: number;
  status: number;
  errorCode?: string;
}

export interface Ec2EndOptions {
  clock: Clock;
  credentials: CredentialStore;
  cloud: Cloud;
  onCall?: (call: Ec2Call) => void;
  onError?: (error: unknown) => void;
}

/** How EC2 names what `verifySignature` found; everything about identity is AuthFailure, as with the real service. */
const AUTH_CODES: Partial<Record<SignatureFailureCode, string>> = {
  missing: 'MissingAuthenticationToken',
  malformed: 'IncompleteSignature',
  'credentials-expired': 'RequestExpired',
  'request-expired': 'RequestExpired',
};
const AUTH_SENTENCE = 'AWS was not able to validate the provided access credentials';

interface Outcome {
  action: string;
  params: Record<string, string>;
  principal?: Principal;
  body: string;
  error?: Ec2Error;
}

export class Ec2End {
  readonly #clock: Clock;
  readonly #credentials: CredentialStore;
  readonly #cloud: Cloud;
  readonly #onCall: (call: Ec2Call) => void;
  readonly #temper: Ec2Temper;
  readonly #http: Server;
  readonly #door: Door;
  readonly #received = new Map<string, number>();
  readonly #counts = new Map<string, { calls: number; errors: number }>();

  constructor(options: Ec2EndOptions) {
    this.#clock = options.clock;
    this.#credentials = options.credentials;
    this.#cloud = options.cloud;
    this.#onCall = options.onCall ?? (() => undefined);
    this.#temper = new Ec2Temper(options.clock);
    const onError = options.onError ?? (() => undefined);
    this.#http = httpServer(listener((request, response) => this.#handle(request, response), onError));
    this.#door = new Door(this.#http);
  }

  /** Listens on 127.0.0.1 and resolves with the port. */
  listen = (port = 0): Promise<number> => listenOnLoopback(this.#http, port);

  /** Also serves a listening socket that was opened elsewhere, for example inside the VPC. */
  attach(server: NetServer, tls?: TlsIdentity): void {
    this.#door.attach(server, tls);
  }

  /** Makes calls fail as the fault says. */
  fault(fault: Ec2Fault): void {
    this.#temper.fault(fault);
  }

  /** Ends the faults of one action or address, or every fault. */
  heal(scope?: string): void {
    this.#temper.heal(scope);
  }

  /** Calls and refused calls so far, by action. */
  counts(): Record<string, { calls: number; errors: number }> {
    return Object.fromEntries([...this.#counts].map(([action, count]) => [action, { ...count }]));
  }

  /** Calls of an action that have arrived, answered or not. */
  received(action: string): number {
    return this.#received.get(action) ?? 0;
  }

  async close(): Promise<void> {
    this.#door.close();
    await closeServer(this.#http);
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const startedAtMs = this.#clock.nowMs();
    const requestId = randomUUID();
    const outcome = await this.#answer(request, requestId);
    const status = outcome.error?.status ?? 200;
    this.#record(requestId, outcome, startedAtMs, status);
    send(response, {
      status,
      headers: {
        'content-type': 'text/xml;charset=UTF-8',
        'x-amzn-requestid': requestId,
        date: new Date(this.#clock.nowMs()).toUTCString(),
        server: 'AmazonEC2',
      },
      body: outcome.body,
    });
  }

  async #answer(request: IncomingMessage, requestId: string): Promise<Outcome> {
    const outcome: Outcome = { action: 'unknown', params: {}, body: '' };
    try {
      const { action, params } = await this.#authenticate(request, outcome);
      await this.#temper.meet(outcome.action, action, outcome.params);
      if (outcome.principal === undefined || !isAllowed(outcome.principal, `ec2:${outcome.action}`))
        throw new Ec2Error('UnauthorizedOperation', notAuthorised(outcome));
      const fields = action.perform(this.#cloud, params);
      if (action.isWrite && this.#cloud.delays.ackMs > 0) await pause(this.#clock, this.#cloud.delays.ackMs);
      outcome.body = responseDocument(outcome.action, requestId, fields);
    } catch (error) {
      if (!(error instanceof Ec2Error)) throw error;
      outcome.error = error;
      outcome.body = errorDocument(error, requestId);
    }
    return outcome;
  }

  /** Reads the call and finds out who makes it; fills the outcome as far as it got, for the journal. */
  async #authenticate(
    request: IncomingMessage,
    outcome: Outcome,
  ): Promise<{ action: Action; params: QueryParams }> {
    const method = request.method ?? '';
    const url = request.url ?? '/';
    const body = await boundedBody(request);
    const params = new QueryParams(
      method === 'POST' ? body.toString('utf8') : url.slice(url.indexOf('?') + 1),
    );
    outcome.params = params.toRecord();
    outcome.action = params.optional('Action') ?? 'unknown';
    const counted = countedName(outcome.action);
    this.#received.set(counted, this.received(counted) + 1);
    const verified = await verifySignature(
      { method, url, rawHeaders: request.rawHeaders, body },
      { service: 'ec2', credentials: this.#credentials, clock: this.#clock },
    );
    if (!verified.ok) {
      const code = AUTH_CODES[verified.code] ?? 'AuthFailure';
      throw new Ec2Error(
        code,
        code === 'AuthFailure' ? AUTH_SENTENCE : `Request refused: ${verified.message}.`,
      );
    }
    outcome.principal = verified.principal;
    params.required('Action');
    const version = params.required('Version');
    if (version !== EC2_API_VERSION)
      throw new Ec2Error(
        'NoSuchVersion',
        `The requested version (${version}) of service AmazonEC2 does not exist`,
      );
    const action = Object.hasOwn(ACTIONS, outcome.action) ? ACTIONS[outcome.action] : undefined;
    if (action === undefined)
      throw new Ec2Error('InvalidAction', `The action ${outcome.action} is not valid for this web service.`);
    return { action, params };
  }

  #record(requestId: string, outcome: Outcome, startedAtMs: number, status: number): void {
    const counted = countedName(outcome.action);
    const count = this.#counts.get(counted) ?? { calls: 0, errors: 0 };
    count.calls += 1;
    if (outcome.error !== undefined) count.errors += 1;
    this.#counts.set(counted, count);
    this.#onCall({
      requestId,
      action: outcome.action,
      params: outcome.params,
      ...(outcome.principal === undefined ? {} : { principalArn: outcome.principal.arn }),
      startedAtMs,
      endedAtMs: this.#clock.nowMs(),
      status,
      ...(outcome.error === undefined ? {} : { errorCode: outcome.error.code }),
    });
  }
}

/** Names that clients make up are counted together, so that the counters stay bounded. */
const countedName = (action: string): string => (Object.hasOwn(ACTIONS, action) ? action : 'unknown');

async function boundedBody(request: IncomingMessage): Promise<Buffer> {
  try {
    return await readBody(request, BODY_BYTES_MAX);
  } catch (error) {
    if (error instanceof BodyTooLarge)
      throw new Ec2Error('RequestEntityTooLarge', 'The request is too large');
    throw error;
  }
}

const notAuthorised = ({ principal, action }: Outcome): string =>
  `You are not authorized to perform this operation. User: ${principal?.arn ?? 'unknown'} is not authorized to perform: ec2:${action}`;
