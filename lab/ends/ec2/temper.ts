/** How the EC2 end refuses and delays: AWS's throttle buckets, and the faults that are set on command. */
import { type Clock, pause } from '../clock.ts';
import { FaultSwitch, TokenBucket } from '../faults.ts';
import { type Action, isFiltered } from './actions.ts';
import { Ec2Error } from './errors.ts';

/**
 * A fault of the API. `throttle` answers RequestLimitExceeded; `error` answers `code`; `hold` accepts the call
 * only after `holdMs`, so that a later call overtakes it. Without `action` it strikes every action, without `forMs`
 * it lasts until healed, without `percent` it strikes every call. In the place of an action an address, or the
 * allocation of an Elastic IP, may stand: then the fault strikes the calls that name it first, and no other VIP.
 */
export type Ec2Fault = { action?: string; forMs?: number; percent?: number } & (
  | { kind: 'throttle' }
  | { kind: 'error'; code?: string; message?: string }
  | { kind: 'hold'; holdMs: number }
);

/** Published limits per account and region: how many calls at once, and how many a second after that. */
const BUCKETS = {
  write: { capacity: 100, refillPerSecond: 5 },
  scarce: { capacity: 50, refillPerSecond: 5 },
  filtered: { capacity: 100, refillPerSecond: 20 },
  unfiltered: { capacity: 50, refillPerSecond: 10 },
} as const;

const kindOf = ({ isWrite, isScarce }: Action, params: Record<string, string>): keyof typeof BUCKETS => {
  if (isWrite) return isScarce === true ? 'scarce' : 'write';
  return isFiltered(Object.keys(params)) ? 'filtered' : 'unfiltered';
};

/** The address that a write is about; of an Elastic IP its allocation. */
const namedBy = (params: Record<string, string>): string | undefined =>
  params['PrivateIpAddress.1'] ??
  params['Ipv6Addresses.1'] ??
  params['DestinationCidrBlock']?.replace(/\/32$/, '') ??
  params['AllocationId'];

const throttled = (): Ec2Error => new Ec2Error('RequestLimitExceeded', 'Request limit exceeded.');

export class Ec2Temper {
  readonly #clock: Clock;
  readonly #buckets = new Map<string, TokenBucket>();
  readonly #refusals: FaultSwitch<() => Ec2Error>;
  readonly #holds: FaultSwitch<number>;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#refusals = new FaultSwitch(clock);
    this.#holds = new FaultSwitch(clock);
  }

  fault(fault: Ec2Fault): void {
    const scope = fault.action ?? '*';
    if (fault.kind === 'hold') this.#holds.set(scope, fault.holdMs, fault);
    else if (fault.kind === 'throttle') this.#refusals.set(scope, throttled, fault);
    else {
      const { code = 'InternalError', message = 'An internal error has occurred' } = fault;
      this.#refusals.set(scope, () => new Ec2Error(code, message), fault);
    }
  }

  /** Ends the faults of one scope (an action or an address), or all of them. */
  heal(scope?: string): void {
    this.#refusals.heal(scope);
    this.#holds.heal(scope);
  }

  /** @throws {Ec2Error} when a bucket is empty or a fault strikes. Waits first when the call is held. */
  async meet(name: string, action: Action, params: Record<string, string>): Promise<void> {
    if (!this.#bucket(name, action, params).take()) throw throttled();
    const named = namedBy(params);
    const refusal = this.#refusals.strike(...(named === undefined ? [name] : [named, name]));
    if (refusal !== undefined) throw refusal();
    const holdMs = this.#holds.strike(name);
    if (holdMs !== undefined) await pause(this.#clock, holdMs);
  }

  /** Each write has a bucket of its own; each Describe has one for filtered and one for unfiltered calls. */
  #bucket(name: string, action: Action, params: Record<string, string>): TokenBucket {
    const kind = kindOf(action, params);
    const key = `${name}/${kind}`;
    const existing = this.#buckets.get(key);
    if (existing !== undefined) return existing;
    const { capacity, refillPerSecond } = BUCKETS[kind];
    const bucket = new TokenBucket(this.#clock, capacity, refillPerSecond);
    this.#buckets.set(key, bucket);
    return bucket;
  }
}
