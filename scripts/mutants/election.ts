/** Mutants of the arbiter's step. */
import { type Mutant, mutantsOf } from './mutant.ts';

const identity = mutantsOf('core/election/report.ts', 'election/identity', [
  ['replay-counts', 'compareBeats(beat, stored) > 0', 'compareBeats(beat, stored) >= 0'],
  ['strangers-are-heard', 'ctx.config.members[node] === undefined && state.holder !== node', 'false'],
  ['removed-holder-is-deaf', ' && state.holder !== node) {', ') {'],
  ['leavers-are-remembered', '.every(stays)', '.every(() => true)'],
]);

const report = mutantsOf('core/election/report.ts', 'election/report', [
  ['resignation-forgotten', 'sameBoot?.resignedAt ??', ''],
  [
    'resignation-outlives-boot',
    'const sameBoot = stored?.boot === beat.boot ? stored : undefined',
    'const sameBoot = stored',
  ],
  ['ready-through-silence', 'elapsedMs(previous.at, ctx.now) <= ctx.config.leaseMs', 'true'],
  ['holder-needs-one-vip', 'isHolder ? listed.every(Boolean)', 'isHolder ? listed.some(Boolean)'],
  ['standby-needs-all-vips', ': listed.some(Boolean));', ': listed.every(Boolean));'],
  ['absence-counts-while-moving', "isHolder && state.phase === 'held' && seen", 'isHolder && seen'],
  ['absence-not-dated', 'listed.some(Boolean) ? stored?.absentEpoch : state.epoch', 'stored?.absentEpoch'],
  [
    'ban-lost-at-restart',
    'stored !== undefined && isBanned(stored, ctx)',
    'sameBoot !== undefined && isBanned(sameBoot, ctx)',
  ],
  ['seen-epoch-ignored', 'floor > state.epoch', 'false'],
]);

const detail = mutantsOf('core/election/detail.ts', 'election/detail', [
  ['detail-with-each-heartbeat', 'before.members[node]?.said === after.members[node]?.said', 'false'],
  ['detail-never', 'before.members[node]?.said === after.members[node]?.said', 'true'],
  ['detail-by-text', '${report.configHash} ${down}`', '${report.configHash} ${down} ${report.fault}`'],
  ['detail-survives-boot', '`${boot} ${report.health}', '`${report.health}'],
  ['detail-without-vips', 'vip?.inFabric === true ? 1 : 0', '0'],
  ['detail-without-checks', '${report.configHash} ${down}`', '${report.configHash}`'],
]);

const slowest = mutantsOf('core/election/slowest.ts', 'election/slowest', [
  ['pause-of-anybody', 'node !== state.holder || last === undefined', 'last === undefined'],
  [
    'pause-of-any-epoch',
    'if (slowest?.epoch !== epoch) return { epoch',
    'if (slowest === undefined) return { epoch',
  ],
  ['pause-for-ever', 'elapsedMs(slowest.since, ctx.now) < SLOWEST_SPAN_MS', 'true'],
  ['pause-forgotten-at-once', 'ms, beforeMs: slowest.ms }', 'ms }'],
]);

const eligibility = mutantsOf('core/election/eligibility.ts', 'election/eligibility', [
  ['stale-standby', '  isFresh(member, ctx) &&', ''],
  ['resigned-standby', '  member.resignedAt === undefined &&', ''],
  ['drained-standby', '  state.drained?.includes(node) !== true &&', ''],
  ['banned-standby', '!isBanned(member, ctx);', 'true;'],
  ['unenrolled-standby', 'ctx.config.members[node] !== undefined &&', ''],
  ['holder-is-its-own-standby', ' || node === state.holder', ''],
  ['fault-is-best', "first?.member.health === 'ok' ? first.node", 'first !== undefined ? first.node'],
  ['priority-before-health', 'health || stays || priority || ready', 'priority || health || ready'],
  ['no-order-by-priority', 'health || stays || priority || ready', 'health || ready'],
  ['no-order-by-readiness', 'health || stays || priority || ready', 'health || priority'],
]);

const claim = mutantsOf('core/election/claim.ts', 'election/claim', [
  ['claim-any-beat', 'claim.beat !== formatBeat(holder)', 'false'],
  ['claim-any-epoch', 'claim.epoch !== state.epoch', 'false'],
  ['claim-any-holder', 'claim.holder !== state.holder', 'false'],
  ['claim-too-early', '  return silentMs < neededMs', '  return silentMs < 0'],
  ['claim-while-moving', "phase === 'held' ||", 'true ||'],
]);

