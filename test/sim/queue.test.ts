/** The simulation's queue runs what happens in order of time, and in order of scheduling among equals. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Queue } from '../../sim/engine/queue.ts';

describe('queue', () => {
  test('runs by time, then by order of scheduling', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 200 }), (times) => {
        const queue = new Queue();
        const ran: [number, number][] = [];
        times.forEach((at, index) => queue.at(at, () => ran.push([at, index])));
        while (queue.step());
        const expected = times.map((at, index): [number, number] => [at, index]);
        expect(ran).toEqual(expected.toSorted((a, b) => a[0] - b[0] || a[1] - b[1]));
      }),
      { numRuns: 200 },
    );
  });

  test('what is scheduled for the past happens now, after what is due already', () => {
    const queue = new Queue();
    const ran: string[] = [];
    queue.at(10, () => {
      ran.push(`first at ${queue.now}`);
      queue.at(3, () => ran.push(`late at ${queue.now}`));
    });
    queue.at(10, () => ran.push(`second at ${queue.now}`));
    while (queue.step());
    expect(ran).toEqual(['first at 10', 'second at 10', 'late at 10']);
  });

  test('says when the next thing happens, and that nothing does', () => {
    const queue = new Queue();
    expect(queue.nextAt).toBe(Infinity);
    expect(queue.step()).toBe(false);
    queue.after(5, () => undefined);
    expect(queue.nextAt).toBe(5);
    expect(queue.size).toBe(1);
  });
});
