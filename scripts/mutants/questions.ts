/** Rules about who is asked before a change: a candidate whether it can, a fenced group's holder to let go. */
import { type Mutant, mutantsOf } from './mutant.ts';

const candidates = [
  ...mutantsOf('core/election/prepare.ts', 'election/prepare', [
    [
      'candidate-unasked',
      '  !goesOn(state, to, ctx) &&\n  !isPrepared(state, to);',
      '  !goesOn(state, to, ctx) &&\n  false;',
    ],
    [
      'observer-asks',
      'ctx.config.prepareMs !== undefined && !isObserved(ctx)',
      'ctx.config.prepareMs !== undefined',
    ],
    ['asked-again-and-again', 'state.asked?.to === to || flawOfAsked', 'flawOfAsked'],
    ['anybody-is-prepared', 'asked.to !== node) return', 'asked.to === null) return'],
    ['prepared-for-anything', 'prepared?.epoch !== asked.epoch', 'prepared === undefined'],
    [
      'restarted-is-prepared',
      'state: readyAt === undefined ? state : { ...state, asked: rest }',
      'state: rest === null || readyAt === null ? state : state',
    ],
    ['old-refusal-counts', 'declined?.epoch === asked.epoch', 'declined !== undefined'],
    [
      'refused-and-chosen',
      'const banned = { ...member, banUntil: after(ctx.now, BAN_MS), banWhy: why };',
      'const banned = { ...member, banWhy: why };',
    ],
    [
      'order-outlives-refusal',
      'handover === undefined || handover.to === node ? rest',
      'handover === undefined ? rest',
    ],
    [
      'refusal-ends-any-order',
      'handover === undefined || handover.to === node ? rest',
      'handover !== null ? rest',
    ],
    ['asked-for-ever', 'asked.readyAt === undefined && elapsedMs(asked.at, ctx.now) > limitMs', 'false'],
    ['asked-too-briefly', '(ctx.config.prepareMs ?? 0) + waitMs(ctx)', 'waitMs(ctx)'],
    ['prepared-runs-out-of-time', 'asked.readyAt === undefined && elapsedMs', 'elapsedMs'],
    ['lost-candidate-kept', 'if (flaw !== undefined) return end(state, flaw, ctx);', ''],
    ['drained-candidate-kept', "if (state.drained?.includes(node) === true) return 'drained';", ''],
    [
      'candidate-must-be-well',
      "flaw === 'target-fault' && bestStandby(state, ctx) === undefined ? undefined : flaw",
      'flaw',
    ],
    ['question-outlives-hook', '!asksCandidates(ctx) || !isCurrent(state)', '!isCurrent(state)'],
    ['question-outlives-epoch', '!asksCandidates(ctx) || !isCurrent(state)', '!asksCandidates(ctx)'],
    [
      'candidate-passed-over',
      'return isFit(state, to, ctx) || alike ? { ...change, to } : change;',
      'return change;',
    ],
    ['order-for-another', "change.reason === 'operator' || ", ''],
    ['ill-candidate-passed-over', 'isFit(state, to, ctx) || alike', 'isFit(state, to, ctx)'],
    ['adopted-is-asked', '  reason !== ADOPTED &&\n', ''],
    ['lapsed-goes-on', 'to === state.holder && !isExclusive(ctx) && member', 'to === state.holder && member'],
    [
      'questions-unbraked',
      "return reason === 'silence' ? { ...asked, onSilence: true } : asked;",
      'return asked;',
    ],
    ['prepared-for-ever', 'elapsedMs(readyAt, ctx.now) > waitMs(ctx) ? end', 'false ? end'],
    ['prepared-is-dropped-at-once', 'elapsedMs(readyAt, ctx.now) > waitMs(ctx) ? end', 'true ? end'],
    [
      'question-spent-for-nothing',
      '{ epoch: asked.epoch, at: asked.at, reason: asked.reason }',
      '{ epoch: 0, at: asked.at, reason: asked.reason }',
    ],
  ]),
  ...mutantsOf('core/election/transfer.ts', 'election/prepare', [
    ['one-epoch-for-two', 'Math.max(epoch, epochFloor, asked?.epoch ?? 0)', 'Math.max(epoch, epochFloor)'],
    [
      'prepared-for-another-epoch',
      'isPrepared(state, to) ? (state.asked?.epoch ?? 0) : nextEpoch(state)',
      'nextEpoch(state)',
    ],
  ]),
  ...mutantsOf('core/election/answer.ts', 'election/prepare', [
    ['everybody-prepares', 'asked?.to === node ? { prepare', 'asked !== undefined ? { prepare'],
    ['leaver-knows-nothing', 'holds && successor && state.members[node]?.resignedAt !== undefined', 'false'],
  ]),
  ...mutantsOf('core/election/operator.ts', 'election/prepare', [
    ['order-lapses-meanwhile', 'late && state.asked?.to !== handover.to', 'late'],
  ]),
  ...mutantsOf('core/election/sweep.ts', 'election/prepare', [
    ['sweep-asks-in-vain', "input.kind !== 'sweep' && !isAsked", "input.kind !== 'sweep'"],
  ]),
  ...mutantsOf('core/election/report.ts', 'election/prepare', [
    ['refusal-without-reason', 'banWhy: banned?.banWhy,', ''],
  ]),
  ...mutantsOf('core/election/proof.ts', 'election/prepare', [
    ['refuser-goes-on', '  !hasDeclined(holder, ctx) &&\n', ''],
  ]),
];