const held = mutantsOf('core/election/held.ts', 'election/held', [
  ['no-resign', 'if (resignedAt !== undefined) return', 'if (resignedAt === null) return'],
  ['resign-moves-at-once', 'reportIn(input)?.node === to || waited', 'true'],
  ['resign-waits-for-ever', '=== to || waited', '=== to'],
  [
    'no-fault',
    "holder.health === 'fault' ? bestStandby(state, ctx)",
    "holder.health === 'fault' ? undefined",
  ],
  [
    'degraded-same-check',
    '.degradedBy?.some((check) => failing.includes(check)) === true',
    '.degradedBy === null',
  ],
  [
    'degraded-at-once',
    'change !== undefined && reportIn(input)?.node === change.to ? change : undefined',
    "reportIn(input)?.node === '' ? undefined : change",
  ],
  ['degraded-by-equal', 'better.priority <= holder.priority', 'better.priority < holder.priority'],
  ['degraded-without-check', 'failing.length === 0', 'false'],
  ['preempt-unasked', '!ctx.config.preempt || ', ''],
  ['preempt-old-epoch', ' || wish.epoch !== state.epoch', ''],
  ['preempt-equal', 'candidate.priority <= holder.priority', 'false'],
  ['preempt-second-best', 'bestStandby(state, ctx) !== asked.node', 'false'],
  ['preempt-arbiter-delay', 'elapsedMs(candidate.okSince, ctx.now) >= ctx.config.preemptDelayMs', 'true'],
  ['preempt-own-delay', 'ready && wish.readyMs >= ctx.config.preemptDelayMs', 'ready'],
  ['no-hold-down', 'if (heldDown) return undefined;', ''],
  ['not-restored', '(state.epochFloor ?? 0) <= state.epoch', 'true'],
  ['paused-moves', 'state.paused === true || state.holder === null', 'state.holder === null'],
  ['removed-stays', "to === undefined ? undefined : { to, reason: 'removed' }", 'undefined'],
]);

const silence = mutantsOf('core/election/held.ts', 'election/claim', [
  ['silence-needs-healthy', ': bestLiving(state, ctx);', ': bestStandby(state, ctx);'],
]);

const first = mutantsOf('core/election/first.ts', 'election/first', [
  ['first-reporter-wins', 'elapsedMs(state.firstReportAt, ctx.now) >= ctx.config.leaseMs', 'true'],
  ['no-adoption', 'owner ?? healthyOf(state, ctx)[0]?.node', 'healthyOf(state, ctx)[0]?.node'],
  ['fault-is-first', ".filter(({ member }) => member.health === 'ok')", ''],
]);

const firstUnseen = mutantsOf('core/election/first.ts', 'election/unseen', [
  ['unseen-not-asked', "(asksFabric(ctx) && input.kind !== 'observed')", 'false'],
  ['unseen-always-asked', 'config.adopt !== false && isUnseen', 'isUnseen'],
  ['first-look-storms', '!isAhead(state.lookNotBefore, ctx.now, LOOK_LONGEST_MS) &&', ''],
]);

const unseen = mutantsOf('core/election/drift.ts', 'election/unseen', [
  ['commit-unconfirmed', 'isConfirmationDue(state, ctx) || holderMisses', 'holderMisses'],
  ['all-confirmed', 'next !== undefined && hasUnseen(ctx.config.vips) &&', 'next !== undefined &&'],
  ['confirms-for-ever', '{ confirmed: (state.confirmed ?? 0) + 1 }', '{}'],
  ['confirmations-back-off', 'isConfirming(state, ctx) ? looked :', ''],
]);

const unseenReport = mutantsOf('core/election/report.ts', 'election/unseen', [
  [
    'unseen-is-absent',
    "state.phase === 'held' && seen.length > 0 && !inFabric",
    "state.phase === 'held' && !inFabric",
  ],
  ['unseen-is-present', 'const inFabric = seen.length > 0 && (', 'const inFabric = ('],
]);

const unseenCommit = mutantsOf('core/election/transfer.ts', 'election/unseen', [
  ['confirmed-once', 'const { move, confirmed: _, ...rest } = state;', 'const { move, ...rest } = state;'],
]);

