/** Mutants of what keeps an exclusive group exclusive, of operator commands and of the brake. */
import { type Mutant, mutantsOf } from './mutant.ts';

const lease = mutantsOf('core/lease.ts', 'lease', [
  ['hold-ignores-sender', 'Math.max(leaseMs, reported)', 'leaseMs'],
  ['hold-uncorrected', '(reportedMs + MARGIN_MS) / (1 - CLOCK_RATE_ERROR)', 'reportedMs'],
  ['deadline-without-error', 'Math.floor(holdMs * (1 - CLOCK_RATE_ERROR)) - MARGIN_MS', 'holdMs - MARGIN_MS'],
  ['deadline-without-margin', ' - MARGIN_MS);', ');'],
  ['silence-without-error', 'Math.ceil(holdMs * (1 + CLOCK_RATE_ERROR))', 'holdMs'],
  ['kernel-on-time', '(until - now - lateMs)', '(until - now)'],
  ['kernel-rounds-up', 'Math.floor((until', 'Math.ceil((until'],
  ['bound-for-nothing', 'whole >= leastMs ? whole : 0', 'Math.max(0, whole)'],
]);

const agent = mutantsOf('core/holder/lease.ts', 'holder/lease', [
  ['no-deadline', 'ctx.now < state.deadline)', 'true)'],
  ['nothing-latched', 'Math.max(state.relEpoch, state.epoch)', 'state.relEpoch'],
  ['void-answers-grant', 'sentAt <= state.voidBefore', 'false'],
  [
    'grown-hold-at-once',
    'Math.min(answer.holder.holdMs, toldHoldMs(state, sentAt, ctx))',
    'Math.max(answer.holder.holdMs, toldHoldMs(state, sentAt, ctx))',
  ],
  ['late-answer-grants', 'until > ctx.now ? until : undefined', 'until'],
  ['asked-does-not-count', 'Math.max(state.deadline ?? 0, asked, ', 'Math.max(state.deadline ?? 0, '],
  ['leftover-unreported', ', state.leftoverUntil ?? 0)', ')'],
  ['released-while-bound', "state.role !== 'MASTER' && state.bound.length === 0", "state.role !== 'MASTER'"],
  ['released-while-binding', ' && state.kernelPending !== true', ''],
  ['never-deaf', 'if (state.quietSince === undefined) return false;', 'if (ctx.now >= 0) return false;'],
  ['deaf-at-once', '<= patienceMs', '< 0'],
  ['deaf-with-leftover', ' && ctx.now >= (state.leftoverUntil ?? 0)', ''],
  ['kernel-not-renewed', ' || boundUntil === undefined || boundUntil < deadline', ''],
  ['binds-too-late', 'if (!due || lifetimeMs(deadline, now, profile.kernelExpiry) === 0)', 'if (!due)'],
  ['binds-without-limit', 'epoch, until: deadline }', 'epoch }'],
  ['release-untold', 'released === undefined || released === state.releaseTold', 'released !== null'],
  ['release-told-again', ' || released === state.releaseTold', ''],
]);

const endless = mutantsOf('core/holder/endless.ts', 'holder/endless', [
  ['endless-of-any-group', "kernelExpiry === 'address' && observes !== true", 'observes !== true'],
  ['endless-of-observed', "kernelExpiry === 'address' && observes !== true", "kernelExpiry === 'address'"],
  ['ending-goes-too', ' && lifetimeS === Infinity', ''],
  ['endless-stays', ' || expiresInMs !== undefined', ' || expiresInMs === undefined'],
  ['ended-anew', ' || expiresInMs !== undefined', ''],
  ['endless-past-deadline', ' && ctx.now < deadline', ''],
  ['endless-of-released', ' && epoch > relEpoch', ''],
  ['endless-of-standby', " && state.role === 'MASTER'", ''],
]);

const grown = mutantsOf('core/holder/lease.ts', 'holder/grown-hold', [
  ['grown-hold-for-old-heartbeats', 'sentAt <= state.grown.at', 'sentAt < 0'],
]);

const answer = mutantsOf('core/holder/answer.ts', 'holder/lease', [
  ['release-unheard', 'if (answer.release === true) return giveUp(applied);', ''],
  ['late-answer-shortens', 'held === undefined || until > held ? until : held', 'until'],
  ['leaves-untold', '(released ?? 0) >= state.relEpoch', 'true'],
]);

const agentLeaves = mutantsOf('core/holder/leaving.ts', 'holder/lease', [
  ['leaves-bound', 'ctx.now >= leaving.by - LEAVE_TELL_MS', 'ctx.now > leaving.by'],
]);

