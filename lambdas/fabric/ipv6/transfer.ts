/** One order for IPv6 addresses: look, take them from whoever has them, give them to the target, and look again if refused. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AssignIpv6AddressesCommand,
  type EC2Client,
  UnassignIpv6AddressesCommand,
} from '@aws-sdk/client-ec2';
import type { MoveEffect, VipResult } from '../../../core/election/types.ts';
import { type EpochMs, since } from '../../../core/time.ts';
import type { EniId } from '../../../core/wire/names.ts';
import type { FabricFailure } from '../ec2/classify.ts';
import { resultOf } from '../ec2/results.ts';
import { type Attempt, type Sent, sendGuarded, sendUntil } from '../ec2/send.ts';
import type { FabricScope } from '../fabric.ts';
import { lookUntil, type Sight } from './look.ts';
import type { Place } from './places.ts';

export const GIVE = 'AssignIpv6Addresses';
export const TAKE = 'UnassignIpv6Addresses';
/** More than fit into the time of an order: that ends the rounds, this only bounds them. */
const ROUNDS_MAX = 8;
const ROUND_MS = 200;
/** What EC2 describes may be this old. A target that has refused is believed to have the addresses when it was seen with them for so long. */
const DESCRIBED_LATE_MS = 1000;

/** The interface has not, or not any more, what was to be taken: nothing is left to do there. */
const GONE: ReadonlySet<string> = new Set([
  'InvalidParameterValue',
  'InvalidNetworkInterfaceID.NotFound',
  'InvalidNetworkInterface.NotFound',
]);
/** An interface has it: another one, for the look was older than the truth, or the target itself. */
const HELD: ReadonlySet<string> = new Set(['Resource.AlreadyAssigned', 'InvalidIPAddress.InUse']);
/** As held, or an address that the target cannot have: the code alone does not tell. */
const UNCLEAR = 'InvalidParameterValue';

export const inputOf = (eni: EniId, addresses: readonly string[]) => ({
  NetworkInterfaceId: eni,
  Ipv6Addresses: [...addresses],
});

const give = (client: EC2Client, eni: EniId, addresses: readonly string[]): Attempt => ({
  action: GIVE,
  call: (deadline) => sendGuarded(client, new AssignIpv6AddressesCommand(inputOf(eni, addresses)), deadline),
});

const take = (client: EC2Client, eni: EniId, addresses: readonly string[]): Attempt => ({
  action: TAKE,
  call: (deadline) =>
    sendGuarded(client, new UnassignIpv6AddressesCommand(inputOf(eni, addresses)), deadline),
});

/** Trying again may help, and the target is not to blame. */
const passing = (error: FabricFailure): FabricFailure => ({ ...error, permanent: false });

const otherSubnet = (place: Place, { id, subnet }: Place): FabricFailure => ({
  code: UNCLEAR,
  message: `not sent: ${place.id} has it in ${place.subnet}, and ${id} is in ${subnet}: an IPv6 address cannot leave its subnet`,
  permanent: true,
});

type Seen = Extract<Sight, { ok: true }>;

/** The state of one order while it is carried out. */
export class Transfer {
  readonly #client: EC2Client;
  readonly #order: MoveEffect;
  readonly #scope: FabricScope;
  readonly #addresses: readonly string[];
  /** What this order has taken, by interface: a look that still shows it there is only late. */
  readonly #taken = new Map<EniId, readonly string[]>();
  /** Addresses that could not be taken from where they are, with the reason. */
  readonly #kept = new Map<string, Sent>();
  /** Why the target was not given the addresses, until somebody has looked again. */
  #refusal: FabricFailure | undefined;
  /** Nothing that was seen explains the refusal. */
  #isUnexplained = false;
  /** Since when every look has shown all addresses with the target that has refused them. */
  #seenThereAt: EpochMs | undefined;

  constructor(client: EC2Client, order: MoveEffect, scope: FabricScope) {
    this.#client = client;
    this.#order = order;
    this.#scope = scope;
    this.#addresses = order.vips.map(({ address }) => address);
  }

