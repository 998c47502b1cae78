// Proves that a command which gives a lifetime is killed before its lateness could make the kernel let go too late.
import { describe, expect, it } from 'vitest';
import { execWindow } from '../../../agent/host/exec-window.ts';
import { KERNEL_EXPIRY, type KernelExpiry, MARGIN_MS } from '../../../core/lease.ts';
import { after, bootMs } from '../../../core/time.ts';

const NOW = bootMs(1_000_000);

describe('execWindow', () => {
  it.each([
    ['address', 4650],
    ['address', 3150],
    ['address', 2501],
    ['nft', 4650],
    ['nft', 700],
  ] as const)(
    '%s, %i ms ahead: a command that takes its whole time costs at most the margin',
    (expiry, ms) => {
      const until = after(NOW, ms);
      const { lifetimeMs, timeoutMs } = execWindow(until, NOW, expiry);
      const gone = NOW + timeoutMs + lifetimeMs + KERNEL_EXPIRY[expiry].lateMs;
      expect(gone).toBeLessThan(until + MARGIN_MS);
      expect(timeoutMs).toBeGreaterThanOrEqual(60);
    },
  );

  it('gives whole seconds to an address and milliseconds to an element', () => {
    expect(execWindow(after(NOW, 4650), NOW, 'address').lifetimeMs).toBe(3000);
    expect(execWindow(after(NOW, 4650), NOW, 'nft')).toEqual({ lifetimeMs: 4480, timeoutMs: 210 });
  });

  it.each<[KernelExpiry, number]>([
    ['address', 2499],
    ['address', -5000],
    ['nft', 219],
  ])('%s, %i ms ahead: too late', (expiry, ms) => {
    expect(() => execWindow(after(NOW, ms), NOW, expiry)).toThrow(
      expect.objectContaining({ name: 'HostError', code: 'too-late' }),
    );
  });
});