const agentStep = mutantsOf('core/holder/step.ts', 'holder/lease', [
  ['resumes-exclusive', ' && profile.kernelExpiry === undefined', ''],
  ['sleeps-through-deadline', 'state.deadline ?? Infinity,', ''],
  ['cleans-what-ends-itself', ' || leasedLeftovers(state, ctx)', ''],
  ['leftovers-for-ever', ' && ctx.now < state.leftoverUntil', ''],
  [
    'failure-asks-again',
    "if (input.kind === 'kernel' && input.failed === true) return { state, effects: [] };",
    '',
  ],
  [
    'quiet-leaver-cleans',
    "effects: [{ kind: 'persist' }, { kind: 'left' }] };",
    "effects: [{ kind: 'unbind', vips: state.bound }] };",
  ],
]);

const standby = mutantsOf('core/holder/silence.ts', 'holder/lease', [
  ['exclusive-credit', 'isExclusive(ctx) ? durationMs(0) : creditMs', 'creditMs'],
  [
    'waits-for-configured-lease',
    'isExclusive(ctx) ? silenceOf(watch.holdMs) : ctx.profile.leaseMs',
    'ctx.profile.leaseMs',
  ],
]);

const heartbeat = mutantsOf('core/holder/report.ts', 'holder/lease', [
  ['deafness-untold', 'isDeaf(state, ctx) ? { deaf', 'false ? { deaf'],
]);

const proof = mutantsOf('core/election/proof.ts', 'election/exclusive', [
  ['no-proof', '!needsClaim(state, ctx) || hasClaim(state, input, ctx)', 'ctx !== undefined'],
  ['any-epoch-released', '(holder.released ?? 0) >= state.epoch', 'holder.released !== undefined'],
  ['release-unbelieved', 'saysReleased(state, holder) || holder.deafSince', 'holder.deafSince'],
  ['deafness-unbelieved', ' || holder.deafSince !== undefined ||', ' ||'],
  [
    'operator-choice-forgotten',
    'isFit(state, ordered, ctx) ? ordered : bestStandby(state, ctx)',
    'bestStandby(state, ctx)',
  ],
  ['leaver-called-back', '  holder.resignedAt === undefined &&\n', ''],
  ['lapse-moves', 'if (able && wanted)', 'if (ctx === undefined)'],
  ['drained-lapse-goes-on', 'state.drained?.includes(node) !== true && !isLeaving', '!isLeaving'],
  [
    'nobody-rather-than-fault',
    'mayGoOn(node, holder, ctx) ? node : (bestLiving(state, ctx) ?? null)',
    'mayGoOn(node, holder, ctx) ? node : null',
  ],
  ['lapse-in-fault-goes-on', "const wanted = holder.health === 'ok' && stays", 'const wanted = stays'],
  ['deaf-replaced-at-once', 'deafFor >= DEAF_HEARTBEATS * ctx.config.heartbeatMs', 'deafFor >= 0'],
]);

const claim = mutantsOf('core/election/claim.ts', 'election/exclusive', [
  ['beat-hold-ignored', 'silenceOf(Math.max(holdMs, ctx.config.leaseMs))', 'silenceOf(ctx.config.leaseMs)'],
  ['target-unclaimable', "(ctx.config.exclusive === true && phase !== 'vacant')", 'false'],
  ['brake-ignored', 'if (ctx.braked === true)', 'if (ctx === undefined)'],
]);

const releasing = mutantsOf('core/election/releasing.ts', 'election/exclusive', [
  ['order-overtaken-unwatched', '...rest } = markedForOrder(state, ctx)', '...rest } = state'],
  ['release-awaited-for-ever', 'elapsedMs(state.phaseAt, ctx.now) >= waitMs', 'false'],
  [
    'release-given-up-early',
    'Math.max(RELEASE_WAIT_MS, RELEASE_WAIT_HEARTBEATS * ctx.config.heartbeatMs)',
    'RELEASE_WAIT_MS',
  ],
  ['refused-order-kept', 'const { handover: _, ...rest } = state;', 'const { ...rest } = state;'],
  [
    'pause-forbids-release',
    'changeAfterLettingGo(state, ctx) ??',
    '(state.paused === true ? undefined : changeAfterLettingGo(state, ctx)) ??',
  ],
]);

const restored = [
  ...mutantsOf('core/election/restored.ts', 'election/exclusive', [
    ['restored-at-once', 'elapsedMs(state.restoredAt, ctx.now) >= waitMs', 'true'],
    ['restored-while-paused', 'state.paused === true || ', ''],
  ]),
  ...mutantsOf('core/election/answer.ts', 'election/exclusive', [
    ['restored-item-grants', ' || isRestoring(state, ctx)', ''],
  ]),
  ...mutantsOf('core/election/step.ts', 'election/exclusive', [
    ['restored-item-decides', 'if (isRestoring(state, ctx)) return changeWhileRestoring(state, ctx);', ''],
  ]),
];

