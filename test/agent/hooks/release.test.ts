// Proves the order in which a holder prepares to let go, that nothing that fails in it holds it up, and that a kernel which
// cannot end connections is told of once.
import { describe, expect, it } from 'vitest';
import { HostError } from '../../../agent/errors.ts';
import { createRelease, type Release } from '../../../agent/hooks/release.ts';
import type { Reset } from '../../../agent/host/sockets.ts';
import { durationMs } from '../../../core/time.ts';
import { captureLog } from '../captured-log.ts';

const RELEASE: Release = {
  event: { group: 'mysql', epoch: 7, priority: 150, vips: ['172.31.0.201'] },
  hooks: { timeout: durationMs(1000), beforeRelease: ['/x'] },
  resetsFirst: true,
};

const prepared = (reset: () => Promise<Reset>) => {
  const { log, lines } = captureLog();
  const order: string[] = [];
  const release = createRelease({
    log,
    hooks: { beforeRelease: async ({ epoch }) => void order.push(`hook ${epoch}`) },
    reset: async (addresses) => {
      order.push(`reset ${addresses.join()}`);
      return reset();
    },
  });
  return { release, order, lines };
};

describe('before a holder lets go', () => {
  it('the hook runs, and then the connections of its VIPs are ended', async () => {
    const { release, order, lines } = prepared(async () => ({ ended: 3, left: 0 }));
    await release(RELEASE);
    expect(order).toEqual(['hook 7', 'reset 172.31.0.201']);
    expect(lines).toMatchObject([{ level: 'info', group: 'mysql', ended: 3, left: 0 }]);
  });

  it('nobody is cut off where the file does not say reset-first', async () => {
    const { release, order } = prepared(async () => ({ ended: 0, left: 0 }));
    await release({ ...RELEASE, resetsFirst: false });
    expect(order).toEqual(['hook 7']);
  });

  it('a missing ss holds nothing up, and is told with its remedy', async () => {
    const { release, lines } = prepared(() =>
      Promise.reject(new HostError('no-ss-command', 'no ss', { remedy: 'install iproute2' })),
    );
    await release(RELEASE);
    expect(lines).toMatchObject([{ level: 'warn', error: 'no ss', remedy: 'install iproute2' }]);
  });

  it('a kernel that ends none is told of once; one that has ended some is not blamed for new ones', async () => {
    const answers = [
      { ended: 2, left: 1 },
      { ended: 0, left: 4 },
      { ended: 0, left: 4 },
    ];
    const { release, lines } = prepared(async () => answers.shift() ?? { ended: 0, left: 0 });
    for (let run = 0; run < 4; run += 1) await release(RELEASE);
    const warned = lines.filter(({ level }) => level === 'warn');
    expect(warned).toMatchObject([{ left: 4, epoch: 7 }]);
  });
});
