/** Proves that what is planned happens in the order of time, then of planning, and that what is cancelled does not. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PlanQueue } from '../../../bench/scale/queue.ts';

const drain = (queue: PlanQueue): void => {
  for (let next = queue.take(); next !== undefined; next = queue.take()) next.run?.();
};

describe('PlanQueue', () => {
  it('gives entries by time, and those of one instant as they were planned', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 20 })), (times) => {
        const queue = new PlanQueue();
        const seen: [number, number][] = [];
        for (const [index, at] of times.entries()) queue.add(at, () => seen.push([at, index]));
        drain(queue);
        const wanted = times.map((at, index): [number, number] => [at, index]);
        expect(seen).toEqual(wanted.toSorted(([a, i], [b, j]) => a - b || i - j));
      }),
    );
  });

  it('passes over what is cancelled, also when it is next', () => {
    const queue = new PlanQueue();
    const seen: string[] = [];
    const first = queue.add(1, () => seen.push('first'));
    queue.add(2, () => seen.push('second'));
    first.run = undefined;
    expect(queue.nextAt).toBe(2);
    drain(queue);
    expect(seen).toEqual(['second']);
    expect(queue.nextAt).toBeUndefined();
  });
});
