/** A history sorted into what the rules ask for. Pure. */
import { entryOf, type StrikeKind } from '../catalogue.ts';
import { KINDS } from '../fabrics.ts';
import { type EventOf, type GroupFacts, type HistoryEvent, inOrder, type VipFacts } from '../history.ts';

export interface Struck {
  readonly kind: StrikeKind;
  readonly id: string;
  readonly round: number;
  readonly at: number;
  /** When its heal had ended; the end of the run if it never did. */
  readonly healedAt: number;
  readonly hosts: readonly string[];
  /** The group whose address it concerns; undefined when it concerns hosts. */
  readonly group: string | undefined;
  /** The addresses that it strikes. */
  readonly vips: readonly string[];
}

export interface RoundFacts {
  readonly round: number;
  readonly at: number;
  readonly strikes: readonly Struck[];
  /** When everything had been healed. */
  readonly quietAt: number;
  readonly converged: EventOf<'converged'> | undefined;
  readonly notConverged: EventOf<'not-converged'> | undefined;
  /** End of the calm that followed. */
  readonly calmAt: number | undefined;
  /** The next round's begin, or the end of the run. */
  readonly endsAt: number;
}

export type Kernel = EventOf<'bound'> | EventOf<'fabric'>;

export interface Facts {
  readonly start: EventOf<'start'>;
  readonly endsAt: number;
  readonly events: readonly HistoryEvent[];
  readonly rounds: readonly RoundFacts[];
  readonly strikes: readonly Struck[];
  readonly decisions: readonly EventOf<'decision'>[];
  /** In the kernel's own order. */
  readonly kernel: readonly Kernel[];
}

/** One thing that must not happen. */
export interface Finding {
  readonly at: number;
  readonly what: string;
}

export const ofKind = <K extends HistoryEvent['kind']>(
  events: readonly HistoryEvent[],
  kind: K,
): EventOf<K>[] => events.filter((event): event is EventOf<K> => event.kind === kind);

const struckIn = (events: readonly HistoryEvent[], endsAt: number): Struck[] =>
  ofKind(events, 'strike').map(({ strike: kind, id, round, at, hosts, group, vips = [] }) => {
    const heal = ofKind(events, 'heal').find((one) => one.id === id);
    return { kind, id, round, at, hosts, group, vips, healedAt: heal?.at ?? endsAt };
  });

const roundsIn = (
  events: readonly HistoryEvent[],
  strikes: readonly Struck[],
  endsAt: number,
): RoundFacts[] => {
  const begins = ofKind(events, 'round');
  return begins.map(({ round, at }, index) => {
    const endOfRound = begins[index + 1]?.at ?? endsAt;
    return {
      round,
      at,
      strikes: strikes.filter((strike) => strike.round === round),
      quietAt: ofKind(events, 'quiet').find((one) => one.round === round)?.at ?? endOfRound,
      converged: ofKind(events, 'converged').find((one) => one.round === round),
      notConverged: ofKind(events, 'not-converged').find((one) => one.round === round),
      calmAt: ofKind(events, 'calm').find((one) => one.round === round)?.at,
      endsAt: endOfRound,
    };
  });
};

/** @throws Error when the history has no beginning: then nothing can be judged */
export const factsOf = (history: readonly HistoryEvent[]): Facts => {
  const events = inOrder(history);
  const [start] = ofKind(events, 'start');
  if (start === undefined) throw new Error('the history has no start');
  const endsAt = ofKind(events, 'end')[0]?.at ?? events.at(-1)?.at ?? start.at;
  const strikes = struckIn(events, endsAt);
  return {
    start,
    endsAt,
    events,
    strikes,
    rounds: roundsIn(events, strikes, endsAt),
    decisions: ofKind(events, 'decision'),
    kernel: [...ofKind(events, 'bound'), ...ofKind(events, 'fabric')].toSorted((a, b) => a.order - b.order),
  };
};

export const transfersOf = ({ decisions }: Facts, group: string): EventOf<'decision'>[] =>
  decisions.filter((one) => one.what === 'transfer' && one.group === group);

/** The group to which an address belongs, and what is known of the address. */
export const ownOf = ({ start }: Facts, address: string): { group: GroupFacts; vip: VipFacts } | undefined =>
  start.groups
    .flatMap((group) => group.vips.map((vip) => ({ group, vip })))
    .find(({ vip }) => vip.address === address);

/** From some instant between `since` and `at` on the fabric delivers to this host. Of what the kernel tells both are one. */
export interface Delivery {
  readonly since: number;
  readonly at: number;
  readonly host: string | null;
}

const routesTo = ({ kernel }: Facts, address: string): EventOf<'fabric'>[] =>
  kernel.filter((one): one is EventOf<'fabric'> => one.kind === 'fabric' && one.vip === address);

const told = ({ at, host }: EventOf<'fabric'>): Delivery => ({ since: at, at, host });

/** An Elastic IP leads to whose its private address was then, and, when it stands on a VIP, goes where that goes. */
const translated = (facts: Facts, { address, on }: VipFacts): Delivery[] => {
  const changes = ofKind(facts.events, 'associated').filter((one) => one.vip === address);
  const base = on === undefined ? [] : routesTo(facts, on).map(told);
  return changes.flatMap(({ since, at, host, private: stand }, index) => {
    if (on === undefined || stand !== on) return [{ since, at, host }];
    const until = changes[index + 1]?.at ?? Number.POSITIVE_INFINITY;
    const before = base.findLast((one) => one.at <= at);
    const later = base.filter((one) => one.at > at && one.at < until);
    return [{ since, at, host: before === undefined ? host : before.host }, ...later];
  });
};

/** Where the client's packets went, oldest first. */
export const deliveriesOf = (facts: Facts, vip: VipFacts): Delivery[] =>
  KINDS[vip.fabric].told === 'association'
    ? translated(facts, vip)
    : routesTo(facts, vip.address)
        .filter((one) => one.table === vip.table)
        .map(told);

/** Where anybody's packets went: of several route tables each one counts. */
export const placesOf = (facts: Facts, vip: VipFacts): Delivery[] =>
  KINDS[vip.fabric].told === 'tables' ? routesTo(facts, vip.address).map(told) : deliveriesOf(facts, vip);

/** To whom the fabric delivered a VIP at some time from `from` to `to`. */
export const ownersBetween = (facts: Facts, vip: VipFacts, from: number, to: number): Set<string> => {
  const changes = deliveriesOf(facts, vip);
  const before = changes.findLast((one) => one.at <= from)?.host;
  const within = changes.filter((one) => one.at > from && one.since <= to).map((one) => one.host);
  return new Set([before ?? null, ...within].filter((host) => host !== null));
};

/** A strike on an address is meant for one group; any other for whoever is on its hosts. */
export const concerns = (strike: Struck, group: GroupFacts): boolean =>
  strike.group === undefined || strike.group === group.name;

/** The strike hits a host that serves the VIP at some time while it lasts; a strike on an address hits that one. */
export const hitsServer = (facts: Facts, strike: Struck, vip: VipFacts, until: number): boolean => {
  if (entryOf(strike.kind).organ === 'address') return strike.vips.includes(vip.address);
  const owners = ownersBetween(facts, vip, strike.at, until);
  return strike.hosts.some((host) => owners.has(host));
};

/** The round in which an instant lies. */
export const roundAt = ({ rounds }: Facts, at: number): RoundFacts | undefined =>
  rounds.findLast((round) => round.at <= at);
