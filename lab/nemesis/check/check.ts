/** Judges a history by every rule. Pure: the same history gives the same verdict, on any machine. */
import type { HistoryEvent } from '../history.ts';
import { boundForATime, fabricFollows, kernelLetsGo, neverTwo, noStaleBinding } from './bindings.ts';
import { everyMoveHasACause, oneFaultOneMove } from './causes.ts';
import { noUnexplainedLoss, rightHostAnswers } from './darkness.ts';
import { agentsBelieve, epochsRise, oneOwner } from './epochs.ts';
import { type Facts, type Finding, factsOf } from './facts.ts';
import { converges, sawEverything, staysCalm } from './rest.ts';

interface Rule {
  readonly name: string;
  /** The sentence that it holds a run to. */
  readonly says: string;
  /** It says who may hold what, so that a busy machine is no excuse. The others judge how long things take. */
  readonly isSafety: boolean;
  readonly judge: (facts: Facts) => Finding[];
}

const safety = (name: string, says: string, judge: Rule['judge']): Rule => ({
  name,
  says,
  judge,
  isSafety: true,
});
const timely = (name: string, says: string, judge: Rule['judge']): Rule => ({
  name,
  says,
  judge,
  isSafety: false,
});

export const RULES: readonly Rule[] = [
  safety('epochs-rise', 'epochs only rise', epochsRise),
  safety('one-owner', 'each epoch has one owner', oneOwner),
  safety('agent-epoch', 'an agent is MASTER only at an epoch of its own', agentsBelieve),
  safety('never-two', 'exclusive: a VIP is never bound on two hosts', neverTwo),
  safety('bound-for-a-time', 'exclusive: what is bound has a lifetime', boundForATime),
  timely('kernel-lets-go', 'exclusive: the kernel lets go for an agent that cannot', kernelLetsGo),
  safety('no-stale-binding', 'nobody binds at an epoch that has passed', noStaleBinding),
  safety('fabric-follows', 'the fabric delivers to the holder', fabricFollows),
  safety('wrong-host-answers', 'only the host that the fabric names answers', rightHostAnswers),
  timely('move-without-cause', 'no move without a cause', everyMoveHasACause),
  timely('one-fault-one-move', 'one fault, at most one move', oneFaultOneMove),
  timely('unexplained-loss', 'no probe is lost without a reason', noUnexplainedLoss),
  timely('converges', 'after every round all comes to rest', converges),
  timely('calm', 'at rest nothing changes', staysCalm),
  timely('blind', 'nothing was missed by the observers', sawEverything),
];

/** One thing that happened and must not. */
export interface Violation extends Finding {
  readonly rule: string;
}

/** What a history breaks, oldest first; empty: it keeps every rule. */
export const check = (history: readonly HistoryEvent[]): Violation[] => {
  const facts = factsOf(history);
  return RULES.flatMap(({ name, judge }) =>
    judge(facts).map((finding) => ({ rule: name, ...finding })),
  ).toSorted((a, b) => a.at - b.at);
};
