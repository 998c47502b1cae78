/** The simulated kernel ends addresses by itself, late by at most what core/lease.ts allows, and clocks run as told. */
import { describe, expect, test } from 'vitest';
import { KERNEL_EXPIRY, type KernelExpiry } from '../../core/lease.ts';
import { Random } from '../../sim/engine/prng.ts';
import { Queue } from '../../sim/engine/queue.ts';
import { BootClock } from '../../sim/model/clock.ts';
import { Kernel } from '../../sim/model/kernel.ts';

const world = (expiry: KernelExpiry = 'address', rate = 1, seed = 1) => {
  const queue = new Queue();
  const changes: [number, string][] = [];
  const clock = new BootClock(1_000_000, rate, 0);
  const kernel = new Kernel(queue, new Random(seed), clock, expiry, {
    bindingChanged: (why) => changes.push([queue.now, why]),
  });
  const runTo = (at: number): void => {
    while (queue.nextAt <= at) queue.step();
    queue.now = at;
  };
  return { queue, clock, kernel, changes, runTo };
};

describe('kernel', () => {
  test.each(['address', 'nft'] as const)('%s: a lifetime ends within its lateness', (expiry) => {
    for (let seed = 0; seed < 50; seed += 1) {
      const { kernel, changes, runTo } = world(expiry, 1, seed);
      kernel.bind(1, 3000, false);
      runTo(60_000);
      expect(kernel.mask).toBe(0);
      const endedAt = changes[1]?.[0] ?? 0;
      expect(endedAt).toBeGreaterThanOrEqual(3000);
      expect(endedAt).toBeLessThanOrEqual(3000 + KERNEL_EXPIRY[expiry].lateMs);
    }
  });

  test('a renewal starts the lifetime anew, and a binding without one stays', () => {
    const { kernel, runTo } = world();
    kernel.bind(1, 3000, false);
    runTo(2900);
    kernel.bind(1, 3000, false);
    runTo(5800);
    expect(kernel.mask).toBe(1);
    kernel.bind(1, 0, false);
    runTo(1_000_000);
    expect(kernel.mask).toBe(1);
    expect(kernel.mayLiveMs()).toBe(Infinity);
  });

  test('a slow clock lengthens the lifetime in true time', () => {
    const { kernel, changes, runTo } = world('nft', 0.95);
    kernel.bind(1, 9500, false);
    runTo(60_000);
    expect(changes[1]?.[0]).toBeGreaterThanOrEqual(10_000);
    expect(changes[1]?.[0]).toBeLessThan(10_030);
  });

  test('while the machine stands still no time passes for the lifetime, and what was bound is marked', () => {
    const { kernel, changes, runTo } = world('nft');
    kernel.bind(1, 3000, false);
    runTo(1000);
    kernel.pause();
    runTo(11_000);
    expect(kernel.mask).toBe(1);
    kernel.resume();
    expect(kernel.outlasted).toBe(true);
    runTo(60_000);
    expect(changes[1]?.[0]).toBeGreaterThanOrEqual(13_000);
    expect(changes[1]?.[0]).toBeLessThan(13_100);
    kernel.bind(1, 1000, false);
    expect(kernel.outlasted).toBe(false);
  });

  test('says for how long leftovers may live, lateness included', () => {
    const { kernel, runTo } = world();
    expect(kernel.mayLiveMs()).toBe(0);
    kernel.bind(3, 5000, false);
    runTo(2000);
    expect(kernel.mayLiveMs()).toBe(3000 + KERNEL_EXPIRY.address.lateMs);
    kernel.unbind(1);
    expect(kernel.mask).toBe(2);
  });
});

describe('boot clock', () => {
  test('shows steps of 10 ms at its own rate', () => {
    const clock = new BootClock(500, 1.05, 0);
    expect(clock.read(0)).toBe(500);
    expect(clock.read(1000)).toBe(1550);
    expect(clock.read(1009)).toBe(1550);
    clock.setRate(0.95, 1000);
    expect(clock.read(2000)).toBe(2500);
  });

  test('tells the instant at which it will show a time, not the quantum before', () => {
    for (const rate of [0.95, 1, 1.0002, 1.05]) {
      const clock = new BootClock(123_456.7, rate, 17);
      for (const boot of [123_460, 123_470, 130_001, 200_005]) {
        expect(clock.read(clock.worldAt(boot))).toBeGreaterThanOrEqual(boot);
        expect(clock.read(clock.worldAt(boot))).toBeLessThan(boot + 20);
      }
    }
  });
});