const holders = [
  ...mutantsOf('core/election/prepare.ts', 'election/release', [
    ['released-goes-on', ' && !saysReleased(state, member);', ';'],
  ]),
  ...mutantsOf('core/election/releasing.ts', 'election/prepare', [
    ['all-fenced-asked', 'ctx.config.release !== true ||', ''],
  ]),
  ...mutantsOf('core/election/releasing.ts', 'election/release', [
    ['fenced-unasked', 'ctx.config.release !== true ||', 'true ||'],
    ['asked-to-go-on', 'holder === undefined || to === state.holder', 'holder === undefined'],
    [
      'silent-is-asked',
      'isFresh(holder, ctx) && holder.deafSince === undefined',
      'holder.deafSince === undefined',
    ],
    ['deaf-is-asked', ' && holder.deafSince === undefined && !isGone', ' && !isGone'],
    ['gone-is-asked', ' && !isGone(holder);', ';'],
    [
      'fenced-waits-for-ever',
      'canBeAsked(holderOf(state), ctx) && !isTimeUp(state, ctx)',
      'canBeAsked(holderOf(state), ctx)',
    ],
    [
      'fenced-waits-for-nobody',
      'isExclusive(ctx) || (canBeAsked(holderOf(state), ctx) && !isTimeUp(state, ctx))',
      'isExclusive(ctx)',
    ],
    [
      'fenced-choice-forgotten',
      'isFit(state, ordered, ctx) ? ordered : bestStandby(state, ctx);\n  return to',
      'bestStandby(state, ctx);\n  return to',
    ],
    ['fenced-released-is-left', '!waits && !saysReleased(state, holder) &&', '!waits &&'],
    ['fenced-left-to-nobody', ' && changeWithoutRelease(state, ctx) === undefined;', ' && false;'],
  ]),
  ...mutantsOf('core/election/proof.ts', 'election/release', [
    [
      'fenced-release-unheard',
      'saysReleased(state, holder) ? afterFencedRelease',
      'false ? afterFencedRelease',
    ],
    [
      'fenced-is-vacant',
      'return to === null ? undefined : { to, reason: state',
      'return { to, reason: state',
    ],
  ]),
  ...mutantsOf('core/election/step.ts', 'election/release', [
    ['released-binds-no-more', "(isExclusive(ctx) || change.reason !== 'restored')", 'isExclusive(ctx)'],
    [
      'question-without-end',
      " || ctx.config.release === true || state.phase === 'releasing'",
      ' || ctx.config.release === true',
    ],
  ]),
];

const agents = [
  ...mutantsOf('core/holder/prepare.ts', 'holder/prepare', [
    ['hook-runs-again', 'preparing?.epoch === prepare.epoch', 'false'],
    ['master-prepares', "role === 'BACKUP' && prepare !== undefined", 'prepare !== undefined'],
    ['old-question-heard', 'prepare !== undefined && prepare.epoch > epoch', 'prepare !== undefined'],
    ['promoted-for-good', "state: { ...next, told: 'INIT' }", 'state: next'],
    ['refusal-undone', " || preparing.outcome === 'refused'", ''],
    ['prepares-for-ever', '{ ...state, preparing: undefined };', '{ ...state };'],
    ['old-outcome-counts', 'state.preparing?.epoch !== epoch', 'state.preparing === undefined'],
    ['outcome-waits', "effects: [{ kind: 'beat', why: 'prepared' }]", 'effects: []'],
    ['failure-is-success', "outcome === 'prepared' ?", "outcome !== 'refused' ?"],
  ]),
  ...mutantsOf('core/holder/step.ts', 'holder/prepare', [
    [
      'outsider-prepares',
      'const forgot = forgetQuestion(next);',
      'const forgot = { state: next, effects: [] as HolderEffect[] };',
    ],
    ['observer-prepares', ", 'hook', 'prepare'", ", 'hook'"],
  ]),
  ...mutantsOf('core/holder/answer.ts', 'holder/prepare', [
    ['leaver-waits-for-nobody', 'if (preparing !== true) return leaving;', 'return leaving;'],
    ['leaver-waits-for-ever', 'Math.min(most, after(ctx.now, LEAVE_MS))', 'after(ctx.now, LEAVE_MS)'],
  ]),
  ...mutantsOf('core/holder/answer.ts', 'holder/release', [
    ['fenced-holder-keeps-it', 'answer.release === true && answer.epoch > state.relEpoch', 'false'],
    [
      'fenced-asked-again',
      'answer.release === true && answer.epoch > state.relEpoch',
      'answer.release === true',
    ],
    ['released-before-the-hook', '  kernelPending: true,\n', ''],
    ['leaver-runs-away', 'acknowledged: false }', 'acknowledged: true }'],
  ]),
];

export const QUESTIONS: readonly Mutant[] = [candidates, holders, agents].flat();
