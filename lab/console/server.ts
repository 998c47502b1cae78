/**
 * Serves the console of a lab on this machine's loopback only. Whoever has its address may give orders, so the address
 * has a secret in it, as that of a lab's control socket has a folder that only its owner can open. A page of another
 * origin can neither know it nor be let in: its `Origin` is refused, and so is a name that was made to lead here.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import * as z from 'zod/mini';
import type { Clock } from '../ends/clock.ts';
import {
  type Answer,
  BodyTooLarge,
  closeServer,
  httpServer,
  listener,
  listenOnLoopback,
  readBody,
  send,
} from '../ends/http.ts';
import { pageHtml, SCRIPT } from './page.ts';
import { callSchema, callWidget, type Invoke, WidgetFailed } from './widget.ts';

const BODY_BYTES_MAX = 65_536;
const SECRET_BYTES = 18;

/** Nothing is loaded from elsewhere, nobody may frame it, and the widget's HTML cannot run anything. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'unsafe-inline'",
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': POLICY,
  'cache-control': 'no-store',
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
};

const answer = (status: number, type: string, body: string): Answer => ({
  status,
  headers: { ...HEADERS, 'content-type': `${type}; charset=utf-8` },
  body,
});
const refusal = (status: number, error: string): Answer =>
  answer(status, 'application/json', JSON.stringify({ error }));

export interface ConsoleEndOptions {
  readonly labId: string;
  readonly clock: Clock;
  readonly invoke: Invoke;
  readonly onError?: (error: unknown) => void;
}

export class ConsoleEnd {
  readonly #options: ConsoleEndOptions;
  readonly #secret = randomBytes(SECRET_BYTES).toString('base64url');
  readonly #http: Server;
  #hosts: readonly string[] = [];

  constructor(options: ConsoleEndOptions) {
    this.#options = options;
    const onError = options.onError ?? (() => undefined);
    this.#http = httpServer(listener((request, response) => this.#handle(request, response), onError));
  }

  /** Listens, and resolves with the address of the page. @throws LabError `listen-failed` */
  async listen(): Promise<string> {
    const port = await listenOnLoopback(this.#http);
    this.#hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
    return `http://127.0.0.1:${port}/${this.#secret}/`;
  }

  close = (): Promise<void> => closeServer(this.#http);

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    send(response, await this.#answer(request));
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    const { host = '', origin } = request.headers;
    if (!this.#hosts.includes(host))
      return refusal(421, 'this is not the host that the page was given out for');
    const [, secret = '', ...rest] = new URL(request.url ?? '/', `http://${host}`).pathname.split('/');
    if (!this.#isSecret(secret))
      return refusal(404, 'nothing is here: use the whole address that the lab has printed');
    switch (`${request.method} ${rest.join('/')}`) {
      case 'GET ':
        return answer(200, 'text/html', pageHtml(this.#options.labId));
      case 'GET page.mjs':
        return answer(200, 'text/javascript', SCRIPT);
      case 'POST call':
        if (origin !== `http://${host}`) return refusal(403, 'only the page itself may call');
        return this.#call(request);
      default:
        return refusal(404, 'nothing is here');
    }
  }

  async #call(request: IncomingMessage): Promise<Answer> {
    try {
      const text = (await readBody(request, BODY_BYTES_MAX)).toString('utf8');
      const call = callSchema.parse(JSON.parse(text));
      const { invoke, clock } = this.#options;
      const html = await callWidget(call, invoke, clock.nowMs());
      return answer(200, 'application/json', JSON.stringify({ html }));
    } catch (error) {
      if (error instanceof WidgetFailed) return refusal(502, error.message);
      if (error instanceof BodyTooLarge) return refusal(413, error.message);
      if (error instanceof z.core.$ZodError || error instanceof SyntaxError)
        return refusal(400, 'not a call of the page');
      throw error;
    }
  }

  #isSecret(given: string): boolean {
    const [mine, theirs] = [Buffer.from(this.#secret), Buffer.from(given)];
    return mine.length === theirs.length && timingSafeEqual(mine, theirs);
  }
}
