/** The instance metadata service, version 2 only: a token by PUT, then GET. The caller is known by its source address. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Server as NetServer } from 'node:net';
import { type Clock, pause } from '../clock.ts';
import { type CredentialStore, MEMBER_ROLE } from '../credentials.ts';
import { Door } from '../door.ts';
import type { Cloud } from '../ec2/cloud.ts';
import type { Instance } from '../ec2/model.ts';
import { type FaultSpan, FaultSwitch } from '../faults.ts';
import { type Answer, closeServer, httpServer, listener, listenOnLoopback, send } from '../http.ts';
import { TOKEN_TTL_SECONDS_MAX, TokenBook } from './tokens.ts';
import { metadataTree, readTree } from './tree.ts';

const TOKEN_PATH = '/latest/api/token';
const TOKEN_HEADER = 'x-aws-ec2-metadata-token';
const TTL_HEADER = 'x-aws-ec2-metadata-token-ttl-seconds';

const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** A fault of the service for one instance, or for all without `instanceId`. `delayMs` slows, `status` refuses. */
export type ImdsFault = FaultSpan & { instanceId?: string } & ({ delayMs: number } | { status: number });

export interface ImdsEndOptions {
  clock: Clock;
  cloud: Cloud;
  credentials: CredentialStore;
  /** The role of an instance, by its id. */
  roleOf?: (instanceId: string) => string;
  onError?: (error: unknown) => void;
}

export class ImdsEnd {
  readonly #clock: Clock;
  readonly #cloud: Cloud;
  readonly #credentials: CredentialStore;
  readonly #roleOf: (instanceId: string) => string;
  readonly #tokens: TokenBook;
  readonly #http: Server;
  readonly #door: Door;
  readonly #refusals: FaultSwitch<number>;
  readonly #slowness: FaultSwitch<number>;
  readonly #overrides = new Map<string, string>();

  constructor(options: ImdsEndOptions) {
    this.#clock = options.clock;
    this.#cloud = options.cloud;
    this.#credentials = options.credentials;
    this.#roleOf = options.roleOf ?? (() => MEMBER_ROLE);
    this.#tokens = new TokenBook(options.clock);
    this.#refusals = new FaultSwitch(options.clock);
    this.#slowness = new FaultSwitch(options.clock);
    const onError = options.onError ?? (() => undefined);
    this.#http = httpServer(listener((request, response) => this.#handle(request, response), onError));
    this.#door = new Door(this.#http);
  }

  /** Listens on loopback and resolves with the port: for tests, where every caller is 127.0.0.1. */
  listen = (port = 0, host = '127.0.0.1'): Promise<number> => listenOnLoopback(this.#http, port, host);

  /** Serves a listening socket opened at 169.254.169.254:80 inside the VPC. */
  attach(server: NetServer): void {
    this.#door.attach(server);
  }

  fault(fault: ImdsFault): void {
    const scope = fault.instanceId ?? '*';
    if ('delayMs' in fault) this.#slowness.set(scope, fault.delayMs, fault);
    else this.#refusals.set(scope, fault.status, fault);
  }

  /** Ends the faults of one instance, or all of them. */
  heal(instanceId?: string): void {
    this.#refusals.heal(instanceId);
    this.#slowness.heal(instanceId);
  }

  /** Shows `text` to one instance at a path below `/latest`, such as `meta-data/spot/instance-action`; undefined ends it. */
  override(instanceId: string, path: string, text: string | undefined): void {
    const key = `${instanceId}/${path}`;
    if (text === undefined) this.#overrides.delete(key);
    else this.#overrides.set(key, text);
  }

  async close(): Promise<void> {
    this.#door.close();
    await closeServer(this.#http);
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.resume();
    const instance = this.#cloud.instanceAt(this.#door.sourceOf(request));
    // Nobody outside of an instance ever reaches the service: there the address leads nowhere.
    if (instance === undefined) {
      response.destroy();
      return;
    }
    const delayMs = this.#slowness.strike(instance.instanceId);
    if (delayMs !== undefined) await pause(this.#clock, delayMs);
    const { status, headers, body } = this.#answer(request, instance);
    send(response, { status, headers: { server: 'EC2ws', ...headers }, body });
  }

  #answer(request: IncomingMessage, instance: Instance): Answer {
    const refusal = this.#refusals.strike(instance.instanceId);
    if (refusal !== undefined) return page(refusal);
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    if (request.method === 'PUT') return path === TOKEN_PATH ? this.#issue(request, instance) : page(405);
    if (request.method !== 'GET' && request.method !== 'HEAD') return page(405);
    const token = request.headers[TOKEN_HEADER];
    const secondsLeft =
      typeof token === 'string' ? this.#tokens.secondsLeft(token, instance.instanceId) : undefined;
    if (secondsLeft === undefined) return page(401);
    const text = this.#read(path, instance);
    if (text === undefined) return page(404);
    return {
      status: 200,
      headers: {
        'content-type': text.startsWith('{') ? 'application/json' : 'text/plain',
        [TTL_HEADER]: String(secondsLeft),
      },
      body: text,
    };
  }

  /** A proxy would lend the instance's identity to whoever reaches it, so forwarded requests get no token. */
  #issue(request: IncomingMessage, instance: Instance): Answer {
    if (request.headers['x-forwarded-for'] !== undefined) return page(403);
    const ttl = request.headers[TTL_HEADER];
    const seconds = typeof ttl === 'string' && /^\d{1,5}$/.test(ttl) ? Number(ttl) : 0;
    if (seconds < 1 || seconds > TOKEN_TTL_SECONDS_MAX) return page(400);
    return {
      status: 200,
      headers: { 'content-type': 'text/plain', [TTL_HEADER]: String(seconds) },
      body: this.#tokens.issue(instance.instanceId, seconds),
    };
  }

  #read(path: string, instance: Instance): string | undefined {
    if (path === '/') return 'latest';
    if (path !== '/latest' && !path.startsWith('/latest/')) return undefined;
    const below = path.slice('/latest'.length).replace(/^\//, '');
    const overridden = this.#overrides.get(`${instance.instanceId}/${below}`);
    if (overridden !== undefined) return overridden;
    const role = this.#roleOf(instance.instanceId);
    const tree = metadataTree({
      cloud: this.#cloud,
      instance,
      role,
      roleId: this.#credentials.roleId(role),
      session: () => this.#credentials.session(role, instance.instanceId),
    });
    return tree === undefined ? undefined : readTree(tree, below);
  }
}

/** The service's error page. */
function page(status: number): Answer {
  const title = `${status} - ${REASONS[status] ?? 'Error'}`;
  const body = `<?xml version="1.0" encoding="iso-8859-1"?>
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en" lang="en">
 <head>
  <title>${title}</title>
 </head>
 <body>
  <h1>${title}</h1>
 </body>
</html>
`;
  return { status, headers: { 'content-type': 'text/html' }, body };
}
