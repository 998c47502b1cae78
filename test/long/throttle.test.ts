// Proves that a failover that EC2 throttles for 8 s is carried out within a second after the throttle ends.
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bestStandbyHost, Session } from '../../lab/session.ts';

const THROTTLE_MS = 8000;
const SERVED_MS_MAX = 1000;
const PHASES_MS = [0, 250, 500, 750];

describe('a holder that dies while EC2 throttles', () => {
  let session: Session;
  beforeAll(async () => {
    session = await Session.open();
    await session.quiet();
  });
  afterAll(async () => {
    await session.close();
  });

  it.each(PHASES_MS)(
    'is replaced within 1 s after 8 s of throttling end, killed %i ms later',
    async (phaseMs) => {
      const best = bestStandbyHost(await session.group());
      let waitedMs = Infinity;
      const { moves, report } = await session.observe(async (watch) => {
        const from = await session.mark();
        await delay(phaseMs);
        const throttle = await session.fault({ kind: 'ec2-throttle', target: 'AssignPrivateIpAddresses' });
        await session.fault({ kind: 'kill', target: 'holder' });
        await session.until('EC2 refuses the move', async () =>
          (await session.journal(from)).some(
            (entry) => entry.kind === 'ec2-call' && entry['error'] === 'RequestLimitExceeded',
          ),
        );
        await delay(THROTTLE_MS);
        expect(watch.owner()).toBeNull();
        await session.heal(throttle.id);
        const healedMs = Date.now();
        await session.until('another host serves', () => watch.owner() !== null);
        waitedMs = (watch.servedSinceMs() ?? Infinity) - healedMs;
        await session.heal();
        await session.quiet();
      });
      expect(moves).toBe(1);
      expect(report.owners.at(-1)?.host).toBe(best);
      // A machine that paused meanwhile has had less than that second.
      expect(waitedMs).toBeLessThan(SERVED_MS_MAX + report.stallMs);
    },
  );
});
