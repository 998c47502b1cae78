/** IMDSv2 session tokens: opaque, bound to the instance that asked, alive for the time it asked for. */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../clock.ts';

/** Longest life of a token in seconds, the service's own limit (six hours). */
export const TOKEN_TTL_SECONDS_MAX = 21_600;
/** Tokens remembered at once; the oldest go first. */
const TOKENS_MAX = 10_000;

export class TokenBook {
  readonly #clock: Clock;
  readonly #tokens = new Map<string, { instanceId: string; expiresAtMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  issue(instanceId: string, ttlSeconds: number): string {
    const token = randomBytes(40).toString('base64url');
    this.#tokens.set(token, { instanceId, expiresAtMs: this.#clock.nowMs() + ttlSeconds * 1000 });
    for (const oldest of this.#tokens.keys()) {
      if (this.#tokens.size <= TOKENS_MAX) break;
      this.#tokens.delete(oldest);
    }
    return token;
  }

  /** Seconds a token has left for this instance; undefined when it is not valid for it. */
  secondsLeft(token: string, instanceId: string): number | undefined {
    const entry = this.#tokens.get(token);
    if (entry === undefined || entry.instanceId !== instanceId) return undefined;
    const leftMs = entry.expiresAtMs - this.#clock.nowMs();
    if (leftMs > 0) return Math.ceil(leftMs / 1000);
    this.#tokens.delete(token);
    return undefined;
  }
}
