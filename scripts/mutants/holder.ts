/** Mutants of the agent's reducer and of what it shares with the arbiter. */
import { type Mutant, mutantsOf } from './mutant.ts';

const identity = mutantsOf('core/holder/identity.ts', 'holder/identity', [
  ['late-is-superseded', 'stored.boot < own.boot', 'false'],
  ['own-echo-is-a-rival', ' || stored.seq <= own.seq', ''],
  ['jumps-for-ever', 'own.acknowledged || own.jumped', 'own.acknowledged'],
  ['never-superseded', "own.acknowledged || own.jumped ? 'superseded' : 'jump'", "'jump'"],
]);

const answer = mutantsOf('core/holder/answer.ts', 'holder/answer', [
  ['any-rev-applies', 'answer.rev > state.rev', 'answer.rev >= state.rev'],
  ['restored-item-unheard', ' || (state.appliedAt !== undefined && sentAt > state.appliedAt)', ''],
  ['old-epoch-applies', 'answer.epoch > state.epoch', 'true'],
  ['binds-what-it-gave-up', " && answer.epoch > state.relEpoch ? 'MASTER'", " ? 'MASTER'"],
  ['unbinds-at-once', 'lost ? after(ctx.now, lingerMs(ctx))', 'lost ? undefined'],
  ['looks-survive-epoch', 'absentLooks: won ? 0 : state.absentLooks,', ''],
  ['work-unheard', 'effects.push(...workOf(answer));', ''],
  ['old-work-unheard', '[...heeded.effects, ...workOf(answer)]', '[...heeded.effects]'],
]);

const linger = mutantsOf('core/holder/leaving.ts', 'holder/answer', [
  ['lingers-for-ever', '!moved && ctx.now < state.lingerUntil', '!moved'],
  ['lingers-past-the-move', '!moved && ctx.now < state.lingerUntil', 'ctx.now < state.lingerUntil'],
]);

const silence = mutantsOf('core/holder/silence.ts', 'holder/silence', [
  ['no-lease', 'silenceNeededMs(watch, ctx) - watch.creditMs', '-watch.creditMs'],
  ['no-rank-skew', ' + rank * RANK_SKEW_MS', ''],
  ['no-credit', ' - watch.creditMs', ''],
  ['raw-age-credited', 'Math.min(holder.ageMs, since(streak.sentAt, ctx.now))', 'holder.ageMs'],
  ['first-look-credited', 'looked ? Math.min(holder.ageMs', 'streak !== undefined ? Math.min(holder.ageMs'],
  [
    'known-at-sending',
    'beat: holder.beat, since: ctx.now, creditMs',
    'beat: holder.beat, since: streak?.sentAt ?? ctx.now, creditMs',
  ],
  ['gap-unnoticed', 'streak === undefined || !isWhole(streak, ctx.now, ctx.profile)', 'streak === undefined'],
  ['claims-across-gap', 'if (!isWhole(streak, ctx.now, ctx.profile)) return undefined;', ''],
  ['young-streak-claims', 'if (streak.sawChange) return heard;', 'if (true) return heard;'],
  ['slow-streak-believed', 'streakLongMs(profile) + rank', '10_000 + rank'],
  ['young-streaks-claim-at-once', ' + rank * profile.heartbeatMs', ''],
  ['any-answer-is-a-change', 'streak.sawChange || changed', 'true'],
  ['new-holder-is-a-change', 'holder.node === watch.holder && holder.beat', 'holder.beat'],
  ['watch-outlives-epoch', 'watch?.epoch === epoch && watch.holder', 'watch !== undefined && watch.holder'],
  ['watches-itself', ' || holder.node === ctx.node', ''],
  ['leaver-claims', ' || state.leaving !== undefined', ''],
  ['claims-without-rank', ' || rank === undefined', ' || false'],
]);

const failing = mutantsOf('core/holder/step.ts', 'holder/pace', [
  ['failure-waits', "if (why === 'failing') return rest;", ''],
]);

