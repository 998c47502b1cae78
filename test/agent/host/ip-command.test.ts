// Proves that a batch of ip commands shows the kernel's addresses and goes on after a line that fails.
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findIp, runIp } from '../../../agent/host/ip-command.ts';

const hasIp = ['/usr/sbin/ip', '/sbin/ip', '/usr/bin/ip', '/bin/ip'].some((path) => existsSync(path));

describe('ip', () => {
  it('is looked for in fixed places, and its absence has a remedy', () => {
    expect(() => findIp(['/nonexistent/ip'])).toThrow(/no ip command/);
    expect(findIp(['/nonexistent/ip', '/bin/sh'])).toBe('/bin/sh');
  });

  it.runIf(hasIp)('goes on after a failing line and keeps its complaint', async () => {
    const result = await runIp(['addr show dev no-such-if', 'addr show']);
    expect(result.ok).toBe(false);
    expect(result.complaint).toContain('no-such-if');
    expect(result.stdout).toContain('127.0.0.1/8');
  });
});
