/** A fabric with EC2's temper, in memory: calls are acknowledged first and applied later, and may be throttled. */
import type { MoveEffect, Observation, VipResult } from '../../../core/election/types.ts';
import type { EniId, Vip } from '../../../core/wire/names.ts';

const RETRY_MS = 200;

export interface Clock {
  readonly now: number;
  /** How far the clock of the Lambdas is from the world's. */
  readonly lambdaErrorMs: number;
  later(ms: number, run: () => void): void;
  /** Hears what a reader of the story may want to know. */
  tell(who: string, what: string): void;
}

export class Fabric {
  readonly #clock: Clock;
  readonly owners = new Map<string, EniId>();
  ackMs = 0;
  propagationMs = 0;
  throttledUntil = 0;
  /** The next call hangs for so long, then is applied and answered: a mover that is out of date. */
  stallNextMs: number | undefined;
  /** ENIs that refuse every address. */
  readonly full = new Set<EniId>();
  calls = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  apply(order: MoveEffect, done: (results: VipResult[]) => void): void {
    const say = (what: string): void => this.#clock.tell('fabric', what);
    const vips = order.vips.map(({ address }) => address).join(' ');
    const answer = (error?: VipResult['error']): void =>
      done(
        order.vips.map(({ address }) => ({ address, ok: error === undefined, ...(error ? { error } : {}) })),
      );
    const fail = (code: string, permanent: boolean): void => {
      say(`${code}: ${vips} to ${order.to}`);
      answer({ code, message: code, permanent });
    };
    const attempt = (): void => {
      if (this.#clock.now + this.#clock.lambdaErrorMs > order.abortAt) return fail('Aborted', false);
      this.calls += 1;
      say(`call: assign ${vips} to ${order.to}`);
      if (this.#clock.now < this.throttledUntil) {
        say('RequestLimitExceeded');
        return this.#clock.later(RETRY_MS, attempt);
      }
      if (this.full.has(order.toEni)) return fail('PrivateIpAddressLimitExceeded', true);
      const stallMs = this.stallNextMs ?? 0;
      this.stallNextMs = undefined;
      if (stallMs > 0) say(`the call hangs for ${stallMs} ms`);
      const assign = (): void => {
        for (const { address } of order.vips) this.owners.set(address, order.toEni);
        say(`${vips} leads to ${order.to}`);
      };
      this.#clock.later(stallMs + this.ackMs, () => {
        this.#clock.later(this.propagationMs, assign);
        answer();
      });
    };
    attempt();
  }

  observe(vips: readonly Vip[], done: (observations: Observation[]) => void): void {
    this.#clock.tell('fabric', `call: describe ${vips.map(({ address }) => address).join(' ')}`);
    this.#clock.later(this.ackMs, () =>
      done(vips.map(({ address }) => ({ address, owner: this.owners.get(address) ?? null }))),
    );
  }
}