const streak = mutantsOf('core/holder/step.ts', 'holder/silence', [
  ['overload-unnoticed', "if (why === 'unreachable') return state;", 'if (why.length > 0) return state;'],
]);

const gap = mutantsOf('core/holder/rules.ts', 'holder/silence', [
  ['short-lease-no-gap', 'Math.max(leaseMs - heartbeatMs - 500,', 'Math.min(leaseMs - heartbeatMs - 500,'],
]);

const claimPace = mutantsOf('core/holder/step.ts', 'holder/silence', [
  ['claims-storm', 'ctx.now >= repeatAt', 'true'],
  [
    'asks-without-claim',
    'isClaimDue(state, ctx) && ctx.now >= repeatAt',
    '(claimDueAt(state, ctx) ?? Infinity) <= ctx.now && ctx.now >= repeatAt',
  ],
  ['wakes-for-nothing', '(dueAt <= ctx.now && !mayClaim)', 'false'],
]);

const pace = mutantsOf('core/holder/pace.ts', 'holder/pace', [
  ['no-following', 'holder !== null && holder.node !== ctx.node', 'false'],
  ['follows-though-holding', '!ctx.mayFollow || ', ''],
  ['follows-the-late', ' && holder.ageMs <= heartbeatMs', ''],
  ['follows-though-alerted', ' || heartbeatMs < ctx.profile.heartbeatMs', ''],
  ['standbys-collide', ' + (answer.rank ?? 0) * FOLLOW_RANK_MS', ''],
  ['interval-unbounded', 'sentAt + heartbeatMs / 4', 'sentAt + 1'],
  ['resigns-slowly', 'Math.min(RESIGN_REPEAT_MS, answer.heartbeatMs)', 'answer.heartbeatMs'],
]);

const retry = mutantsOf('core/holder/rules.ts', 'holder/pace', [
  ['retry-beyond-heartbeat', 'Math.min(RETRY_MS, heartbeatMs)', 'RETRY_MS'],
]);

const unseen = [
  ...mutantsOf('core/holder/witness.ts', 'holder/unseen', [
    ['resumes-unseen', 'state.resuming && seenBy(ctx.profile).length === 0)', 'state.resuming && false)'],
    ['unseen-excluded-at-once', 'forMs <= ctx.profile.leaseMs', 'false'],
  ]),
  ...mutantsOf('core/holder/leaving.ts', 'holder/unseen', [
    ['unseen-linger-ends', 'const moved = seen.length > 0 && !seen.some(', 'const moved = !seen.some('],
  ]),
  ...mutantsOf('core/holder/step.ts', 'holder/unseen', [
    ['unseen-excluded-for-ever', "if (input.why !== 'excluded') return", 'if (ctx !== null) return'],
    ['unseen-is-not-here', 'seenBy(profile).includes(vip) && !listed', '!listed'],
  ]),
];

const unseenAnswer = mutantsOf('core/holder/answer.ts', 'holder/unseen', [
  ['unseen-lingers-long', 'seenBy(profile).length > 0 ? LINGER_MS : UNSEEN_LINGER_MS', 'LINGER_MS'],
]);

const seen = mutantsOf('core/holder/witness.ts', 'holder/witness', [
  ['never-resumes', "state.role === 'INIT' && state.resuming) {", "state.role === 'INIT' && false) {"],
  ['resumes-blindly', 'return complete\n      ?', 'return true\n      ?'],
  ['gives-up-while-heard', "state.role === 'MASTER' && blind &&", "state.role === 'MASTER' &&"],
  ['gives-up-at-first-absence', 'absentLooks >= ABSENT_LOOKS', 'absentLooks >= 1'],
  ['gives-up-what-never-came', 'complete || !counts ? 0', 'complete ? 0'],
  ['excluded-for-ever', 'wasListed || excluded', 'wasListed'],
  ['excluded-at-once', 'since(refusedSince, ctx.now) > ctx.profile.leaseMs', 'true'],
  ['witness-untold', "changed && state.role !== 'INIT'", 'false'],
]);

