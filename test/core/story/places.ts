/** How many heartbeats of a host may be under way, as `agent/loop/exchange.ts` limits them. */

const PLACES = 4;
/** One place is always left for what cannot wait. */
const REGULAR_MAX = 3;
export const TIMEOUT_MS = { regular: 1500, urgent: 10_000 } as const;
export type Urgency = keyof typeof TIMEOUT_MS;

export class Places {
  readonly #taken = { regular: 0, urgent: 0 };

  hasRoom(urgency: Urgency): boolean {
    const { regular, urgent } = this.#taken;
    return regular + urgent < PLACES && (urgency === 'urgent' || regular < REGULAR_MAX);
  }

  take(urgency: Urgency): void {
    this.#taken[urgency] += 1;
  }

  free(urgency: Urgency): void {
    this.#taken[urgency] -= 1;
  }

  clear(): void {
    this.#taken.regular = 0;
    this.#taken.urgent = 0;
  }
}