const carried = mutantsOf('core/election/step.ts', 'election/first', [
  ['adoption-moves', 'change.reason === ADOPTED && !isExclusive(ctx)', 'false'],
  ['exclusive-adoption', 'change.reason === ADOPTED && !isExclusive(ctx)', 'change.reason === ADOPTED'],
]);

const adoption = mutantsOf('core/election/transfer.ts', 'election/first', [
  ['adoption-believed', '...rest } = marked(state, ctx.now, ctx)', '...rest } = state'],
]);

const transfer = mutantsOf('core/election/transfer.ts', 'election/transfer', [
  ['epoch-not-raised', 'asked?.epoch ?? 0) + 1', 'asked?.epoch ?? 0)'],
  ['order-without-abort', 'after(move.at, ABORT_AFTER_MS)', 'after(move.at, RESUME_AFTER_MS)'],
  [
    'overtaken-unwatched',
    '...rest\n  } = markedForOrder(state, ctx);\n  return { ...rest, ...holdDown',
    '...rest\n  } = state;\n  return { ...rest, ...holdDown',
  ],
  ['looks-survive-transfer', 'members: withoutLooks(state.members)', 'members: state.members'],
  ['hold-down-flat', '2 ** Math.min(transfers, HOLD_DOWN_DOUBLINGS_MAX)', '1'],
  ['hold-down-unbounded', 'Math.min(transfers, HOLD_DOWN_DOUBLINGS_MAX)', 'transfers'],
  ['hold-down-never-forgets', 'elapsedMs(state.transferAt, ctx.now) < HOLD_DOWN_MEMORY_MS', 'true'],
]);

const restored = mutantsOf('core/election/transfer.ts', 'election/held', [
  ['seen-epoch-reissued', 'Math.max(epoch, epochFloor, asked', 'Math.max(epoch, asked'],
]);

const moving = mutantsOf('core/election/moving.ts', 'election/moving', [
  ['stale-move-commits', 'input.moveId !== move.id', 'false'],
  ['old-epoch-commits', 'input.epoch !== state.epoch', 'false'],
  ['stale-mover-ignored', 'state: marked(state, ctx.now, ctx),', 'state,'],
  ['failure-commits', 'result) => !result.ok', 'result) => result.ok && !result.ok'],
  ['no-ban', 'banUntil: after(ctx.now, BAN_MS)', 'banUntil: ctx.now'],
  ['transient-waits', 'inFlight: false }', 'inFlight: true }'],
  ['never-resumed', ' >= RESUME_AFTER_MS', ' >= 1e9'],
  ['refused-target-waits', " ?? (reason === 'target-fault' ? undefined : bestLiving(state, ctx))", ''],
  [
    'fault-for-fault',
    "reason === 'target-fault' ? undefined : bestLiving(state, ctx)",
    'bestLiving(state, ctx)',
  ],
  ['banned-target-hammered', 'target !== undefined && isBanned(target, ctx)', 'false'],
  ['silent-target-kept', '? SILENT', '? undefined'],
  ['faulty-target-kept', "target.health === 'fault'", 'false'],
  ['resigned-target-kept', 'target.resignedAt !== undefined', 'false'],
  ['paused-retargets', 'state.paused === true ? undefined : flawOf', 'flawOf'],
]);

const marks = mutantsOf('core/election/marks.ts', 'election/marks', [
  ['later-mark-lost', '(ofOrder(state, ctx) ?? dirtyLaterAt)', 'undefined'],
  ['later-mark-forgotten', 'dirtyLaterAt === undefined ? rest : { ...rest, dirtyAt: dirtyLaterAt }', 'rest'],
  ['put-off-mark-kept', ' && dirtyAt !== lookNotBefore && recheck !== true', ''],
]);

