// Proves that two sessions over a bad link come up, stay up, notice a cut in time, and believe nobody who guesses.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ControlPacket, decodePacket, encodePacket, SESSION_STATES } from '../../../core/bfd/packet.ts';
import { initialSession, stepSession, wakeAt } from '../../../core/bfd/session.ts';
import { SLOW_MS } from '../../../core/bfd/timing.ts';
import type { SessionProfile } from '../../../core/bfd/types.ts';
import { bootMs, durationMs } from '../../../core/time.ts';
import { deepFreeze } from '../freeze.ts';
import { Link, type LinkOptions } from './link.ts';

const profileOf = (discriminator: number, multipliers = { min: 2, max: 5 }) =>
  fc.record<SessionProfile>({
    discriminator: fc.constant(discriminator),
    intervalMs: fc.integer({ min: 20, max: 1500 }).map(durationMs),
    multiplier: fc.integer(multipliers),
  });
const linkWith = (loss: fc.Arbitrary<number>) =>
  fc.record<LinkOptions>({
    profiles: fc.tuple(profileOf(7), profileOf(9)),
    delayMs: fc.nat({ max: 60 }),
    wobbleMs: fc.nat({ max: 15 }),
    loss,
    seed: fc.nat(),
  });
const clean = linkWith(fc.constant(0));
const lossy = linkWith(fc.double({ min: 0.05, max: 0.3, noNaN: true }));

const paceOf = ({ profiles: [a, b] }: LinkOptions): number => Math.max(a.intervalMs, b.intervalMs);
/** For how long `side` may hear nothing once both are up. */
const detectionOf = (options: LinkOptions, side: 0 | 1): number =>
  options.profiles[side === 0 ? 1 : 0].multiplier * paceOf(options);
/** Both begin at once, so nobody's first packet finds the other missing; what is lost comes again a second later. */
const upBy = (options: LinkOptions): number =>
  3 * Math.max(SLOW_MS, paceOf(options)) + 4 * (options.delayMs + options.wobbleMs);

const up = (options: LinkOptions): Link => {
  const link = new Link(options);
  expect(link.runUntil(() => link.isUp, upBy(options))).toBe(true);
  // Slow start is over on both sides, and each knows it of the other.
  link.run(upBy(options));
  return link;
};

