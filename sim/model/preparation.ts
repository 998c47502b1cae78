/** The hook `beforeMaster` of one run of the agent: one at a time, killed at its limit, and not always of the same mind. */
import type { HolderInput, PrepareOutcome } from '../../core/holder/types.ts';
import type { Host } from './host.ts';

type Ended = Extract<HolderInput, { kind: 'hooked' }>;

/** While nothing is wrong any more it is quick, and says yes. */
const QUICK_MS_MAX = 300;
const QUICK_MS_MIN = 5;
/** While things are wrong it may take as long as it is allowed to, and longer. */
const LONG_SHARE = 1.3;
const REFUSED_SHARE = 0.15;
const FAILED_SHARE = 0.15;

export class Preparation {
  readonly #host: Host;
  readonly #ended: (input: Ended) => void;
  #freeAt = 0;

  /** @param ended called when the process is still there to hear it */
  constructor(host: Host, ended: (input: Ended) => void) {
    this.#host = host;
    this.#ended = ended;
  }

  run(epoch: number): void {
    const { world } = this.#host;
    const { ms, outcome } = this.#fate();
    const { now } = world.queue;
    const waitMs = Math.max(0, this.#freeAt - now);
    this.#freeAt = now + waitMs + ms;
    world.monitor.preparing(this.#host, epoch);
    this.#host.later(waitMs + ms, () => {
      world.trace?.line(world.queue.now, this.#host.name, `beforeMaster for epoch ${epoch}: ${outcome}`);
      if (outcome === 'prepared') world.monitor.prepared(this.#host, epoch);
      this.#ended({ kind: 'hooked', epoch, outcome, ms });
    });
  }

  #fate(): { readonly ms: number; readonly outcome: PrepareOutcome } {
    const { local, queue, settings } = this.#host.world;
    const limitMs = settings.prepareMs ?? 0;
    if (queue.now >= settings.healMs)
      return { ms: local.between(QUICK_MS_MIN, QUICK_MS_MAX), outcome: 'prepared' };
    const ms = local.spread(QUICK_MS_MIN, LONG_SHARE * limitMs);
    const drawn = local.next();
    if (ms >= limitMs) return { ms: limitMs, outcome: 'failed' };
    if (drawn < REFUSED_SHARE) return { ms, outcome: 'refused' };
    return { ms, outcome: drawn < REFUSED_SHARE + FAILED_SHARE ? 'failed' : 'prepared' };
  }
}