const drift = mutantsOf('core/election/drift.ts', 'election/drift', [
  ['look-unsettled', 'settled(state, ctx) && (holder', '(holder'],
  ['look-at-first-absence', '(holder?.absentLooks ?? 0) >= ABSENT_LOOKS', '(holder?.absentLooks ?? 0) >= 1'],
  ['stale-presence-counts', '(member.absentEpoch === state.epoch || settled(state, ctx))', 'true'],
  ['presence-waits-for-settle', 'member.absentEpoch === state.epoch || settled', 'settled'],
  ['dirty-ignored', 'if (isDirty(state, ctx)) return true;', ''],
  ['looks-storm', 'const lookNotBefore = after(ctx.now, LOOK_SPACING_MS)', 'const lookNotBefore = ctx.now'],
  [
    'early-look-cleans',
    'state.dirtyAt === undefined || !isAnswered(state, ctx)',
    'state.dirtyAt === undefined',
  ],
  ['one-look-is-enough', 'clean && state.recheck !== true', 'false'],
  ['looks-again-for-ever', 'clean && state.recheck !== true', 'clean'],
  [
    'dirty-waits-for-back-off',
    'if (isDirty(state, ctx)) return true;',
    'if (isDirty(state, ctx)) return !isAhead(state.lookNotBefore, ctx.now, LONGEST_MS);',
  ],
  [
    'lost-look-forgotten',
    '(isDirty(state, ctx) ? { dirtyAt: lookNotBefore } : {})',
    '(isDirty(state, ctx) ? { dirtyAt: epochMs(9e15) } : {})',
  ],
  ['back-off-never-ends', 'quiet ? 0 : (state.looks ?? 0)', 'state.looks ?? 0'],
  ['back-off-ignored', 'if (isAhead(state.lookNotBefore, ctx.now, LOOK_LONGEST_MS)) return false;', ''],
]);

const attempts = mutantsOf('core/election/transfer.ts', 'election/moving', [
  ['attempt-is-a-new-move', "state.phase === 'moving' ? state.phaseAt : ctx.now", 'ctx.now'],
]);

const elapsed = mutantsOf('core/election/elapsed.ts', 'election/elapsed', [
  ['clock-step-stops-time', 'from - now > CLOCK_SKEW_MS ? Infinity :', 'false ? Infinity :'],
  ['clock-step-freezes-limits', ' && until - now <= longestMs + CLOCK_SKEW_MS', ''],
]);

const alert = mutantsOf('core/election/alert.ts', 'election/alert', [
  ['everybody-alert', 'bestStandby(state, ctx) === node && ', ''],
  ['alert-without-budget', ' && tokensNow(state, ctx) > 0', ''],
  ['alert-is-free', 'tokensNow(state, ctx) - 1', 'tokensNow(state, ctx)'],
  ['alert-never-refills', '% REFILL_MS', '* 0'],
  ['alert-in-fault', " && holder.health === 'ok'", ''],
]);

const answer = mutantsOf('core/election/answer.ts', 'election/answer', [
  ['everybody-master', "holds && !unheard ? 'MASTER' : 'BACKUP'", "'MASTER'"],
  ['rank-from-one', 'rank >= 0 ? { rank }', 'rank >= 0 ? { rank: rank + 1 }'],
]);

const step = mutantsOf('core/election/step.ts', 'election/step', [
  ['work-everywhere', ' && !ctx.mayMove && wanted', ' && wanted === null && wanted'],
  ['work-untold', '...(left ? { work: true } : {}),', ''],
  ['rev-stands', 'rev: state.rev + 1', 'rev: state.rev'],
]);

