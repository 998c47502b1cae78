/** Tells people once that the metadata service does not answer, and once that it answers again. */
import { messageOf } from '../errors.ts';
import type { LoopLog } from './ports.ts';

/** One look may be lost to a busy machine. */
const LOOKS = 3;

export class WitnessTrouble {
  readonly #log: LoopLog;
  #failures = 0;

  constructor(log: LoopLog) {
    this.#log = log;
  }

  failed(cause: unknown): void {
    this.#failures += 1;
    const error = messageOf(cause);
    this.#log.debug({ error }, 'the metadata service did not answer');
    if (this.#failures === LOOKS)
      this.#log.warn(
        { error },
        'the metadata service does not answer; where it led the VIPs last is taken for true until it does',
      );
  }

  answered(): void {
    if (this.#failures >= LOOKS) this.#log.info({}, 'the metadata service answers again');
    this.#failures = 0;
  }
}
