/** Proves, for made-up histories of one host of an exclusive group, that it never holds longer than others believe. */
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { describe, it } from 'vitest';
import { groupReportSchema } from '../../core/wire/heartbeat.ts';
import { LeasedHost, turns } from './arbitraries/leased-host.ts';
import { fuzzMsMax, runs } from './runs.ts';

const CLOCK_RATE_ERROR = 0.05;

type Invariant = readonly [says: string, holds: (host: LeasedHost) => boolean];

/** Each in its own words. They are asked together, so that one history is played once. */
const INVARIANTS: readonly Invariant[] = [
  [
    'S3: its kernel lets go before the hold of the newest heartbeat that the arbiter took is over, on any clock',
    ({ holds, kernelUntil, taken }) => {
      if (!holds || kernelUntil === undefined || taken === undefined) return true;
      return kernelUntil <= taken.sentAt + taken.holdMs * (1 - CLOCK_RATE_ERROR);
    },
  ],
  [
    'a binding always has an end, and is only there after an answer',
    ({ kernelUntil, taken }) =>
      kernelUntil === undefined || (Number.isFinite(kernelUntil) && taken !== undefined),
  ],
  [
    'what it has said it released is never bound again by the same run of the agent',
    ({ bindings }) => bindings.every(({ epoch, afterRelease }) => epoch > afterRelease),
  ],
  [
    'it says that it released, or is deaf, only while its kernel holds nothing',
    ({ justSent, holds }) => (justSent?.released === undefined && justSent?.deaf !== true) || !holds,
  ],
  [
    'what it says it may still hold covers what its kernel has',
    ({ justSent, kernelUntil, now }) =>
      justSent === undefined || kernelUntil === undefined || justSent.holdMs >= kernelUntil - now,
  ],
  [
    'every report passes the wire’s schema',
    ({ justSent }) =>
      justSent === undefined || isDeepStrictEqual(groupReportSchema.safeParse(justSent).data, justSent),
  ],
];

describe('any history of a host whose lease is the fence', () => {
  it.each(['address', 'nft'] as const)(
    'and whose kernel ends it by %s keeps every promise at every instant',
    (expiry) => {
      fc.assert(
        fc.property(fc.array(turns, { minLength: 1, maxLength: 80, size: 'max' }), (history) => {
          const host = new LeasedHost(expiry);
          for (const turn of history) {
            host.play(turn);
            const [broken] = INVARIANTS.find(([, holds]) => !holds(host)) ?? [];
            if (broken !== undefined) throw new Error(broken);
          }
        }),
        runs(300),
      );
    },
    fuzzMsMax,
  );
});