const instance = [
  ...mutantsOf('core/election/instance.ts', 'election/instance', [
    ['gone-though-heard-since', 'compareBeats(member, beat) === 0 && silent', 'silent'],
    [
      'gone-though-just-heard',
      'compareBeats(member, beat) === 0 && silent',
      'compareBeats(member, beat) === 0',
    ],
    ['gone-though-restarted', 'if (member.boot !== beat.boot) return undefined;', ''],
    ['gone-though-it-beats', 'stored.boot === boot && isLeaving(stored, ctx)', 'stored.boot === boot'],
    ['leaving-for-ever', 'isAhead(after(member.cloud.at, LEAVING_MS), ctx.now, LEAVING_MS)', 'true'],
    ['leaving-outlives-boot', 'stored.boot === boot && isLeaving(stored, ctx)', 'isLeaving(stored, ctx)'],
    ['leaving-forgotten', 'stored.boot === boot && isLeaving(stored, ctx)', 'false'],
    ['retiring-forgotten', 'if (isRetiring(stored)) return stored.cloud;', ''],
    ['stop-not-refuted', 'refuted ? withMark(state, node, undefined) : state', 'state'],
    [
      'notice-refuted',
      "member.cloud?.said === 'stopping' || member",
      "meaningOf(member) === 'leaving' || member",
    ],
    ['lesser-word-wins', 'stands && SEVERITY[now] <= SEVERITY[before]', 'false'],
    ['old-mark-stands', "before === 'leaving' ? isLeaving(member, ctx) : true", 'true'],
  ]),
  ...mutantsOf('core/election/eligibility.ts', 'election/instance', [
    ['leaving-standby', '  !isLeaving(member, ctx) &&', ''],
    ['gone-standby', '  !isGone(member) &&', ''],
    ['retiring-as-good', 'health || stays || priority', 'health || priority'],
  ]),
  ...mutantsOf('core/election/held.ts', 'election/instance', [
    [
      'gone-holder-stays',
      'const to = isGone(holder) ? bestLiving(state, ctx)',
      'const to = isGone(holder) ? undefined',
    ],
    ['leaving-holder-stays', 'return leaving && cloud !== undefined', 'return cloud === null'],
    [
      'retiring-holder-stays',
      "member.degradedBy === undefined ? { to, reason: 'retiring' }",
      'member === null ? undefined',
    ],
    ['retires-to-degraded', 'return member.degradedBy === undefined ?', 'return true ?'],
    ['retires-to-retiring', ' || isRetiring(member)) return undefined;', ') return undefined;'],
    ['retiring-preempts', '    isRetiring(candidate) ||', ''],
    ['retiring-betters', '  if (isRetiring(better)) return undefined;', ''],
  ]),
  ...mutantsOf('core/election/moving.ts', 'election/instance', [
    ['gone-target-stays', "  if (isGone(target)) return 'target-gone';", ''],
    ['leaving-target-stays', "  if (isLeaving(target, ctx)) return 'target-leaving';", ''],
  ]),
  ...mutantsOf('core/election/proof.ts', 'election/instance', [
    ['gone-proves-nothing', ' || isGone(holder))', ')'],
    [
      'gone-despite-pause',
      "if (state.paused === true && state.phase === 'held') return undefined;\n  const ordered",
      'const ordered',
    ],
    ['gone-forgets-order', 'isFit(state, ordered, ctx) ? ordered : bestLiving', 'bestLiving'],
    ['gone-goes-on', '  if (isGone(holder)) return afterEnd(state, holder, ctx);', ''],
    ['leaving-goes-on', ' && !isLeaving(holder, ctx);', ';'],
  ]),
];

const sweep = [
  ...mutantsOf('core/election/sweep.ts', 'election/sweep', [
    ['sweep-of-any-epoch', '  state.epoch === epoch &&\n', ''],
    ['sweep-unsettled', '|| since(state.phaseAt, seenAt) > SETTLE_MS', '|| true'],
    ['sweep-waits-for-the-clock', 'isFromStep(state.phaseAt, ctx) ||', ''],
    [
      'sweep-settles-late',
      'since(state.phaseAt, seenAt) > SETTLE_MS',
      'since(state.phaseAt, seenAt) >= SETTLE_MS',
    ],
    [
      'sweep-out-of-pace',
      'if (isAhead(state.lookNotBefore, ctx.now, LOOK_LONGEST_MS)) return untouched;',
      '',
    ],
    ['sweep-without-time', '!ctx.mayMove || !counts', '!counts'],
    ['anybody-sweeps', "input.kind !== 'sweep' && !isAsked", 'false'],
    ['sweep-proves-silence', 'ctx.config.exclusive === true || ', ''],
    ['sweep-ignores-brake', ' || ctx.braked === true) return', ') return'],
    ['sweep-claims-early', 'silentMs < longMs || ', ''],
    ['sweep-believes-newcomers', ' || since(okSince, ctx.now) < longMs', ''],
    ['sweep-forgets-lease', 'Math.max(UNCLAIMED_MS, UNCLAIMED_LEASES * ctx.config.leaseMs)', 'UNCLAIMED_MS'],
  ]),
  ...mutantsOf('core/election/held.ts', 'election/sweep', [
    [
      'no-backstop',
      'onOperator(state, input, ctx) ??\n    changeOnSweep(state, input, ctx);',
      'onOperator(state, input, ctx);',
    ],
  ]),
];

export const ELECTION: readonly Mutant[] = [
  identity,
  report,
  detail,
  slowest,
  eligibility,
  claim,
  held,
  silence,
  first,
  firstUnseen,
  unseen,
  unseenReport,
  unseenCommit,
  carried,
  adoption,
  transfer,
  restored,
  moving,
  marks,
  attempts,
  drift,
  elapsed,
  alert,
  answer,
  step,
  instance,
  sweep,
].flat();
