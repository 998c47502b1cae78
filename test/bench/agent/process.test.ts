/** Proves that memory and CPU time of a process are read from the right fields. */
import { describe, expect, it } from 'vitest';
import { cpuTimeOf, memoryOf, parseCpuTime, parseMemory } from '../../../bench/agent/process.ts';

describe('parseCpuTime', () => {
  it('finds the fields behind a name with spaces and parentheses', () => {
    const stat = '42 (a) (b c) S 1 42 42 0 -1 4194560 100 200 0 0 11 22 33 44 20 0 12 0 5000';
    expect(parseCpuTime(stat)).toEqual({ own: 33, children: 77 });
  });

  it('refuses a line that ends too early', () => {
    expect(() => parseCpuTime('42 (node) S 1 42')).toThrow('unknown form');
  });

  it('reads the running process', () => {
    expect(cpuTimeOf(process.pid).own).toBeGreaterThan(0);
  });
});

describe('parseMemory', () => {
  it('takes what is resident, the anonymous part and the peak', () => {
    const status = 'Name:\tnode\nVmHWM:\t   80000 kB\nVmRSS:\t   70000 kB\nRssAnon:\t   20000 kB\n';
    expect(parseMemory(status)).toEqual({ rssKb: 70_000, anonKb: 20_000, peakKb: 80_000 });
  });

  it('says which field is missing, as with a process that has ended', () => {
    expect(() => parseMemory('Name:\tnode\n')).toThrow('no VmRSS');
  });

  it('reads the running process', () => {
    const { rssKb, anonKb, peakKb } = memoryOf(process.pid);
    expect(anonKb).toBeLessThan(rssKb);
    expect(rssKb).toBeLessThanOrEqual(peakKb);
  });
});
