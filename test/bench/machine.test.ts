/** Proves that the kernel's counters of the machine are read as they are meant. */
import { describe, expect, it } from 'vitest';
import { parseCpuTicks } from '../../bench/machine.ts';

describe('parseCpuTicks', () => {
  it('sums all cores, counts waiting for disks as idle, and leaves guests out, which are in user time already', () => {
    const stat = 'cpu  100 20 30 400 50 6 7 8 90 10\ncpu0 1 2 3 4 5 6 7 8 9 10\nintr 5\n';
    expect(parseCpuTicks(stat)).toEqual({ total: 621, idle: 450, stolen: 8 });
  });

  it('says so when the kernel writes something else', () => {
    expect(() => parseCpuTicks('intr 5\n')).toThrow('no line for all cores');
  });
});