const rest = [
  ...mutantsOf('core/election/moving.ts', 'election/exclusive', [
    ['silent-target-robbed', 'isExclusive(ctx) && reason === SILENT', 'reason === null'],
    ['target-release-unheard', 'if (released !== undefined) return released;', ''],
  ]),
  ...mutantsOf('core/election/answer.ts', 'election/exclusive', [
    ['deaf-holder-granted', 'state.members[node]?.deafSince !== undefined ||', 'false ||'],
    ['release-not-asked', "holds && state.phase === 'releasing' ? { release: true } : {}", '{}'],
  ]),
  ...mutantsOf('core/election/alert.ts', 'election/exclusive', [
    ['release-without-alert', "!soon && state.phase !== 'releasing'", '!soon'],
  ]),
  ...mutantsOf('core/election/eligibility.ts', 'election/exclusive', [
    ['deaf-standby-chosen', '  member.deafSince === undefined &&\n', ''],
    [
      'unaware-at-once',
      ' &&\n  elapsedMs(member.deafSince, ctx.now) >= DEAF_HEARTBEATS * ctx.config.heartbeatMs',
      '',
    ],
    ['deaf-holder-robbed', '  member.behind === true &&\n', ''],
  ]),
  ...mutantsOf('core/election/report.ts', 'election/exclusive', [
    ['released-sticks', 'released: report.released,', 'released: report.released ?? stored?.released,'],
    [
      'fenced-holds',
      'ctx.config.exclusive === true ? holdMsOf(ctx.config.leaseMs, report.holdMs) : 0',
      'holdMsOf(ctx.config.leaseMs, report.holdMs)',
    ],
  ]),
  ...mutantsOf('core/election/transfer.ts', 'election/exclusive', [
    [
      'regrant-moves',
      "state.holder === null || state.phase === 'moving' || holder?.inFabric !== true",
      'ctx',
    ],
    ['regrant-believes', ' || holder?.inFabric !== true)', ')'],
  ]),
  ...mutantsOf('core/election/step.ts', 'election/exclusive', [
    ['silence-unmarked', "change.reason === 'silence' || isProvedByClaim", 'isProvedByClaim'],
    ['claim-as-proof-unmarked', ' || isProvedByClaim(state, input, ctx)', ''],
  ]),
];

const operator = [
  ...mutantsOf('core/election/operator.ts', 'election/operator', [
    ['any-epoch-obeyed', 'ifEpoch !== undefined && ifEpoch !== state.epoch', 'false'],
    ['failover-while-paused', 'if (state.paused === true)', 'if (ctx === undefined)'],
    ['unfit-target-ordered', 'return isFit(state, to, ctx)', 'return to !== undefined'],
    ['order-kept-for-ever', 'dropped || handover.to', 'handover.to'],
    ['order-survives-pause', 'paused: _p, handover: _h, ...rest', 'paused: _p, ...rest'],
  ]),
  ...mutantsOf('core/election/held.ts', 'election/operator', [
    [
      'drain-ignored',
      "drained && bestStandby(state, ctx) === asks ? { to: asks, reason: 'drained' } : undefined",
      'undefined',
    ],
    ['order-ignored', 'state.handover?.to === asks && isFit(state, asks, ctx)', 'false'],
    ['unfit-target-moved-to', ' && isFit(state, asks, ctx)', ''],
  ]),
];

const brake = mutantsOf('core/brake.ts', 'brake', [
  ['no-brake', 'count >= BRAKE_GROUPS_MIN && count > BRAKE_SHARE * state.groups', 'false'],
  ['brake-on-few', 'count >= BRAKE_GROUPS_MIN && ', ''],
  ['brake-on-small-share', ' && count > BRAKE_SHARE * state.groups', ''],
  ['brake-counts-twice', 'move.group !== group && ', ''],
  ['brake-never-forgets', ' && since(move.at, now) < BRAKE_WINDOW_MS', ''],
  ['brake-for-ever', 'now - trippedAt < BRAKE_HOLD_MS && ', ''],
]);

export const EXCLUSIVE: readonly Mutant[] = [
  lease,
  agent,
  endless,
  grown,
  answer,
  agentLeaves,
  agentStep,
  standby,
  heartbeat,
  proof,
  claim,
  releasing,
  restored,
  rest,
  operator,
  brake,
].flat();
