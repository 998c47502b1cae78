/** Makes a failing plan smaller while the same promise stays broken, so that a person can read what is left. */
import type { InvariantName } from './check/invariants.ts';
import type { Fault, Plan } from './plan/settings.ts';
import { runPlan } from './run.ts';

/** Each try is a whole run. */
const TRIES_MAX = 400;

export class Shrinker {
  readonly #invariant: InvariantName;
  #tries = 0;

  constructor(invariant: InvariantName) {
    this.#invariant = invariant;
  }

  #stillFails(plan: Plan): boolean {
    if (this.#tries >= TRIES_MAX) return false;
    this.#tries += 1;
    return runPlan(plan).violation?.invariant === this.#invariant;
  }

  /** Without each of these groups of faults in turn, where the failure stays. */
  #without(plan: Plan, groups: readonly (readonly Fault[])[]): Plan {
    let smaller = plan;
    for (const group of groups) {
      const faults = smaller.faults.filter((fault) => !group.includes(fault));
      if (faults.length === smaller.faults.length) continue;
      const candidate = { ...smaller, faults };
      if (this.#stillFails(candidate)) smaller = candidate;
    }
    return smaller;
  }

  /** Halves how long a fault lasts, while that changes nothing. */
  #shorter(plan: Plan): Plan {
    let smaller = plan;
    for (const fault of plan.faults) {
      let current = fault;
      while (current.until - current.at > 100) {
        const shorter = { ...current, until: Math.round((current.at + current.until) / 2) };
        const was = current;
        const candidate = { ...smaller, faults: smaller.faults.map((one) => (one === was ? shorter : one)) };
        if (!this.#stillFails(candidate)) break;
        smaller = candidate;
        current = shorter;
      }
    }
    return smaller;
  }

  /** First whole kinds, then single faults, then their length. */
  shrink(plan: Plan): Plan {
    const kinds = [...Map.groupBy(plan.faults, (fault) => fault.kind).values()];
    const fewer = this.#without(plan, kinds);
    const fewest = this.#without(
      fewer,
      fewer.faults.map((fault) => [fault]),
    );
    return this.#shorter(fewest);
  }
}
