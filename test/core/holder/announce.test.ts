/** Proves when an address is announced to the neighbours, and that it never is without being bound under a lease. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Announcing, announce, held, SILENT } from '../../../core/holder/announce.ts';
import { type BootMs, durationMs } from '../../../core/time.ts';
import { ANNOUNCE_DEFAULT, type Announcement } from '../../../core/wire/announce.ts';
import { boot } from '../fixtures.ts';

const often: Announcement = { ...ANNOUNCE_DEFAULT, refreshMs: durationMs(10_000), refreshRepeat: 2 };
const once: Announcement = { ...ANNOUNCE_DEFAULT, delayMs: durationMs(0) };
const FOR_EVER = boot(1_000_000_000);

/** Bound for good and looked at every half second: when how many are sent, seconds from the binding. */
const sentOver = (seconds: number, how: Announcement, bound: (s: number) => boolean = () => true) => {
  let state = held(SILENT, FOR_EVER, true);
  const sent: [number, number][] = [];
  for (let s = 0; s <= seconds; s += 0.5) {
    const turn = announce(state, { now: boot(s * 1000), isBound: bound(s) }, how);
    if (turn.count > 0) sent.push([s, turn.count]);
    state = turn.state;
  }
  return sent;
};

describe('announce', () => {
  it('at once and again after the delay, as keepalived does, and then no more', () => {
    expect(sentOver(60, ANNOUNCE_DEFAULT)).toEqual([
      [0, 5],
      [5, 5],
    ]);
    expect(sentOver(60, once)).toEqual([[0, 5]]);
  });

  it('refreshes for as long as the address is held, where that is asked for', () => {
    expect(sentOver(31, often)).toEqual([
      [0, 5],
      [5, 5],
      [10, 2],
      [20, 2],
      [30, 2],
    ]);
  });

  it('says when it wants to look again, and nothing when nothing will be due', () => {
    const first = announce(held(SILENT, FOR_EVER, true), { now: boot(0), isBound: true }, often);
    expect(first.wakeAt).toBe(boot(5000));
    const second = announce(first.state, { now: boot(5000), isBound: true }, often);
    expect(second.wakeAt).toBe(boot(10_000));
    const last = announce(held(SILENT, FOR_EVER, true), { now: boot(0), isBound: true }, once);
    expect(last.wakeAt).toBeUndefined();
  });

  it('an address that was gone is announced anew when it is there again', () => {
    const bound = (s: number) => s < 20 || s >= 30;
    expect(sentOver(60, ANNOUNCE_DEFAULT, bound)).toEqual([
      [0, 5],
      [5, 5],
      [30, 5],
      [35, 5],
    ]);
  });

  it('so is one that the kernel did not have when it was bound again, although nobody saw it missing', () => {
    const { state } = announce(held(SILENT, FOR_EVER, true), { now: boot(0), isBound: true }, once);
    const at = { now: boot(1000), isBound: true };
    expect(announce(held(state, FOR_EVER, false), at, once).count).toBe(0);
    expect(announce(held(state, FOR_EVER, true), at, once).count).toBe(5);
  });

  it('not when the address is not bound, and nothing is due later for it', () => {
    const turn = announce(held(SILENT, FOR_EVER, true), { now: boot(0), isBound: false }, often);
    expect(turn).toEqual({ state: { until: FOR_EVER }, count: 0 });
  });

  it('not when the lease has ended, although the kernel still has the address', () => {
    const state = held(SILENT, boot(3000), true);
    expect(announce(state, { now: boot(2999), isBound: true }, often).count).toBe(5);
    expect(announce(state, { now: boot(3000), isBound: true }, often)).toEqual({
      state: { until: boot(3000) },
      count: 0,
    });
  });

  it('not what was never bound by this agent', () => {
    expect(announce(SILENT, { now: boot(0), isBound: true }, often)).toEqual({ state: SILENT, count: 0 });
  });

  it('whatever happens in whatever order: never without the address or without the lease', () => {
    const step = fc.record({
      afterMs: fc.integer({ min: 0, max: 12_000 }),
      isBound: fc.boolean(),
      bind: fc.option(fc.record({ forMs: fc.integer({ min: 0, max: 8000 }), isNew: fc.boolean() })),
      quiet: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let state: Announcing = SILENT;
        let now: BootMs = boot(0);
        let until: number | undefined;
        for (const { afterMs, isBound, bind, quiet } of steps) {
          now = boot(now - boot(0) + afterMs);
          if (quiet) {
            state = SILENT;
            until = undefined;
          } else if (bind !== null) {
            until = now + bind.forMs;
            state = held(state, boot(until - boot(0)), bind.isNew);
          }
          const turn = announce(state, { now, isBound }, often);
          state = turn.state;
          const mayTell = isBound && until !== undefined && now < until;
          expect(turn.count === 0 || mayTell).toBe(true);
          expect(turn.wakeAt ?? Infinity).toBeGreaterThan(now);
        }
      }),
    );
  });
});
