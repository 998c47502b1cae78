/** Mutants of what follows from sessions between peers. */
import { type Mutant, mutantsOf } from './mutant.ts';

const numbers = mutantsOf('core/suspicion.ts', 'suspicion', [
  [
    'confirms-too-soon',
    'Math.max(CONFIRM_MS_MIN, detectionMsOf(peers) + peers.intervalMs)',
    'CONFIRM_MS_MIN',
  ],
  ['hurry-ends-first', 'suspicionMsOf(peers) + detectionMsOf(peers) + SLACK_MS', 'confirmMsOf(peers)'],
  ['hurries-slowly', 'confirmMsOf(peers) / BEATS', 'confirmMsOf(peers)'],
  ['session-of-any-run', '`${node} ${boot} ${peer}`', '`${node} ${peer}`'],
]);

const claim = mutantsOf('core/election/claim.ts', 'election/suspicion', [
  [
    'suspect-in-exclusive',
    "if (exclusive === true) return 'in an exclusive group only silence for the lease counts';",
    '',
  ],
  [
    'suspect-unconfigured',
    "if (peerDetection === undefined) return 'peer detection is not configured for this group';",
    'if (peerDetection === undefined) return undefined;',
  ],
  [
    'suspect-without-loss',
    "if (loss === undefined) return 'it does not say which session was lost';",
    'if (loss === undefined) return undefined;',
  ],
  ['suspect-another-run', 'loss.holderBoot !== holder?.boot', 'false'],
  ['loss-counts-twice', 'loss.n <= (claimant.suspected ?? 0)', 'false'],
  ['suspect-too-early', 'if (silentMs < neededMs)', 'if (silentMs < 0)'],
]);

const step = mutantsOf('core/election/step.ts', 'election/suspicion', [
  ['suspicion-unmarked', "new Set(['silence', SUSPICION])", "new Set(['silence'])"],
  ['loss-not-spent', 'change.reason === SUSPICION ? withSuspected(state, input) : state', 'state'],
]);

const rest = [
  ...mutantsOf('core/election/report.ts', 'election/suspicion', [
    ['spent-loss-forgotten', 'suspected: sameBoot?.suspected', 'suspected: undefined'],
    ['spent-loss-outlives-boot', 'suspected: sameBoot?.suspected', 'suspected: stored?.suspected'],
  ]),
  ...mutantsOf('core/election/held.ts', 'election/suspicion', [
    [
      'suspicion-helps-the-unheard',
      'bestHeard(state, heardWithinMsOf(ctx.config.peerDetection), ctx)',
      'bestLiving(state, ctx)',
    ],
  ]),
  ...mutantsOf('core/wire/config.ts', 'wire/peers', [
    ['peers-in-exclusive', '!exclusive || peerDetection === undefined', 'true'],
  ]),
  ...mutantsOf('core/bfd/session.ts', 'bfd/session', [
    ['own-pause-is-a-loss', 'const excused = isOwnDoing(session, ctx) || ', 'const excused = '],
    ['half-a-session-is-lost', ' || !isMutual(session);', ';'],
    [
      'own-pause-excuses-for-ever',
      'since(session.pausedAt, now) < SLOW_MS + detectionMs(session, profile)',
      'true',
    ],
    ['bfd-call-unheard', "calling: packet.state === 'up' && packet.diag === CALL", 'calling: false'],
    [
      'bfd-call-by-any-word',
      "calling: packet.state === 'up' && packet.diag === CALL",
      "calling: packet.diag !== 'none'",
    ],
    ['bfd-calls-for-ever', ' && now < callingUntil;', ';'],
    [
      'bfd-calls-once',
      'const forMs = txIntervalMs(session, ctx.profile) * ctx.profile.multiplier;',
      'const forMs = 0;',
    ],
    [
      'bfd-calls-when-down',
      "  if (session.state !== 'up') return { session, effects: [] };\n  const forMs",
      '  const forMs',
    ],
    ['short-pause-excuses', 'return { session: isMissed ?', 'return { session: isMissed || forMs > 0 ?'],
  ]),
];

const holder = mutantsOf('core/holder/peers.ts', 'holder/peers', [
  ['loss-untold', ', asking: true, nextBeatAt: ctx.now', ''],
  ['loss-told-again', '{ ...state, losses, asking: true', '{ ...state, asking: true'],
  ['no-hurry', "state.role !== 'MASTER'", "state.role !== 'INIT'"],
  ['hurries-for-ever', 'lostForMs !== undefined && lostForMs < longestMs', 'lostForMs !== undefined'],
  ['hurry-by-answers', 'askedAt !== undefined && askedAt > from ? askedAt : from', 'from'],
  ['suspects-who-speaks', '    view.silent &&\n', ''],
  ['suspects-for-ever', '    view.lostForMs <= suspicionMsOf(peerDetection) &&\n', ''],
  [
    'suspects-another-run',
    'view.calledBy === discriminatorOf(holder, boot, ctx.node)',
    'boot >= 0 && holder !== ctx.node',
  ],
  [
    'suspicion-by-an-older-look',
    'if (!isSame) return { node, epoch, n: view.loss, beat, since: ctx.now',
    'if (!isSame) return { node, epoch, n: view.loss, beat, since: (ctx.now - 9999) as BootMs',
  ],
  [
    'suspicion-survives-a-beat',
    'if (suspicion.beat === beat) return suspicion;',
    'if (beat !== undefined) return suspicion;',
  ],
  ['suspicion-begins-again-and-again', 'suspicion.changes > CHANGES_MAX', 'false'],
  ['suspects-an-older-loss', ' || view.loss !== suspicion.n', ''],
  [
    'suspicion-without-rank-skew',
    'confirmMsOf(peerDetection) + rank * RANK_SKEW_MS',
    'confirmMsOf(peerDetection)',
  ],
  ['suspicion-in-a-young-streak', 'return sure > still ? sure : still;', 'return sure > 0 ? still : sure;'],
  ['suspicion-across-a-gap', '  if (!isStreakWhole(streak, ctx)) return undefined;\n', ''],
  ['leaver-suspects', ' || leaving !== undefined', ''],
  ['holder-suspects', "role !== 'BACKUP' || ", ''],
]);

const calls = mutantsOf('core/holder/call.ts', 'holder/call', [
  ['call-for-nothing', 'if (news === undefined || ', 'if ('],
  ['call-again-and-again', ' || news === before.newsTold)', ')'],
  ['call-without-sessions', 'ctx.profile.peerDetection === undefined || ', ''],
  ['standby-calls', '!isWorthACall(before, input)', 'false'],
  ['call-only-while-holding', ' || released !== undefined', ''],
  ['fault-is-no-news', "if (health === 'fault') return 'fault';", ''],
  ['resignation-is-no-news', "if (resign === true) return 'resign';", ''],
  ['call-unheard', ', asking: true, nextBeatAt: ctx.now', ''],
  ['fewer-calls-are-a-call', 'calls > before && ', ''],
  ['holder-heeds-calls', " && state.role === 'BACKUP'", ''],
]);

const pace = mutantsOf('core/holder/pace.ts', 'holder/peers', [
  ['loss-told-late', 'if (state.asking === true) return ctx.now;', ''],
]);

const throttled = mutantsOf('core/holder/step.ts', 'holder/peers', [
  ['hurry-throttled', 'hurriedAt ?? after(ctx.now', 'after(ctx.now'],
]);

export const PEERS: readonly Mutant[] = [
  ...calls,
  ...throttled,
  ...pace,
  ...numbers,
  ...claim,
  ...step,
  ...rest,
  ...holder,
];
