/** API Gateway of a story: throttles, passes on to the function, and keeps a record of every request. */
import type { HeartbeatRequest } from '../../core/wire/heartbeat.ts';
import type { CredentialStore } from '../../lab/ends/credentials.ts';
import { TokenBucket } from '../../lab/ends/faults.ts';
import type { Reply } from './agent.ts';
import { API_THROTTLE, NETWORK_MS } from './assumptions.ts';
import type { Fleet } from './fleet.ts';
import { callHandler } from './handler-call.ts';
import type { LambdaFunction } from './lambda.ts';
import type { StoryClock } from './story-clock.ts';

const TOO_MANY = 429;
const UNAVAILABLE = 503;

export class FrontDoor {
  readonly #clock: StoryClock;
  readonly #fleet: Fleet;
  readonly #lambda: LambdaFunction;
  readonly #credentials: CredentialStore;
  readonly #bucket: TokenBucket;
  readonly #statuses = new Map<number, number>();
  readonly #firstAnswers = new Map<string, number>();
  readonly #openedMs: number;
  /** When each request arrived, milliseconds since the opening. */
  readonly arrivals: number[] = [];
  lastRefusalMs: number | null = null;

  constructor(fleet: Fleet, lambda: LambdaFunction, credentials: CredentialStore, clock: StoryClock) {
    this.#fleet = fleet;
    this.#lambda = lambda;
    this.#credentials = credentials;
    this.#clock = clock;
    this.#openedMs = clock.nowMs();
    this.#bucket = new TokenBucket(clock, API_THROTTLE.burst, API_THROTTLE.perSecond);
  }

  get #sinceMs(): number {
    return this.#clock.nowMs() - this.#openedMs;
  }

  /** Requests by the status of their answer. */
  get statuses(): Record<string, number> {
    return Object.fromEntries([...this.#statuses].map(([status, count]) => [String(status), count]));
  }

  /** When a node had its first answer with a role; undefined while it has none. */
  firstAnswerMs(node: string): number | undefined {
    return this.#firstAnswers.get(node);
  }

  take(request: HeartbeatRequest, reply: (reply: Reply) => void): void {
    this.#clock.after(NETWORK_MS, () => {
      this.arrivals.push(this.#sinceMs);
      if (!this.#bucket.take()) this.#answer(TOO_MANY, { kind: 'throttled' }, request, reply);
      else this.#clock.work(() => this.#passOn(request, reply));
    });
  }

  async #passOn(request: HeartbeatRequest, reply: (reply: Reply) => void): Promise<void> {
    const { address } = this.#fleet.member(request.node);
    const call = await this.#lambda.invoke((handler) =>
      callHandler(handler, request, address, this.#credentials),
    );
    if (call === undefined) this.#answer(UNAVAILABLE, { kind: 'server' }, request, reply);
    else this.#answer(call.status, call.reply, request, reply);
  }

  #answer(status: number, answer: Reply, request: HeartbeatRequest, reply: (reply: Reply) => void): void {
    this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + 1);
    if (status === TOO_MANY || status >= 500) this.lastRefusalMs = this.#sinceMs;
    this.#clock.after(NETWORK_MS, () => {
      if (answer.kind === 'answer' && !this.#firstAnswers.has(request.node))
        this.#firstAnswers.set(request.node, this.#sinceMs);
      reply(answer);
    });
  }
}
