/** Tells people, once for each burst, that something else on this host changes a group's addresses. Repairing is not its business. */
import { type BootMs, type DurationMs, durationMs, since } from '../../core/time.ts';
import type { LoopLog } from './ports.ts';

/** A manager that comes by every minute makes one burst, however long it goes on. */
const BURST_MS: DurationMs = durationMs(300_000);
const REMEDY = '`keepaloft-agent doctor` names what else manages addresses on this host';

/** What a look found changed that the agent itself has not changed. */
export interface Meddled {
  /** Of a holder: not bound any more. */
  readonly gone: readonly string[];
  /** Of a standby: bound all of a sudden. */
  readonly come: readonly string[];
}

export interface MeddlingOptions {
  readonly group: string;
  readonly now: () => BootMs;
  readonly log: Pick<LoopLog, 'info' | 'warn'>;
}

export class Meddling {
  readonly #options: MeddlingOptions;
  #lastAt: BootMs | undefined;
  #times = 0;

  constructor(options: MeddlingOptions) {
    this.#options = options;
  }

  /** To be told after every look. */
  looked({ gone, come }: Meddled): void {
    const { now } = this.#options;
    const vips = [...gone, ...come];
    if (vips.length === 0) return this.#calm(now());
    const isNew = this.#lastAt === undefined;
    this.#lastAt = now();
    this.#times += 1;
    if (!isNew) return;
    const what =
      gone.length > 0
        ? 'something else on this host took the VIP away, or its link went down: binding it again'
        : 'something else on this host has bound the VIP, which belongs elsewhere: taking it away';
    this.#options.log.warn({ group: this.#options.group, vips, remedy: REMEDY }, what);
  }

  #calm(now: BootMs): void {
    if (this.#lastAt === undefined || since(this.#lastAt, now) < BURST_MS) return;
    const { group, log } = this.#options;
    log.info({ group, times: this.#times }, 'nothing else has changed the VIPs for five minutes');
    this.#lastAt = undefined;
    this.#times = 0;
  }
}
