/** Mutants of the sessions between peers. */
import { type Mutant, mutantsOf } from './mutant.ts';

const packet = mutantsOf('core/bfd/packet.ts', 'bfd/packet', [
  ['bfd-any-version', "if (view.getUint8(0) >> 5 !== VERSION) return 'version';", ''],
  [
    'bfd-any-length',
    "if (length < (isAuthenticated ? AUTHENTICATED_BYTES_MIN : PACKET_BYTES)) return 'length';",
    '',
  ],
  ['bfd-cut-off', "if (length > view.byteLength) return 'truncated';", ''],
  ['bfd-no-multiplier', "if (view.getUint8(2) === 0) return 'multiplier-zero';", ''],
  ['bfd-multipoint', "if ((flags & MULTIPOINT) !== 0) return 'multipoint';", ''],
  ['bfd-nameless', "if (view.getUint32(4) === 0) return 'discriminator-zero';", ''],
  ['bfd-up-towards-nobody', 'view.getUint32(8) === 0 && isStateful', 'false'],
  ['bfd-unread-authentication', "isAuthenticated ? 'authenticated' : undefined", 'undefined'],
]);

const session = mutantsOf('core/bfd/session.ts', 'bfd/session', [
  ['bfd-strangers-heard', 'if (!isOurs) return { session, effects: [] };', ''],
  ['bfd-unread-is-silence', 'isSilent && drained', 'isSilent'],
  ['bfd-own-pause-is-silence', 'after(session.detectAt, forMs)', 'session.detectAt'],
  ['bfd-up-by-one-word', "return heard === 'init' ?", "return heard !== 'admin-down' ?"],
  ['bfd-end-unheard', " || (state === 'up' && heard === 'down')", ''],
  ['bfd-their-stop-unheard', "heard === 'admin-down' || (", '('],
  ['bfd-told-when-due', 'moved.state !== session.state && !packet.poll', 'false'],
  ['bfd-polls-for-ever', 'session.polling && !packet.final', 'session.polling'],
  ['bfd-polls-never', "session.polling || to === 'up' || session.state === 'up'", 'session.polling'],
  [
    'bfd-answers-no-poll',
    'const answer: SessionEffect[] = packet.poll',
    'const answer: SessionEffect[] = false',
  ],
  ['bfd-answer-asks', 'session.polling && !final', 'session.polling'],
  ['bfd-lost-are-remembered', '{ ...session, remote: UNKNOWN, detectAt', '{ ...session, detectAt'],
  [
    'bfd-stops-once',
    '...down, stopping: { everyMs, by }',
    '...down, stopping: { everyMs: 1e9 as typeof everyMs, by }',
  ],
  ['bfd-stop-is-over-at-once', 'return isUnderstood ? end(heard)', 'return heard !== undefined ? end(heard)'],
  [
    'bfd-stop-waits-for-the-slow',
    'Math.min(everyMs * ctx.profile.multiplier, STOP_MS_MAX)',
    'everyMs * ctx.profile.multiplier',
  ],
  ['bfd-stops-for-ever', 'stopping !== undefined && ctx.now >= stopping.by', 'false'],
  ['bfd-slow-goes-on', 'return isSame ? now :', 'return isSame || now.sentAt > 0 ? now :'],
]);

const timing = mutantsOf('core/bfd/timing.ts', 'bfd/session', [
  [
    'bfd-fast-start',
    "state === 'up' ? profile.intervalMs : durationMs(Math.max(SLOW_MS, profile.intervalMs))",
    'profile.intervalMs',
  ],
  [
    'bfd-deaf-to-the-slow',
    'Math.max(desiredMinTxMs(session.state, profile), session.remote.requiredMinRxUs / US_PER_MS)',
    'desiredMinTxMs(session.state, profile)',
  ],
  ['bfd-own-multiplier', 'remote.multiplier *', 'profile.multiplier *'],
  ['bfd-own-pace', 'Math.max(profile.intervalMs, remote.desiredMinTxUs / US_PER_MS)', 'profile.intervalMs'],
  [
    'bfd-their-pace',
    'Math.max(profile.intervalMs, remote.desiredMinTxUs / US_PER_MS)',
    'remote.desiredMinTxUs / US_PER_MS',
  ],
  ['bfd-in-step', '(0.75 + jitter *', '(1 + 0 *'],
  ['bfd-one-is-too-late', 'multiplier === 1 ? 0.15 : 0.25', '0.25'],
  ['bfd-sends-unwanted', 'remote.requiredMinRxUs !== 0 &&', ''],
  ['bfd-sends-on-demand', ' && !isOnDemand', ''],
]);

export const BFD: readonly Mutant[] = [...packet, ...session, ...timing];
