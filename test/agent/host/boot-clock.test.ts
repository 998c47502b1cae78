// Proves that the boot clock follows /proc/uptime through one open file and refuses anything else.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HostError } from '../../../agent/errors.ts';
import { bootNow, openBootClock } from '../../../agent/host/boot-clock.ts';
import { scratchDirectory } from '../scratch.ts';
import { until } from '../until.ts';

const uptimeMs = (): number => Number(readFileSync('/proc/uptime', 'latin1').split(' ')[0]) * 1000;

describe('boot clock', () => {
  it('agrees with /proc/uptime and goes on without opening it again', async () => {
    const before = uptimeMs();
    const first = bootNow();
    expect(first).toBeGreaterThanOrEqual(Math.floor(before));
    expect(first).toBeLessThanOrEqual(Math.ceil(uptimeMs()));
    await until('the clock has moved on', () => bootNow() > first);
  });

  it('reads the file anew at each call', () => {
    const path = join(scratchDirectory(), 'uptime');
    writeFileSync(path, '12.34 5.00\n');
    const clock = openBootClock(path);
    expect(clock.now()).toBe(12_340);
    writeFileSync(path, '99.99 5.00\n');
    expect(clock.now()).toBe(99_990);
    clock.close();
  });

  it.each(['', 'soon 1\n', '-3 1\n'])('refuses %j instead of inventing a time', (text) => {
    const path = join(scratchDirectory(), 'uptime');
    writeFileSync(path, text);
    const clock = openBootClock(path);
    expect(() => clock.now()).toThrow(HostError);
    clock.close();
    expect(() => openBootClock('/nonexistent/uptime')).toThrow(HostError);
  });
});
