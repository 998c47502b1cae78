/** Where VIPs may be bound: exclusive groups on one host at a time, and none at an epoch that has passed. Pure. */
import { entryOf, type StrikeKind } from '../catalogue.ts';
import type { EventOf, GroupFacts } from '../history.ts';
import { concerns, type Facts, type Finding, placesOf, type Struck, transfersOf } from './facts.ts';
import { aftermathMs, KERNEL_LATE_MS, NOISE_MS, NOTE_MS } from './limits.ts';

type Bound = EventOf<'bound'>;

/** Addresses that hosts bind, of all groups or of those whose lease is the fence. */
const bindable = ({ start }: Facts, exclusiveOnly: boolean): { group: GroupFacts; address: string }[] =>
  start.groups
    .filter(({ exclusive }) => exclusive || !exclusiveOnly)
    .flatMap((group) =>
      group.vips.filter(({ isBound }) => isBound).map(({ address }) => ({ group, address })),
    );

const boundOf = ({ kernel }: Facts, vip: string): Bound[] =>
  kernel.filter((one): one is Bound => one.kind === 'bound' && one.vip === vip);

/** Strikes that bind addresses by themselves. */
const HANDS: ReadonlySet<StrikeKind> = new Set(['addr-add', 'net-utils']);

/** Somebody else's hand put the address there: within this strike, on this host, and without a lifetime. */
const byForeignHand = (facts: Facts, group: GroupFacts, { at, host, lifetimeS }: Bound): boolean =>
  lifetimeS === null &&
  facts.strikes.some(
    (strike) =>
      HANDS.has(strike.kind) &&
      concerns(strike, group) &&
      strike.hosts.includes(host) &&
      at >= strike.at - NOTE_MS &&
      at <= strike.healedAt + NOTE_MS,
  );

/**
 * Exclusive groups: never two hosts with the VIP bound. Judged in the kernel's own order, so no tolerance is needed.
 * What a foreign hand has bound does not count, until the agent there binds it itself.
 */
export const neverTwo = (facts: Facts): Finding[] =>
  bindable(facts, true).flatMap(({ group, address }) => {
    const holding = new Map<string, boolean>();
    return boundOf(facts, address).flatMap((one): Finding[] => {
      if (!one.bound) {
        holding.delete(one.host);
        return [];
      }
      const isNew = holding.get(one.host) !== true;
      holding.set(one.host, !byForeignHand(facts, group, one));
      const own = [...holding].filter(([, isOwn]) => isOwn).map(([host]) => host);
      return isNew && own.length > 1
        ? [{ at: one.at, what: `${address} is bound on ${own.toSorted().join(' and ')}` }]
        : [];
    });
  });

/** Exclusive groups: what an agent binds the kernel lets go by itself. */
export const boundForATime = (facts: Facts): Finding[] =>
  bindable(facts, true).flatMap(({ group, address }) =>
    boundOf(facts, address)
      .filter((one) => one.bound && one.lifetimeS === null && !byForeignHand(facts, group, one))
      .map(({ at, host }) => ({ at, what: `${host} has bound ${address} without a lifetime` })),
  );

const STOPS: ReadonlySet<string> = new Set(['kill', 'agent', 'freeze', 'freeze-agent']);

/** Exclusive groups: the address of an agent that does nothing any more is gone when its lease has ended. */
export const kernelLetsGo = (facts: Facts): Finding[] =>
  bindable(facts, true).flatMap(({ group, address }) =>
    facts.strikes
      .filter((strike) => STOPS.has(strike.kind))
      .flatMap((strike) => strike.hosts.flatMap((host) => outlived(facts, group, address, strike, host))),
  );

const isHandThere = (
  { kind, hosts, at, healedAt }: Struck,
  host: string,
  from: number,
  to: number,
): boolean => kind === 'net-utils' && hosts.includes(host) && at <= to && healedAt >= from - NOISE_MS;