const witness = mutantsOf('core/holder/step.ts', 'holder/witness', [
  ['resumes-what-it-gave-up', ' && remembered.epoch > remembered.relEpoch', ''],
  [
    'error-is-absence',
    "input.listed === 'unknown' ? { state, effects: [] } : onWitness(state, input.listed, ctx)",
    "onWitness(state, input.listed === 'unknown' ? [] : input.listed, ctx)",
  ],
  ['cleans-before-looking', ' || !state.looked', ''],
  [
    'unbinds-what-serves',
    "state.role === 'INIT' ? state.bound.filter((vip) => isNotHere(vip, state, ctx)) : state.bound",
    'state.bound',
  ],
]);

const restart = mutantsOf('core/holder/step.ts', 'story/recovery', [
  ['stopped-for-ever', 'relEpoch: 0,', 'relEpoch: remembered.relEpoch,'],
]);

const kernel = mutantsOf('core/holder/step.ts', 'holder/kernel', [
  ['no-repair', '!state.bound.includes(vip)', 'false'],
  ['binds-given-up-epoch', 'missing.length > 0 && state.epoch > state.relEpoch', 'missing.length > 0'],
  ['keeps-foreign-binding', 'extra.length > 0 ?', 'false ?'],
]);

const assessed = mutantsOf('core/holder/step.ts', 'holder/assessed', [
  ['fault-waits', "matters && state.role !== 'INIT'", 'false'],
  ['wavering-untold', 'assessment.wavering !== before.wavering', 'false'],
  ['hooks-repeat', "name === state.told || name === 'INIT'", "name === 'INIT'"],
]);

const leaving = [
  ...mutantsOf('core/holder/leaving.ts', 'holder/leaving', [
    ['leaves-unacknowledged', '    leaving.acknowledged &&\n', ''],
    ['leaves-while-serving', '    state.lingerUntil === undefined &&\n', ''],
    ['waits-for-ever', '!handedOver && ctx.now < leaveBy(state, leaving.by)', '!handedOver'],
    ['leaves-before-the-move', 'state.lingerUntil === undefined ? by : after(by, LEAVE_LINGER_MS)', 'by'],
    ['gives-nothing-up', 'Math.max(state.relEpoch, state.epoch)', 'state.relEpoch'],
  ]),
  ...mutantsOf('core/holder/step.ts', 'holder/leaving', [
    ['leaves-twice', 'if (state.left) return { state, effects: [] };', ''],
    ['second-signal-restarts', 'if (state.leaving !== undefined) return { state, effects: [] };', ''],
  ]),
];

const report = mutantsOf('core/holder/report.ts', 'holder/report', [
  ['wish-too-early', 'readyMs >= ctx.profile.preemptDelayMs', 'true'],
  ['leaver-preempts', ' || state.leaving !== undefined', ''],
]);

const shared = [
  ...mutantsOf('core/beat.ts', 'beat', [
    ['beats-by-seq', 'a.boot === b.boot ? a.seq - b.seq : a.boot - b.boot', 'a.seq - b.seq'],
  ]),
  ...mutantsOf('core/time.ts', 'time', [['time-runs-back', 'Math.max(0, to - from)', 'to - from']]),
  ...mutantsOf('core/wire/config.ts', 'wire/config', [
    ['lease-of-one-heartbeat', 'lease >= LEASE_HEARTBEATS * heartbeat', 'lease >= heartbeat'],
    ['elastic-ips-share-a-place', 'new Set(places).size === places.length', 'true'],
    ['vip-in-two-groups', 'new Set(all).size === all.length', 'true'],
  ]),
  ...mutantsOf('core/wire/document.ts', 'wire/document', [
    ['aliases-throw', '} catch (cause) {', '} catch (cause) {\n    throw cause;'],
  ]),
];

export const HOLDER: readonly Mutant[] = [
  identity,
  answer,
  linger,
  silence,
  failing,
  streak,
  gap,
  claimPace,
  pace,
  retry,
  seen,
  witness,
  unseen,
  unseenAnswer,
  restart,
  kernel,
  assessed,
  leaving,
  report,
  shared,
].flat();