describe('two sessions', () => {
  it('come up on any link and stay up as long as packets arrive', () => {
    fc.assert(
      fc.property(clean, (options) => {
        const link = up(options);
        const before = link.changes.length;
        link.run(60 * paceOf(options));
        expect(link.changes.slice(before)).toEqual([]);
        expect(link.sessions.map(({ polling }) => polling)).toEqual([false, false]);
      }),
      { numRuns: 25 },
    );
  });

  it('come up on a link that loses up to three of ten, again and again if need be', () => {
    fc.assert(
      fc.property(lossy, (options) => {
        const link = new Link(options);
        for (let round = 0; round < 3; round++) {
          expect(link.runUntil(() => link.isUp, 120_000)).toBe(true);
          link.run(1000);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('send no faster than both allow, and no slower', () => {
    fc.assert(
      fc.property(clean, (options) => {
        const link = up(options);
        const from = link.now;
        link.run(30 * paceOf(options));
        for (const side of [0, 1] as const) {
          const times = link.sent.filter((one) => one.side === side && one.at > from).map(({ at }) => at);
          const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0));
          expect(Math.min(...gaps)).toBeGreaterThan(0.75 * paceOf(options) - 0.001);
          expect(Math.max(...gaps)).toBeLessThan(paceOf(options) + 0.001);
        }
      }),
      { numRuns: 15 },
    );
  });

  it('notice a cut within the detection time of the last packet, and not sooner', () => {
    fc.assert(
      fc.property(clean, (options) => {
        const link = up(options);
        link.cut.fill(true);
        const cutAt = link.now;
        link.run(20 * paceOf(options) + 5000);
        const downs = link.changes.filter(({ at }) => at > cutAt);
        expect(downs.map(({ to, diag }) => [to, diag])).toEqual([
          ['down', 'detection-time-expired'],
          ['down', 'detection-time-expired'],
        ]);
        for (const { side, at } of downs) {
          const detectMs = detectionOf(options, side);
          expect(at - cutAt).toBeLessThanOrEqual(detectMs + options.delayMs + options.wobbleMs + 0.001);
          expect(at - cutAt).toBeGreaterThanOrEqual(detectMs - paceOf(options));
        }
      }),
      { numRuns: 25 },
    );
  });

  it('notice a cut of one direction on both sides: the deaf one by silence, the other by its word', () => {
    fc.assert(
      fc.property(clean, fc.constantFrom(0 as const, 1 as const), (options, mute) => {
        const link = up(options);
        link.cut[mute] = true;
        const cutAt = link.now;
        const deaf = mute === 0 ? 1 : 0;
        link.run(20 * paceOf(options) + 5000);
        const [first, second] = link.changes.filter(({ at }) => at > cutAt);
        expect(first).toMatchObject({ side: deaf, to: 'down', diag: 'detection-time-expired' });
        expect(second).toMatchObject({ side: mute, to: 'down', diag: 'neighbour-signalled-down' });
      }),
      { numRuns: 20 },
    );
  });

  it('come up again when a cut heals', () => {
    fc.assert(
      fc.property(clean, (options) => {
        const link = up(options);
        link.cut.fill(true);
        link.run(20 * paceOf(options) + 5000);
        expect(link.sessions.map(({ state }) => state)).toEqual(['down', 'down']);
        link.cut.fill(false);
        expect(link.runUntil(() => link.isUp, 2 * upBy(options))).toBe(true);
      }),
      { numRuns: 15 },
    );
  });

  it('part without a detection when one stops in order, also when its first word is lost', () => {
    const patient = clean.filter(({ profiles: [stopper] }) => stopper.multiplier > 2);
    fc.assert(
      fc.property(patient, fc.boolean(), (options, isLost) => {
        const link = up(options);
        link.run(options.delayMs + options.wobbleMs);
        const stoppedAt = link.now;
        link.cut[0] = isLost;
        link.input(0, { kind: 'stop' });
        link.cut[0] = false;
        link.run(detectionOf(options, 1) + 5000);
        const after = link.changes.filter(({ at }) => at >= stoppedAt);
        expect(after.map(({ side, to, diag }) => [side, to, diag])).toEqual([
          [0, 'admin-down', 'administratively-down'],
          [1, 'down', 'neighbour-signalled-down'],
        ]);
        expect(link.sessions[0].stopped).toBe(true);
      }),
      { numRuns: 20 },
    );
  });
});

const uint32 = fc.nat({ max: 2 ** 32 - 1 });
const OURS = 77;
const profile: SessionProfile = { discriminator: OURS, intervalMs: durationMs(50), multiplier: 3 };
const packets = fc.record<ControlPacket>({
  diag: fc.constant('none'),
  state: fc.constantFrom(...SESSION_STATES),
  poll: fc.boolean(),
  final: fc.boolean(),
  demand: fc.boolean(),
  multiplier: fc.integer({ min: 1, max: 255 }),
  myDiscriminator: fc.integer({ min: 1, max: 5 }),
  yourDiscriminator: fc.oneof(fc.constant(OURS), fc.constant(0), uint32),
  desiredMinTxUs: fc.nat({ max: 2_000_000 }),
  requiredMinRxUs: fc.nat({ max: 2_000_000 }),
});

describe('a session that hears anything', () => {
  it('comes up only by a packet that names its discriminator, never moves by one that names another, never spins', () => {
    const history = fc.array(
      fc.tuple(packets, fc.nat({ max: 400 }), fc.double({ min: 0, max: 0.999, noNaN: true })),
      { maxLength: 60, size: 'max' },
    );
    fc.assert(
      fc.property(history, (heard) => {
        let now = bootMs(5000);
        let session = deepFreeze(initialSession(now));
        for (const [packet, passMs, jitter] of heard) {
          now = bootMs(now + passMs);
          const ctx = { now, profile, jitter };
          session = deepFreeze(stepSession(session, { kind: 'tick', drained: true }, ctx).session);
          // Else whoever wakes it when it asks for it would do nothing else any more.
          expect(wakeAt(session) ?? Infinity).toBeGreaterThan(now);
          const { packet: read } = decodePacket(encodePacket(packet));
          if (read === undefined) continue;
          const { session: next } = stepSession(session, { kind: 'packet', packet: read }, ctx);
          const isForeign = read.yourDiscriminator !== OURS && read.yourDiscriminator !== 0;
          const isRisen = next.state === 'up' && session.state !== 'up';
          expect(isForeign && next !== session).toBe(false);
          expect(isRisen && read.yourDiscriminator !== OURS).toBe(false);
          session = deepFreeze(next);
        }
      }),
      { numRuns: 200 },
    );
  });
});
