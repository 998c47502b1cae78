/** No move without a cause, and not more moves than faults. Pure. */
import { type Cause, entryOf } from '../catalogue.ts';
import type { EventOf, GroupFacts } from '../history.ts';
import { concerns, type Facts, type Finding, type Struck, transfersOf } from './facts.ts';
import { aftermathMs, NOTE_MS } from './limits.ts';

/**
 * What the arbiter gives as its reason, and what must have happened then. A reason that does not stand here (preempt,
 * degraded, restored …) has no business in a run of the nemesis, whose groups give no occasion for it.
 */
const CAUSES: Readonly<Record<string, readonly Cause[]>> = {
  silence: ['silence'],
  suspicion: ['silence'],
  // It hears no answers, or said so before it was healed.
  deaf: ['silence', 'lapse'],
  fault: ['fault'],
  resign: ['resign'],
  lapsed: ['lapse', 'silence'],
  released: ['lapse', 'resign'],
  // A target of a move that is under way fails in its turn.
  'target-silent': ['target'],
  'target-deaf': ['target'],
  'target-fault': ['target', 'fault'],
  'target-resigned': ['target', 'resign'],
  // Nobody held the group: whatever took its last holder away.
  first: ['silence', 'lapse', 'resign', 'fault', 'target'],
  adopt: ['silence', 'lapse', 'resign', 'fault', 'target'],
};

export type Transfer = EventOf<'decision'>;

const hits = (strike: Struck, transfer: Transfer): boolean =>
  transfer.from === null || strike.hosts.includes(transfer.from);

const isRecent = (strike: Struck, at: number, group: GroupFacts): boolean =>
  strike.at - NOTE_MS <= at && strike.healedAt + aftermathMs(group) >= at;

/** The strikes by which a transfer is explained. */
export const causesOf = (facts: Facts, group: GroupFacts, transfer: Transfer): Struck[] => {
  const causes = CAUSES[transfer.reason] ?? [];
  const mode = group.exclusive ? 'exclusive' : 'fenced';
  return facts.strikes.filter(
    (strike) =>
      concerns(strike, group) &&
      isRecent(strike, transfer.at, group) &&
      hits(strike, transfer) &&
      entryOf(strike.kind).cost[mode].moves.some((cause) => causes.includes(cause)),
  );
};

export const everyMoveHasACause = (facts: Facts): Finding[] =>
  facts.start.groups.flatMap((group) =>
    transfersOf(facts, group.name)
      .filter((transfer) => transfer.at > facts.start.at && causesOf(facts, group, transfer).length === 0)
      .map(({ at, epoch, from, to, reason }) => ({
        at,
        what: `${group.name} goes from ${from ?? 'nobody'} to ${to ?? 'nobody'} at epoch ${epoch} (${reason}), and nothing explains it`,
      })),
  );

/** A change of hands; the same holder under a new epoch is none. */
export const isMove = ({ from, to }: Transfer): boolean => from !== null && from !== to;

/** One fault, at most one move of a group; healing moves nothing. Judged where one strike was alone in its round. */
export const oneFaultOneMove = (facts: Facts): Finding[] =>
  facts.rounds
    .filter((round) => round.strikes.length === 1)
    .flatMap((round) =>
      facts.start.groups.flatMap((group): Finding[] => {
        const moves = transfersOf(facts, group.name).filter(
          (one) => one.at >= round.at && one.at < round.endsAt && isMove(one),
        );
        const second = moves[1];
        if (second === undefined) return [];
        const what = `${group.name} moved ${moves.length} times for one fault (${round.strikes[0]?.kind ?? ''})`;
        return [{ at: second.at, what }];
      }),
    );
