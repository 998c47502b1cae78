// Proves that what is bound for ever of a group whose lease is the fence is taken away before anything else, and nothing else is.
import { describe, expect, it } from 'vitest';
import type { AddressDeps } from '../../../agent/host/addresses.ts';
import { dropEndless } from '../../../agent/host/endless.ts';
import { bootMs } from '../../../core/time.ts';

const VIP = '172.31.0.201';
const OTHER = '172.31.0.202';
const EXCLUSIVE = { vips: [VIP], kernelExpiry: 'address' } as const;

const shown = (address: string, life: string): string =>
  `4: eth0    inet ${address}/32 scope global eth0\\       valid_lft ${life} preferred_lft ${life}`;

/** A kernel with these addresses: line by address. */
const host = (...addresses: [string, string][]) => {
  const kernel = new Map(addresses);
  const commands: string[] = [];
  const deps: AddressDeps = {
    run: (lines) => {
      for (const line of lines) {
        if (line !== 'addr show') commands.push(line);
        const [, gone] = /^addr del ([\d.]+)\//u.exec(line) ?? [];
        if (gone !== undefined) kernel.delete(gone);
      }
      const stdout = [...kernel].map(([address, life]) => shown(address, life)).join('\n');
      return Promise.resolve({ stdout, ok: true, complaint: '' });
    },
    locate: () => [...kernel.keys()].map((address) => ({ address, prefix: 32, interface: 'eth0' })),
    now: () => bootMs(0),
  };
  return { kernel, commands, deps };
};

describe('dropEndless', () => {
  it('takes away what the kernel would never end', async () => {
    const { kernel, deps } = host([VIP, 'forever'], ['172.31.0.11', 'forever']);
    expect(await dropEndless([EXCLUSIVE], deps)).toEqual([VIP]);
    expect([...kernel.keys()]).toEqual(['172.31.0.11']);
  });

  it('leaves what has a lifetime: it may be serving', async () => {
    const { kernel, commands, deps } = host([VIP, '3sec']);
    expect(await dropEndless([EXCLUSIVE], deps)).toEqual([]);
    expect(kernel.has(VIP)).toBe(true);
    expect(commands).toEqual([]);
  });

  it.each([
    ['the fabric fences', { vips: [OTHER] }],
    ['an nft guard ends its packets', { vips: [OTHER], kernelExpiry: 'nft' as const }],
    ['another system binds it', { vips: [OTHER], kernelExpiry: 'address' as const, observes: true }],
  ])('leaves those of a group where %s', async (_, profile) => {
    const { kernel, deps } = host([OTHER, 'forever'], [VIP, 'forever']);
    expect(await dropEndless([profile, EXCLUSIVE], deps)).toEqual([VIP]);
    expect(kernel.has(OTHER)).toBe(true);
  });
});
