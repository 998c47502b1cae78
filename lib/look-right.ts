/** What the arbiter's functions may ask EC2 beyond what is always asked: only about kinds of fabric that a group has. */
import type { IRole } from 'aws-cdk-lib/aws-iam';
import { allowDescribe } from './rights.ts';

interface Calls {
  /** Whoever moves looks where the VIPs are. */
  readonly look: readonly string[];
  /** Whoever takes a member checks whether it fits: these, and the others. */
  readonly check: readonly string[];
}

const CALLS: Readonly<Record<string, Calls>> = {
  route: { look: ['DescribeRouteTables'], check: ['DescribeVpcs'] },
  'elastic-ip': { look: ['DescribeAddresses'], check: [] },
};

export class LookRight {
  readonly #lookers: readonly IRole[];
  readonly #checkers: IRole[];
  readonly #kinds = new Set<string>();

  /**
   * @param lookers of the functions that move
   * @param checker of the function that takes a configuration
   */
  constructor(lookers: readonly IRole[], checker: IRole) {
    this.#lookers = lookers;
    this.#checkers = [checker];
  }

  /** A group has VIPs of this kind. */
  allow(fabric: string): void {
    const calls = CALLS[fabric];
    if (calls === undefined || this.#kinds.has(fabric)) return;
    this.#kinds.add(fabric);
    for (const role of this.#lookers) allowDescribe(role, ...calls.look);
    for (const role of this.#checkers) allowDescribe(role, ...calls.check, ...calls.look);
  }

  /** One more function takes members. */
  addChecker(role: IRole): void {
    this.#checkers.push(role);
    for (const fabric of this.#kinds) {
      const { look = [], check = [] } = CALLS[fabric] ?? {};
      allowDescribe(role, ...check, ...look);
    }
  }
}
