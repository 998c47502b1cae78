/** Seeded bugs of the arbiter. */
import { type Bug, bugsOf } from './bug.ts';

const claims = bugsOf('core/election/claim.ts', [
  [
    'claim-without-beat',
    'a claim is not compared with the newest beat',
    'holder !== undefined && claim.beat !== formatBeat(holder)',
    'holder !== undefined && claim.beat === ""',
  ],
]);

const proofs = bugsOf('core/election/proof.ts', [
  [
    'release-of-another-epoch',
    'any release proves that the holder has let go',
    '(holder.released ?? 0) >= state.epoch',
    'holder.released !== undefined',
  ],
  [
    'fault-moves-at-once',
    'a FAULT replaces the holder of an exclusive group before it has let go',
    '!isRestoring(state, ctx) && !hasLetGo(state, ctx);',
    "!isRestoring(state, ctx) && !hasLetGo(state, ctx) && holderOf(state)?.health !== 'fault';",
  ],
]);

const reports = bugsOf('core/election/report.ts', [
  [
    'duplicate-beats-count',
    'a heartbeat that is sent again counts again',
    'compareBeats(beat, stored) > 0',
    'compareBeats(beat, stored) >= 0',
  ],
  [
    'old-beats-count',
    'a recorded heartbeat counts whenever it comes',
    'stored === undefined || compareBeats(beat, stored) > 0',
    'stored === undefined || beat.boot > 0',
  ],
  [
    'strangers-are-heard',
    'who is no member is taken in',
    'ctx.config.members[node] === undefined && state.holder !== node',
    'node === ""',
  ],
]);

const choices = bugsOf('core/election/eligibility.ts', [
  ['leaver-is-chosen', 'a member that is leaving is chosen', '  member.resignedAt === undefined &&\n', ''],
  [
    'ban-ignored',
    'a host that the fabric refuses is chosen again',
    '!isBanned(member, ctx);',
    'ctx.now > 0;',
  ],
  [
    'fault-is-best',
    'a member in FAULT replaces a holder in FAULT, for ever',
    "first?.member.health === 'ok' ? first.node : undefined",
    'first?.node',
  ],
  [
    'stale-standby-is-chosen',
    'a member that has not been heard of for long is chosen',
    '  isFresh(member, ctx) &&\n  member.deafSince',
    '  member.deafSince',
  ],
]);

const moves = bugsOf('core/election/moving.ts', [
  [
    'commit-on-epoch-alone',
    'results of an earlier order commit the present one',
    '    input.epoch !== state.epoch ||\n    input.moveId !== move.id\n',
    '    input.epoch !== state.epoch\n',
  ],
  [
    'lost-order-never-resumed',
    'an order that died with its Lambda is never given again',
    '|| elapsedMs(state.move.at, ctx.now) >= RESUME_AFTER_MS',
    '',
  ],
]);

const transfers = bugsOf('core/election/transfer.ts', [
  [
    'move-without-abort',
    'an order may be carried out an hour later',
    'abortAt: after(move.at, ABORT_AFTER_MS)',
    'abortAt: after(move.at, 3_600_000)',
  ],
  [
    'epoch-not-raised',
    'another holder under the same epoch',
    'asked?.epoch ?? 0) + 1',
    'asked?.epoch ?? 0, 1)',
  ],
  [
    'seen-epoch-issued-again',
    'after a restore epochs are issued that agents have seen',
    'Math.max(epoch, epochFloor, asked',
    'Math.max(epoch, asked',
  ],
]);

const drift = bugsOf('core/election/drift.ts', [
  [
    'eager-repair',
    'what a look was for is moved back, whatever the look has seen',
    'const wrong = misplaced(state, observations, ctx);',
    'const wrong = [...ctx.config.vips];',
  ],
  ['dirty-ignored', 'nobody looks after a stale mover', '  if (isDirty(state, ctx)) return true;\n', ''],
]);

const held = bugsOf('core/election/held.ts', [
  [
    'restore-unnoticed',
    'after a restore the old epochs go on, and no agent listens',
    'if ((state.epochFloor ?? 0) <= state.epoch) return undefined;',
    'if (state.epoch >= 0) return undefined;',
  ],
  [
    'removed-holder-stays',
    'a holder that was taken out of the group keeps it',
    'holder === undefined || ctx.config.members[node] === undefined',
    'holder === undefined',
  ],
]);

const questions = bugsOf('core/election/prepare.ts', [
  [
    'candidate-not-asked',
    'a candidate is named without having prepared',
    '  !isPrepared(state, to);',
    '  state.asked === undefined;',
  ],
  [
    'prepared-and-forgotten',
    'a candidate that was prepared in vain is never told',
    'elapsedMs(readyAt, ctx.now) > waitMs(ctx) ? end(state, UNNEEDED, ctx) : undefined',
    'undefined',
  ],
]);

const spent = bugsOf('core/election/transfer.ts', [
  [
    'epoch-asked-twice',
    'two candidates prepare for the same epoch',
    'Math.max(epoch, epochFloor, asked?.epoch ?? 0)',
    'Math.max(epoch, epochFloor)',
  ],
]);

const releases = bugsOf('core/election/releasing.ts', [
  [
    'fenced-release-awaited',
    'a fenced holder that does not let go is waited for as long as it lives',
    'canBeAsked(holderOf(state), ctx) && !isTimeUp(state, ctx)',
    'canBeAsked(holderOf(state), ctx)',
  ],
]);

export const OF_ARBITER: readonly Bug[] = [
  ...claims,
  ...proofs,
  ...reports,
  ...choices,
  ...moves,
  ...transfers,
  ...drift,
  ...held,
  ...questions,
  ...spent,
  ...releases,
];