const outlived = (
  facts: Facts,
  group: GroupFacts,
  address: string,
  strike: Struck,
  host: string,
): Finding[] => {
  const by = strike.at + group.leaseMs + KERNEL_LATE_MS + NOISE_MS;
  // Healed before, it is no longer the kernel's business alone; nor with a hand there that binds it for ever.
  if (strike.healedAt <= by || facts.strikes.some((one) => isHandThere(one, host, strike.at, by))) return [];
  const changes = boundOf(facts, address).filter((one) => one.host === host);
  const before = changes.findLast((one) => one.at <= strike.at);
  if (before?.bound !== true) return [];
  const after = changes.find((one) => one.at > strike.at && !one.bound);
  return after !== undefined && after.at <= by
    ? []
    : [
        {
          at: by,
          what: `${host} still has ${address} after its lease, ${strike.kind} or not`,
        },
      ];
};

/** The last transfer before an instant, by which a binding is judged; the beginning counts as one. */
const authorityAt = (
  facts: Facts,
  group: GroupFacts,
  at: number,
): { at: number; to: string | null; epoch: number } =>
  transfersOf(facts, group.name).findLast((one) => one.at <= at) ?? {
    at: facts.start.at,
    to: group.holder,
    epoch: group.epoch,
  };

/** The host could not have heard of a transfer yet, or something kept it from hearing. */
const couldNotKnow = (facts: Facts, group: GroupFacts, host: string, since: number, at: number): boolean => {
  const learnMs = 2 * group.heartbeatMs + NOISE_MS;
  if (at - since <= learnMs) return true;
  return facts.strikes.some(
    (strike) =>
      concerns(strike, group) &&
      strike.hosts.includes(host) &&
      strike.at <= at &&
      strike.healedAt + learnMs >= at,
  );
};

/**
 * Nobody binds a VIP at an epoch that has passed. Where the fabric fences, a host that could not hear of the transfer
 * may still think that it holds; where the lease does, it must have known by its own clock.
 */
export const noStaleBinding = (facts: Facts): Finding[] =>
  bindable(facts, false).flatMap(({ group, address }) => {
    const bound = new Set<string>();
    return boundOf(facts, address).flatMap((one): Finding[] => {
      const { at, host } = one;
      const isNew = one.bound && !bound.has(host);
      if (one.bound) bound.add(host);
      else bound.delete(host);
      if (!isNew || at <= facts.start.at || byForeignHand(facts, group, one)) return [];
      // Two processes note one instant: the transfer that allows this may stand a moment later.
      if (authorityAt(facts, group, at + NOTE_MS).to === host) return [];
      const { at: since, to, epoch } = authorityAt(facts, group, at);
      if (to === host) return [];
      const excused = group.exclusive ? at - since <= NOTE_MS : couldNotKnow(facts, group, host, since, at);
      if (excused) return [];
      const what = `${host} binds ${address} although epoch ${epoch} belongs to ${to ?? 'nobody'}`;
      return [{ at, what }];
    });
  });

const OVERTAKEN: ReadonlySet<string> = new Set(['ec2-stale', 'lambda-freeze', 'ec2-slow']);

/** A foreign hand has done it; or an order was carried out late, after a newer one. */
const isExcused = (facts: Facts, group: GroupFacts, { at, host }: { at: number; host: string }): boolean =>
  facts.strikes.some(
    (strike) =>
      concerns(strike, group) &&
      strike.at - NOTE_MS <= at &&
      strike.healedAt + aftermathMs(group) >= at &&
      (OVERTAKEN.has(strike.kind) ||
        (entryOf(strike.kind).cost.fenced.dark === 'drift' && strike.hosts.includes(host))),
  );

/**
 * The fabric delivers to the holder or to whom it delivered before, in each route table of a VIP that has several. Another host may
 * get a VIP only by a foreign hand or by a stale order to a former target, and {@link converges} demands that it is put right.
 */
export const fabricFollows = (facts: Facts): Finding[] =>
  facts.start.groups.flatMap((group) =>
    group.vips.flatMap((vip) =>
      placesOf(facts, vip).flatMap(({ since, at, host }): Finding[] => {
        if (at <= facts.start.at || host === null) return [];
        if (
          authorityAt(facts, group, at + NOTE_MS).to === host ||
          authorityAt(facts, group, since).to === host
        )
          return [];
        const wasTarget = transfersOf(facts, group.name).some(
          (one) => one.to === host && one.at <= at && at - one.at <= aftermathMs(group),
        );
        return wasTarget || isExcused(facts, group, { at, host })
          ? []
          : [{ at, what: `the fabric delivers ${vip.address} to ${host}, which nobody ordered` }];
      }),
    ),
  );
