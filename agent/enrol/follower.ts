/**
 * Follows the arbiter's configuration while the agent runs. Something hints that there may be another one (an answer that
 * names another hash, a group that does not know this host any more, or that time has passed), and the arbiter is asked;
 * what it says is what counts. Hosts of one deployment all get the hint at once, so they ask at different moments.
 */
import type { EnrolResponse } from '../../core/wire/enrol.ts';
import { AgentError, messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Reply } from '../loop/ports.ts';

/** Between two questions without a hint: a group that this host is new to gives none. */
export const POLL_MS = 600_000;
/** A hint is followed within this. */
export const SPREAD_MS = 5000;
/** A question that did not settle the hint is asked again after this, then after twice as long, up to the last. */
export const BACKOFF_MS = 10_000;
export const BACKOFF_MS_MAX = 300_000;

/** A group that says so does not know this host: it has left the group, or has not joined it yet. */
const LEAVING: ReadonlySet<string> = new Set(['NotEnrolled', 'UnknownGroup']);

/** `settled`: what runs here is what the arbiter says. `open`: it is not, and nothing could be done about it now. */
export type Outcome = 'settled' | 'open';

export interface FollowerOptions {
  readonly ask: () => Promise<EnrolResponse>;
  /** Takes an answer over. */
  readonly take: (answer: EnrolResponse) => Promise<Outcome>;
  /** Hashes by group of the configuration that runs. */
  readonly running: () => ReadonlyMap<string, string>;
  /** In [0, 1). */
  readonly random: () => number;
  /** Calls back after so many milliseconds; the function it returns calls that off. */
  readonly after: (ms: number, call: () => void) => () => void;
  readonly log: Pick<Log, 'info' | 'warn'>;
}

export class Follower {
  readonly #options: FollowerOptions;
  #callOff: () => void = () => undefined;
  #isHinted = false;
  #isAsking = false;
  #isOver = false;
  #tries = 0;
  #trouble = '';

  constructor(options: FollowerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#arm(this.#pollMs());
  }

  stop(): void {
    this.#isOver = true;
    this.#callOff();
  }

  /** A heartbeat has been answered. */
  heard(reply: Reply): void {
    if (this.#isHinted || this.#isAsking || this.#isOver || !this.#isHint(reply)) return;
    this.#isHinted = true;
    this.#arm(this.#pauseMs() + this.#options.random() * SPREAD_MS);
  }

  #isHint(reply: Reply): boolean {
    if (reply.kind === 'refused') return LEAVING.has(reply.error.code);
    if (reply.kind !== 'answer') return false;
    const running = this.#options.running();
    return Object.entries(reply.response.groups).some(([name, result]) =>
      'error' in result
        ? LEAVING.has(result.error.code)
        : result.configHash !== undefined && running.has(name) && result.configHash !== running.get(name),
    );
  }

  #pollMs(): number {
    return POLL_MS * (0.8 + 0.4 * this.#options.random());
  }

  #pauseMs(): number {
    return this.#tries === 0 ? 0 : Math.min(BACKOFF_MS * 2 ** (this.#tries - 1), BACKOFF_MS_MAX);
  }

  #arm(ms: number): void {
    if (this.#isOver) return;
    this.#callOff();
    this.#callOff = this.#options.after(ms, () => void this.#turn());
  }

  async #turn(): Promise<void> {
    this.#isAsking = true;
    const outcome = await this.#askAndTake();
    this.#isAsking = false;
    this.#isHinted = false;
    this.#tries = outcome === 'settled' ? 0 : this.#tries + 1;
    this.#arm(this.#pollMs());
  }

  async #askAndTake(): Promise<Outcome> {
    const { ask, take, log } = this.#options;
    try {
      const outcome = await take(await ask());
      this.#trouble = '';
      return outcome;
    } catch (cause) {
      const error = messageOf(cause);
      const remedy = cause instanceof AgentError ? { remedy: cause.remedy } : {};
      // Once for each trouble, not once for each try.
      if (error !== this.#trouble)
        log.warn({ error, ...remedy }, 'a new configuration could not be had; the old one goes on');
      this.#trouble = error;
      return 'open';
    }
  }
}
