/** Seeded bugs of the agent, and of what it shares with the arbiter. */
import { type Bug, bugsOf } from './bug.ts';

const arithmetic = bugsOf('core/lease.ts', [
  [
    'deadline-without-rate-error',
    'the holder counts its whole lease on a clock that may be slow',
    'Math.floor(holdMs * (1 - CLOCK_RATE_ERROR)) - MARGIN_MS',
    'holdMs - MARGIN_MS',
  ],
  [
    'claim-without-rate-error',
    'the standby waits for the bare lease on a clock that may be fast',
    'Math.ceil(holdMs * (1 + CLOCK_RATE_ERROR))',
    'holdMs',
  ],
  [
    'kernel-on-time',
    'the kernel is trusted to end a lifetime to the millisecond',
    '(until - now - lateMs)',
    '(until - now)',
  ],
  [
    'shortened-lease-at-once',
    'a deployed shorter lease binds a holder that still counts the longer one',
    'Math.max(leaseMs, reported)',
    'leaseMs',
  ],
  [
    'milliseconds-for-seconds',
    "the kernel's lifetime is a thousand times too long",
    'Math.floor((until - now - lateMs) / quantumMs) * quantumMs',
    'Math.floor((until - now - lateMs) / quantumMs) * quantumMs * 1000',
  ],
]);

const lease = bugsOf('core/holder/lease.ts', [
  [
    'lease-from-the-answer',
    'the lease is counted from when the answer came, not from when its request left',
    'const until = deadlineOf(sentAt, Math',
    'const until = deadlineOf(ctx.now, Math',
  ],
  [
    'void-answers-count',
    'an agent that has said it is deaf acts on an answer from before',
    'state.voidBefore !== undefined && sentAt <= state.voidBefore',
    'false',
  ],
  [
    'late-answer-accepted',
    'an answer that comes after its own deadline makes MASTER',
    'return until > ctx.now ? until : undefined;',
    'return until;',
  ],
  [
    'deadline-passes-unnoticed',
    'the lease runs out and the agent stays MASTER',
    'state.deadline === undefined || ctx.now < state.deadline',
    'ctx.now >= 0',
  ],
  [
    'released-while-bound',
    'the release is told before the kernel has let go',
    "state.role !== 'MASTER' && state.bound.length === 0 && state.kernelPending !== true",
    "state.role !== 'MASTER'",
  ],
  [
    'kernel-lifetime-not-set',
    'the address is bound for ever',
    "effects: [{ kind: 'bind', vips: profile.vips, epoch, until: deadline }]",
    "effects: [{ kind: 'bind', vips: profile.vips, epoch }]",
  ],
  [
    'renewed-past-the-deadline',
    'each renewal binds for a whole lease, whatever the deadline is',
    "effects: [{ kind: 'bind', vips: profile.vips, epoch, until: deadline }]",
    "effects: [{ kind: 'bind', vips: profile.vips, epoch, until: (now + profile.leaseMs) as typeof deadline }]",
  ],
]);

const answers = bugsOf('core/holder/answer.ts', [
  [
    'given-up-epoch-taken-back',
    'a late answer makes MASTER again at an epoch that was given up',
    " && answer.epoch > state.relEpoch ? 'MASTER'",
    " ? 'MASTER'",
  ],
  [
    'old-epoch-applied',
    'an answer of an older epoch is applied',
    'return answer.epoch > state.epoch;',
    'return true;',
  ],
  [
    'silence-from-the-sending',
    'a standby counts silence from when it asked, not from when the answer came',
    'const watch = extendWatch(state, answer, ctx);',
    'const watch = extendWatch(state, answer, { ...ctx, now: sentAt });',
  ],
  [
    'work-unheard-after-restore',
    'an answer of an older epoch may not ask for work',
    '[...heeded.effects, ...workOf(answer)]',
    '[...heeded.effects]',
  ],
]);

const silence = bugsOf('core/holder/silence.ts', [
  [
    'age-credit-in-exclusive',
    'the age of a beat that somebody else measured counts as silence',
    'isExclusive(ctx) ? durationMs(0) : creditMs',
    'creditMs',
  ],
  [
    'raw-age-credited',
    "the age of a beat by the clock of a Lambda counts as silence, without a look of one's own to vouch for it",
    'durationMs(looked ? Math.min(holder.ageMs, since(streak.sentAt, ctx.now)) : 0)',
    'durationMs(holder.ageMs)',
  ],
  [
    'claims-across-a-gap',
    'silence is claimed although nothing could have been heard for a while',
    '  if (!isWhole(streak, ctx.now, ctx.profile)) return undefined;\n',
    '',
  ],
  [
    'young-streak-claims',
    'after an outage of the arbiter silence is claimed before the holder can have returned',
    'if (streak.sawChange) return heard;',
    'if (streak.sawChange || rank >= 0) return heard;',
  ],
]);

const bindings = bugsOf('core/holder/step.ts', [
  [
    'binding-kept-by-a-backup',
    'a fenced agent that is not MASTER any more leaves the address bound',
    "extra.length > 0 ? [{ kind: 'unbind', vips: extra }] : []",
    '[]',
  ],
]);

const witness = bugsOf('core/holder/witness.ts', [
  [
    'never-gives-up-alone',
    'a member that was taken out goes on though the fabric has moved',
    'absentLooks >= ABSENT_LOOKS && !isExclusive(ctx)',
    'absentLooks < 0',
  ],
]);

const peers = bugsOf('core/holder/peers.ts', [
  [
    'holder-does-not-hurry',
    'a holder that has lost its peers beats no faster: a cut between hosts looks like its death',
    "peerDetection === undefined || state.role !== 'MASTER') return false;",
    "peerDetection === undefined || state.role !== 'INIT') return false;",
  ],
]);

const identity = bugsOf('core/holder/identity.ts', [
  [
    'never-jumps',
    'an agent that lost its boot number takes itself for superseded',
    "own.acknowledged || own.jumped ? 'superseded' : 'jump'",
    "'superseded'",
  ],
  [
    'own-beat-is-a-strangers',
    'its own heartbeat, refused because its answer was lost, looks like a rival',
    '(own.acknowledged || stored.seq <= own.seq)',
    'own.acknowledged',
  ],
]);

const clocks = bugsOf('sim/faults/on-hosts.ts', [
  [
    'wall-clock-for-boot-clock',
    'the agent measures leases by a clock that jumps (the simulated host has no other)',
    '    begin: (_world, host, { x }) => {\n      host.wallErrorMs += (2 * x - 1) * WALL_JUMP_MS;',
    '    begin: (world, host, { x }) => {\n      host.clock.reset(host.clock.read(world.queue.now) + (2 * x - 1) * WALL_JUMP_MS, world.queue.now);\n      host.wallErrorMs += (2 * x - 1) * WALL_JUMP_MS;',
  ],
]);

export const OF_AGENTS: readonly Bug[] = [
  ...arithmetic,
  ...lease,
  ...answers,
  ...silence,
  ...bindings,
  ...witness,
  ...peers,
  ...identity,
  ...clocks,
];
