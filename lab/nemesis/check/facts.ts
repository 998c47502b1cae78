/** A history sorted into what the rules ask for. Pure. */
import { entryOf, type StrikeKind } from '../catalogue.ts';
import { type EventOf, type GroupFacts, type HistoryEvent, inOrder } from '../history.ts';

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
  ofKind(events, 'strike').map(({ strike: kind, id, round, at, hosts, group }) => {
    const heal = ofKind(events, 'heal').find((one) => one.id === id);
    return { kind, id, round, at, hosts, group, healedAt: heal?.at ?? endsAt };
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

/** The group to which an address belongs. */
export const groupOfVip = ({ start }: Facts, vip: string): GroupFacts | undefined =>
  start.groups.find((group) => group.vip === vip);

/** To whom the fabric delivered a VIP at some time from `from` to `to`. */
export const ownersBetween = ({ kernel }: Facts, vip: string, from: number, to: number): Set<string> => {
  const changes = kernel.filter((one): one is EventOf<'fabric'> => one.kind === 'fabric' && one.vip === vip);
  const before = changes.findLast((one) => one.at <= from)?.host;
  const within = changes.filter((one) => one.at > from && one.at <= to).map((one) => one.host);
  return new Set([before ?? null, ...within].filter((host) => host !== null));
};

/** A strike on an address is meant for one group; any other for whoever is on its hosts. */
export const concerns = (strike: Struck, group: GroupFacts): boolean =>
  strike.group === undefined || strike.group === group.name;

/** The strike hits a host that serves the group at some time while it lasts; strikes on addresses hit their group. */
export const hitsServer = (facts: Facts, strike: Struck, group: GroupFacts, until: number): boolean => {
  if (entryOf(strike.kind).organ === 'address') return strike.group === group.name;
  const owners = ownersBetween(facts, group.vip, strike.at, until);
  return strike.hosts.some((host) => owners.has(host));
};

/** The round in which an instant lies. */
export const roundAt = ({ rounds }: Facts, at: number): RoundFacts | undefined =>
  rounds.findLast((round) => round.at <= at);
