/**
 * Who owns which secondary address, as three parties see it. A change is accepted at once in the control plane and
 * becomes visible to Describe and to the fabric later, each address in the order of acceptance. Routes and Elastic IPs are
 * kept in books of their own, under their own names in the place of addresses and interfaces.
 */
import type { Clock } from '../clock.ts';

/** Who is asked: the control plane's truth, the eventually consistent Describe, or the fabric (routes, IMDS). */
export type View = 'control' | 'describe' | 'fabric';

/** One accepted change of one address. `toInterfaceId` is absent when the address was unassigned. */
export interface AddressChange {
  /** Order of acceptance over the whole cloud, from 1. */
  sequence: number;
  address: string;
  fromInterfaceId?: string;
  toInterfaceId?: string;
  acceptedAtMs: number;
}

export interface AppliedChange extends AddressChange {
  appliedAtMs: number;
}

/** How slow the API is. All in milliseconds; the last two count from the acknowledgement. */
export interface Delays {
  ackMs: number;
  propagationMs: number;
  /** When Describe shows a change; the same as `propagationMs` unless set. */
  describeMs?: number;
}

interface ViewState {
  owners: Map<string, string>;
  /** The newest change applied to each address in this view, so that an older one cannot overtake it. */
  applied: Map<string, number>;
}

const newView = (): ViewState => ({ owners: new Map(), applied: new Map() });

export class AddressBook {
  readonly delays: Delays;
  onApplied: ((change: AppliedChange) => void) | undefined;
  readonly #clock: Clock;
  readonly #views: Record<View, ViewState> = { control: newView(), describe: newView(), fabric: newView() };
  #sequence = 0;

  constructor(clock: Clock, delays: Delays) {
    this.#clock = clock;
    this.delays = delays;
  }

  /** The interface that holds a secondary address in the given view. */
  ownerOf(address: string, view: View): string | undefined {
    return this.#views[view].owners.get(address);
  }

  /** Everything that has an owner in the given view, oldest assignment first. */
  entries(view: View): [string, string][] {
    return [...this.#views[view].owners];
  }

  /** An interface's secondary addresses in the given view, oldest assignment first. */
  secondaries(networkInterfaceId: string, view: View): string[] {
    return this.entries(view)
      .filter(([, owner]) => owner === networkInterfaceId)
      .map(([address]) => address);
  }

  /** Accepts a change now and lets it propagate; `immediately` skips every delay (an interface that vanished). */
  accept(address: string, toInterfaceId: string | undefined, immediately = false): void {
    const fromInterfaceId = this.ownerOf(address, 'control');
    this.#sequence += 1;
    const change: AddressChange = {
      sequence: this.#sequence,
      address,
      ...(fromInterfaceId === undefined ? {} : { fromInterfaceId }),
      ...(toInterfaceId === undefined ? {} : { toInterfaceId }),
      acceptedAtMs: this.#clock.nowMs(),
    };
    this.#write('control', change);
    const { ackMs, propagationMs, describeMs } = this.delays;
    this.#later(immediately ? 0 : ackMs + propagationMs, () => this.#applyToFabric(change));
    this.#later(immediately ? 0 : ackMs + (describeMs ?? propagationMs), () =>
      this.#write('describe', change),
    );
  }

  /** With no delay a change is visible before its acknowledgement leaves: a caller at delay 0 must never wait. */
  #later(delayMs: number, run: () => void): void {
    if (delayMs <= 0) run();
    else this.#clock.after(delayMs, run);
  }

  #applyToFabric(change: AddressChange): void {
    if (this.#write('fabric', change)) this.onApplied?.({ ...change, appliedAtMs: this.#clock.nowMs() });
  }

  /** Writes one change into a view, unless a newer change of the same address is there already. */
  #write(view: View, change: AddressChange): boolean {
    const { owners, applied } = this.#views[view];
    if (change.sequence < (applied.get(change.address) ?? 0)) return false;
    applied.set(change.address, change.sequence);
    // Deleted first, so that the map keeps the order of assignment, which IMDS and Describe show.
    owners.delete(change.address);
    if (change.toInterfaceId !== undefined) owners.set(change.address, change.toInterfaceId);
    return true;
  }
}
