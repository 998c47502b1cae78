/** Cuts and losses in a lab's network, applied and healed as a whole so that no half-applied state can be seen. */

import { LabError } from '../errors.ts';
import { requireProgram, run } from './exec.ts';
import {
  checkPercent,
  type Fault,
  type FaultEnd,
  type FaultHosts,
  rulesetOf,
  type Way,
} from './fault-rules.ts';
import type { VpcNetwork } from './namespaces.ts';

export type { Fault, FaultEnd, FaultHosts } from './fault-rules.ts';

/** More faults at once than this are a mistake in a scenario. */
export const faultsMax = 100;

/** The network faults of one lab. Every method resolves once the kernel has applied the change. */
export class NetworkFaults {
  readonly #network: VpcNetwork;
  #active: readonly Fault[] = [];
  #count = 0;
  /** Changes are applied in the order of the calls: each one computes the whole ruleset from the one before. */
  #tail: Promise<unknown> = Promise.resolve();

  constructor(network: VpcNetwork) {
    this.#network = network;
  }

  /** Faults in force, oldest first. */
  get active(): readonly Fault[] {
    return this.#active;
  }

  /** Cuts a host off from everything; with `imds: true` from its metadata service as well. Resolves with the fault's id. */
  cutHost(host: string, options: { imds?: boolean } = {}): Promise<string> {
    return this.#add((id) => ({ id, kind: 'cut-host', host, imds: options.imds ?? false }));
  }

  /** Cuts one host off from the other hosts, or with `all` every host from every other. */
  cutPeers(host: FaultHosts): Promise<string> {
    return this.#add((id) => ({ id, kind: 'cut-peers', host }));
  }

  /**
   * Cuts one host, or all, off from the arbiter's API; the metadata service stays reachable.
   * @param way only packets to the arbiter, or only those from it; absent: both
   */
  cutArbiter(host: FaultHosts, way?: Way): Promise<string> {
    return this.#add((id) => ({ id, kind: 'cut-arbiter', host, ...(way === undefined ? {} : { way }) }));
  }

  /** Loses `percent` (0 < percent ≤ 100) of the packets between two ends, in each direction independently. */
  loss(options: { between: readonly [FaultEnd, FaultEnd]; percent: number }): Promise<string> {
    checkPercent(options.percent);
    return this.#add((id) => ({ id, kind: 'loss', between: options.between, percent: options.percent }));
  }

  /** Ends one fault. Ending one that ended already changes nothing. */
  heal(id: string): Promise<void> {
    return this.#apply((faults) => faults.filter((fault) => fault.id !== id));
  }

  /** Ends all faults. */
  healAll(): Promise<void> {
    return this.#apply(() => []);
  }

  async #add(make: (id: string) => Fault): Promise<string> {
    this.#count += 1;
    const fault = make(`fault${this.#count}`);
    await this.#apply((faults) => [...faults, fault]);
    return fault.id;
  }

  #apply(change: (faults: readonly Fault[]) => readonly Fault[]): Promise<void> {
    const result = this.#tail.then(async () => {
      const next = change(this.#active);
      if (next.length === 0 && this.#active.length === 0) {
        return;
      }
      if (next.length > faultsMax) {
        throw new LabError('too-many-faults', `more than ${faultsMax} network faults at once`, {
          remedy: 'heal some of them first',
        });
      }
      await this.#load(rulesetOf(this.#network, next));
      this.#active = next;
    });
    this.#tail = result.catch(() => undefined);
    return result;
  }

  async #load(ruleset: string): Promise<void> {
    const nft = requireProgram('nft', 'nftables');
    try {
      await run([...this.#network.enter(this.#network.fabric), nft, '-f', '-'], ruleset);
    } catch (cause) {
      throw new LabError('fault-failed', 'the kernel refused the rules of a network fault', {
        remedy: 'the kernel needs nf_tables; look at the cause',
        cause,
      });
    }
  }
}
