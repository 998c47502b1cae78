/** Probes are lost only where something explains it, and only for a bounded time after it. Pure. */
import { type Cost, entryOf } from '../catalogue.ts';
import type { EventOf, GroupFacts, VipFacts } from '../history.ts';
import { isMove } from './causes.ts';
import {
  deliveriesOf,
  type Facts,
  type Finding,
  hitsServer,
  ofKind,
  ownOf,
  type RoundFacts,
  roundAt,
  type Struck,
  transfersOf,
} from './facts.ts';
import * as limits from './limits.ts';

/** A time in which a client may rightly lose probes, and why. */
export interface Window {
  readonly from: number;
  readonly to: number;
  readonly why: string;
}

/** A VIP, and whose it is. */
interface Own {
  readonly group: GroupFacts;
  readonly vip: VipFacts;
}

const costOf = (strike: Struck, group: GroupFacts): Cost =>
  entryOf(strike.kind).cost[group.exclusive ? 'exclusive' : 'fenced'];

/** How long the darkness of one strike may last that nothing else obstructs, from its begin. */
const aloneUntil = (strike: Struck, { group, vip }: Own): number => {
  const { at, healedAt } = strike;
  const grantMs = limits.MOVE_MS + limits.NOISE_MS;
  switch (costOf(strike, group).dark) {
    case 'no':
      return at;
    case 'silence':
      return at + limits.silenceMs(group) + grantMs;
    case 'check':
      return at + limits.CHECK_MS + grantMs;
    case 'look':
      return at + limits.LOOK_MS + limits.NOISE_MS;
    case 'looks':
      return healedAt + limits.LOOK_MS + limits.NOISE_MS;
    case 'drift':
      return at + limits.driftMs(vip);
    case 'while':
      return healedAt + limits.silenceMs(group) + grantMs;
  }
};

/** Handovers: from the decision to the commit, and a moment on both sides. */
const handovers = (facts: Facts, group: GroupFacts): Window[] => {
  const ms = limits.handoverMs(group.exclusive ? 'exclusive' : 'fenced');
  return transfersOf(facts, group.name).map(({ at, epoch }) => {
    const done = facts.decisions.find(
      (one) => one.what === 'committed' && one.group === group.name && one.epoch === epoch && one.at >= at,
    );
    return { from: at - ms, to: (done?.at ?? at) + ms, why: `the handover at epoch ${epoch}` };
  });
};

/** Where several strikes meet, the bounds of each alone do not hold: then the end is when all must be well again. */
const together = (facts: Facts, round: RoundFacts, { group, vip }: Own): Window[] => {
  const moved = transfersOf(facts, group.name).some(
    (one) => one.at >= round.at && one.at < round.endsAt && isMove(one),
  );
  const dark = round.strikes.filter((strike) => {
    const cost = costOf(strike, group);
    // A stopping agent gives the VIP up after a while, also if nobody can take it.
    const mayBeDark = cost.dark !== 'no' || strike.kind === 'stop' || (moved && cost.moves.length > 0);
    return mayBeDark && hitsServer(facts, strike, vip, round.endsAt);
  });
  const from = Math.min(...dark.map((strike) => strike.at));
  const hasDrift = dark.some((strike) => costOf(strike, group).dark === 'drift');
  const to = round.quietAt + limits.convergeMsMax([group], hasDrift ? [vip] : []);
  return dark.length === 0
    ? []
    : [{ from, to, why: `round ${round.round}: ${dark.map((one) => one.kind).join(', ')}` }];
};

const ofRound = (facts: Facts, round: RoundFacts, own: Own): Window[] => {
  const [only, another] = round.strikes;
  if (only === undefined) return [];
  if (another !== undefined) return together(facts, round, own);
  const until = aloneUntil(only, own);
  return until > only.at && hitsServer(facts, only, own.vip, round.endsAt)
    ? [{ from: only.at, to: until, why: `round ${round.round}: ${only.kind}` }]
    : [];
};

/** All the times in which probes to a VIP may be lost. */
export const windowsOf = (facts: Facts, own: Own): Window[] => [
  ...handovers(facts, own.group),
  ...facts.rounds.flatMap((round) => ofRound(facts, round, own)),
];

/** What is left of an interval when the windows are taken away; empty: it is explained. */
export const unexplained = (
  from: number,
  to: number,
  windows: readonly Window[],
): { from: number; to: number }[] => {
  let left = [{ from, to }];
  for (const window of windows) {
    left = left.flatMap((part) =>
      window.to < part.from || window.from > part.to
        ? [part]
        : [
            ...(part.from < window.from ? [{ from: part.from, to: window.from }] : []),
            ...(part.to > window.to ? [{ from: window.to, to: part.to }] : []),
          ],
    );
  }
  return left;
};

const judge = (facts: Facts, dark: EventOf<'dark'>): Finding[] => {
  const own = ownOf(facts, dark.vip);
  if (dark.stalled || own === undefined) return [];
  // The last answered probe and the first answered one are not lost: only what lies between them is.
  const slackMs = limits.NOTE_MS;
  const parts = unexplained(
    dark.at + slackMs,
    Math.max(dark.at + slackMs, dark.to - slackMs),
    windowsOf(facts, own),
  );
  const ms = parts.reduce((sum, part) => sum + part.to - part.from, 0);
  const [first] = parts;
  if (first === undefined) return [];
  const round = roundAt(facts, dark.at);
  const amid =
    round === undefined
      ? ''
      : ` in round ${round.round} (${round.strikes.map((one) => one.kind).join(', ')})`;
  const what = `${dark.vip} was dark for ${Math.round(dark.to - dark.at)} ms, ${dark.lost} probes lost${amid}; ${Math.round(ms)} ms of it, from the ${Math.round(first.from - dark.at)}th on, are not explained`;
  return [{ at: dark.at, what }];
};

export const noUnexplainedLoss = (facts: Facts): Finding[] =>
  ofKind(facts.events, 'dark').flatMap((dark) => judge(facts, dark));

/** Only the host that the fabric names answers. */
export const rightHostAnswers = (facts: Facts): Finding[] => {
  const dark = ofKind(facts.events, 'dark');
  return ofKind(facts.events, 'answered').flatMap(({ at, to, vip, host }): Finding[] => {
    const own = ownOf(facts, vip);
    const changes = own === undefined ? [] : deliveriesOf(facts, own.vip);
    // The answers of one host go on after a silence in which the fabric named another: nobody answered in it.
    const silences = dark
      .filter((one) => one.vip === vip)
      .map((one) => ({ from: one.at, to: one.to, why: 'nobody answered' }));
    const wrong = changes.find((change, index) => {
      const from = Math.max(at, change.at + limits.NOTE_MS);
      const until = Math.min(to, (changes[index + 1]?.since ?? facts.endsAt) - limits.NOTE_MS);
      return change.host !== host && until > from && unexplained(from, until, silences).length > 0;
    });
    if (wrong === undefined) return [];
    const what = `${host} answers for ${vip} while the fabric names ${wrong.host ?? 'nobody'}`;
    return [{ at: wrong.at, what }];
  });
};