  async run(): Promise<readonly VipResult[]> {
    for (let round = 1; round <= ROUNDS_MAX; round += 1) {
      const sight = await lookUntil(this.#client, this.#order, this.#scope);
      if (!sight.ok) return this.#results(sight.error);
      const end = await this.#round(sight);
      if (end !== undefined) return this.#results(end.ok ? undefined : end.error);
      if (this.#scope.now() + ROUND_MS > this.#order.abortAt) break;
      await sleep(ROUND_MS, undefined, { signal: this.#scope.signal }).catch(() => undefined);
    }
    return this.#results(this.#refusal === undefined ? undefined : passing(this.#refusal));
  }

  /** @returns how it has ended; undefined: refused for a reason that may be over when somebody looks again */
  async #round({ target, others }: Seen): Promise<Sent | undefined> {
    const hasAll = this.#addresses.every((address) => target.addresses.includes(address));
    if (this.#refusal !== undefined && this.#isThere(hasAll)) return { ok: true };
    const strange = others.find(({ subnet }) => subnet !== target.subnet);
    if (strange !== undefined) return this.#end(otherSubnet(strange, target));
    const sources = others.flatMap((place) => this.#sourceOf(place));
    if (this.#isUnexplained && this.#refusal !== undefined && sources.length === 0 && !hasAll)
      return this.#end(this.#refusal);
    this.#kept.clear();
    const wereGone = await Promise.all(sources.map((source) => this.#takeFrom(...source)));
    const free = this.#addresses.filter((address) => !this.#kept.has(address));
    if (free.length === 0) return { ok: true };
    const given = await this.#send(give(this.#client, target.id, free));
    if (given.ok) return given;
    const { error } = given;
    if (error.code !== UNCLEAR && !HELD.has(error.code)) return this.#end(error);
    this.#refusal = error;
    this.#isUnexplained = error.code === UNCLEAR && !wereGone.some(Boolean);
    return undefined;
  }

  /** An old look may show the target as it was before somebody else got the addresses: one alone proves nothing. */
  #isThere(hasAll: boolean): boolean {
    const now = this.#scope.now();
    this.#seenThereAt = hasAll ? (this.#seenThereAt ?? now) : undefined;
    return this.#seenThereAt !== undefined && since(this.#seenThereAt, now) >= DESCRIBED_LATE_MS;
  }

  /** What is still to be taken from an interface. */
  #sourceOf({ id, addresses }: Place): [EniId, string[]][] {
    const taken = this.#taken.get(id) ?? [];
    const wanted = this.#addresses.filter(
      (address) => addresses.includes(address) && !taken.includes(address),
    );
    return wanted.length === 0 ? [] : [[id, wanted]];
  }

  /** @returns whether the interface had not what the look has shown there */
  async #takeFrom(eni: EniId, addresses: readonly string[]): Promise<boolean> {
    const sent = await this.#send(take(this.#client, eni, addresses));
    if (sent.ok) {
      this.#taken.set(eni, [...(this.#taken.get(eni) ?? []), ...addresses]);
      return false;
    }
    if (GONE.has(sent.error.code)) return true;
    for (const address of addresses) this.#kept.set(address, { ok: false, error: passing(sent.error) });
    return false;
  }

  /** The target cannot have them. Better that who had them still serves than that nobody does. */
  async #end(failure: FabricFailure): Promise<Sent> {
    if (failure.permanent)
      await Promise.all(
        [...this.#taken].map(([eni, addresses]) => this.#send(give(this.#client, eni, addresses))),
      );
    return { ok: false, error: failure };
  }

  #send(attempt: Attempt): Promise<Sent> {
    return sendUntil(attempt, this.#order.abortAt, this.#scope);
  }

  #results(failure: FabricFailure | undefined): VipResult[] {
    const sent: Sent = failure === undefined ? { ok: true } : { ok: false, error: failure };
    return this.#addresses.map((address) => resultOf(address, this.#kept.get(address) ?? sent));
  }
}
