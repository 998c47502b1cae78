/** What a test needs of the machine beyond namespaces, said as the reason of its skip where it is missing. */
import type { TestContext } from 'vitest';
import { findProgram } from '../../../lab/net/exec.ts';

/** The path of Debian's Chromium; an ordinary user cannot install it. */
export const needsBrowser = (context: Pick<TestContext, 'skip'>): string => {
  const chromium = findProgram('chromium');
  if (chromium !== null) return chromium;
  return context.skip('chromium is not installed, and the page needs a browser: apt-get install chromium');
};

/** Network faults are nftables rules; an ordinary user cannot install nft. */
export const needsNft = (context: Pick<TestContext, 'skip'>): void => {
  if (findProgram('nft') === null) {
    context.skip('nft is not installed, and network faults need it: apt-get install nftables');
  }
};

/** Why keepalived cannot run beside the product here; undefined when it can. An ordinary user cannot install it. */
export const keepalivedMissing = (): string | undefined =>
  findProgram('keepalived', '/usr/sbin') === null
    ? 'keepalived is not installed: apt-get install keepalived'
    : undefined;
