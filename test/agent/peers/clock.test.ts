// Proves that the fine clock is the boot clock: exact between the kernel's steps, and right again after a suspension.
import { describe, expect, it } from 'vitest';
import { openFineClock } from '../../../agent/peers/clock.ts';
import { bootMs } from '../../../core/time.ts';

/** A machine whose boot clock has steps of 10 ms, and whose monotonic clock stands still while it is suspended. */
class Machine {
  #runMs = 0.7;
  #suspendedMs = 0;
  run(ms: number): void {
    this.#runMs += ms;
  }
  suspend(ms: number): void {
    this.#suspendedMs += ms;
  }
  get realMs(): number {
    return 60_000 + this.#runMs + this.#suspendedMs;
  }
  readonly boot = () => bootMs(Math.floor(this.realMs / 10) * 10);
  readonly monotonic = () => 500 + this.#runMs;
}

describe('the fine clock', () => {
  it('counts what lies between two steps of the boot clock', () => {
    const machine = new Machine();
    const now = openFineClock(machine.boot, machine.monotonic);
    const start = now();
    machine.run(3.25);
    expect(now() - start).toBeCloseTo(3.25, 6);
    machine.run(40);
    expect(now() - start).toBeCloseTo(43.25, 6);
  });

  it('is at most one step behind the boot clock, never before it and never going back', () => {
    const machine = new Machine();
    const now = openFineClock(machine.boot, machine.monotonic);
    let last = now();
    for (let step = 0; step < 500; step++) {
      machine.run((step * 7) % 13);
      if (step % 100 === 99) machine.suspend(step * 50);
      const at = now();
      expect(at).toBeGreaterThanOrEqual(last);
      expect(machine.realMs - at).toBeGreaterThanOrEqual(-0.001);
      expect(machine.realMs - at).toBeLessThan(30);
      last = at;
    }
  });

  it('has counted a suspension as soon as it is over', () => {
    const machine = new Machine();
    const now = openFineClock(machine.boot, machine.monotonic);
    const before = now();
    machine.suspend(5000);
    expect(now() - before).toBeGreaterThan(4980);
  });
});
