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
import { type Directory, metadataTree, readTree } from './tree.ts';

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

/**
 * `delayMs` slows every answer, `status` refuses every request, `isGone`: nobody takes connections, `isStale`: the lists of
 * addresses stay as they are now.
 */
export type ImdsTrouble = { delayMs: number } | { status: number } | { isGone: true } | { isStale: true };
/** A fault of the service for one instance, or for all without `instanceId`. A stale one needs its instance. */
export type ImdsFault = FaultSpan & { instanceId?: string } & ImdsTrouble;

const ADDRESS_LIST = /^meta-data\/network\/interfaces\/macs\/[^/]+\/(?:local|public)-ipv4s$/;

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
  readonly #absence: FaultSwitch<true>;
  /** The lists of addresses by path, as they were. */
  readonly #staleness: FaultSwitch<ReadonlyMap<string, string>>;
  readonly #overrides = new Map<string, string>();

  constructor(options: ImdsEndOptions) {
    this.#clock = options.clock;
    this.#cloud = options.cloud;
    this.#credentials = options.credentials;
    this.#roleOf = options.roleOf ?? (() => MEMBER_ROLE);
    this.#tokens = new TokenBook(options.clock);
    this.#refusals = new FaultSwitch(options.clock);
    this.#slowness = new FaultSwitch(options.clock);
    this.#absence = new FaultSwitch(options.clock);
    this.#staleness = new FaultSwitch(options.clock);
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
    else if ('status' in fault) this.#refusals.set(scope, fault.status, fault);
    else if ('isGone' in fault) this.#absence.set(scope, true, fault);
    else this.#staleness.set(scope, this.#listsOf(scope), fault);
  }

  /** Ends the faults of one instance, or all of them; with `trouble` those of its kind alone. */
  heal(instanceId?: string, trouble?: ImdsTrouble): void {
    const isMeant = (key: string): boolean => trouble === undefined || key in trouble;
    if (isMeant('status')) this.#refusals.heal(instanceId);
    if (isMeant('delayMs')) this.#slowness.heal(instanceId);
    if (isMeant('isGone')) this.#absence.heal(instanceId);
    if (isMeant('isStale')) this.#staleness.heal(instanceId);
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
    if (this.#absence.strike(instance.instanceId) === true) {
      request.socket.destroy();
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
    const stale = ADDRESS_LIST.test(below) ? this.#staleness.strike(instance.instanceId) : undefined;
    if (stale !== undefined) return stale.get(below);
    const tree = this.#treeOf(instance);
    return tree === undefined ? undefined : readTree(tree, below);
  }

  #treeOf(instance: Instance): Directory | undefined {
    const role = this.#roleOf(instance.instanceId);
    return metadataTree({
      cloud: this.#cloud,
      instance,
      role,
      roleId: this.#credentials.roleId(role),
      session: () => this.#credentials.session(role, instance.instanceId),
    });
  }

  /** What the lists of addresses of an instance say now, by path. */
  #listsOf(instanceId: string): Map<string, string> {
    const instance = this.#cloud.instance(instanceId);
    const tree = instance === undefined ? undefined : this.#treeOf(instance);
    const folder = 'meta-data/network/interfaces/macs';
    const macs = tree === undefined ? '' : (readTree(tree, folder) ?? '');
    const paths = macs
      .split('\n')
      .flatMap((mac) => ['local', 'public'].map((kind) => `${folder}/${mac}${kind}-ipv4s`));
    return new Map(
      paths.flatMap((path) => {
        const text = tree === undefined ? undefined : readTree(tree, path);
        return text === undefined ? [] : [[path, text] as const];
      }),
    );
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
