// Proves that each fault of a holder moves the VIP exactly once, to the best standby, and that healing moves nothing.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FaultOrder } from '../../lab/control/types.ts';
import { bestStandbyHost, type Observed, Session } from '../../lab/session.ts';
import { hasAddress } from './lab/inside.ts';
import { needsNft } from './lab/needs.ts';

describe('a holder that fails', () => {
  let session: Session;
  let faults = 0;
  beforeAll(async () => {
    session = await Session.open();
    await session.quiet();
  });
  afterAll(async () => {
    await session.close();
  });

  /** Faults the holder under a probing client, heals when another host serves, and waits until all is well again. */
  const failOver = async (
    order: FaultOrder,
  ): Promise<Observed & { from: string; to: string; best: string }> => {
    const before = await session.group();
    faults += 1;
    const seen = await session.observe(async (watch) => {
      await session.fault(order);
      const moved = () => watch.owner() !== null && watch.owner() !== before.holderHost;
      await session.until('another host serves', moved);
      await session.heal();
      await session.quiet();
    });
    const after = await session.group();
    return {
      ...seen,
      from: before.holderHost ?? '',
      to: after.holderHost ?? '',
      best: bestStandbyHost(before) ?? '',
    };
  };

  it.for<{ what: string; order: FaultOrder; reason: string }>([
    { what: 'is killed with its service', order: { kind: 'kill', target: 'holder' }, reason: 'silence' },
    { what: 'is cut off from everything', order: { kind: 'cut-host', target: 'holder' }, reason: 'silence' },
    { what: 'has lost its service', order: { kind: 'service', target: 'holder' }, reason: 'fault' },
    { what: 'is stopped in order', order: { kind: 'stop', target: 'holder' }, reason: 'resign' },
  ])(
    'that $what is replaced once by the best standby, and comes back as BACKUP',
    async ({ order, reason }, context) => {
      if (order.kind === 'cut-host') needsNft(context);
      const { moves, transfers, report, from, to, best } = await failOver(order);
      expect(transfers.map((entry) => entry['reason'])).toEqual([reason]);
      expect(moves).toBe(1);
      expect(to).toBe(best);
      expect(report.owners.map((owner) => owner.host)).toEqual([from, best]);
      const [vip = ''] = session.info.vips;
      expect(await hasAddress(session.info, from, vip)).toBe(false);
      const returned = (await session.group()).members.find((member) => member.host === from);
      expect(returned).toMatchObject({ state: 'BACKUP', health: 'ok', bound: false, inFabric: false });
    },
  );

  it('that freezes is replaced once, and after it thaws it gives up its binding and moves nothing', async () => {
    const [vip = ''] = session.info.vips;
    const before = await session.group();
    const frozen = before.holderHost ?? '';
    faults += 1;
    const { moves, report } = await session.observe(async (watch) => {
      await session.fault({ kind: 'freeze', target: frozen });
      await session.until('another host serves', () => watch.owner() !== null && watch.owner() !== frozen);
      // The frozen host believes in its role for as long as it sleeps; only the fabric keeps it from being heard.
      expect(await hasAddress(session.info, frozen, vip)).toBe(true);
      await session.fault({ kind: 'thaw', target: frozen });
      await session.until(
        'the old holder unbinds',
        async () => !(await hasAddress(session.info, frozen, vip)),
      );
      await session.quiet();
    });
    expect(moves).toBe(1);
    expect(report.owners.map((owner) => owner.host)).toEqual([frozen, bestStandbyHost(before)]);
  });

  it('has moved the VIP once for each fault and never in between', async () => {
    await session.quiet();
    expect((await session.group()).epoch).toBe(1 + faults);
    const journal = await session.journal();
    // Each decision was carried out and committed once, the first holder's too.
    for (const kind of ['transfer', 'committed']) {
      expect(journal.filter((entry) => entry.kind === kind)).toHaveLength(1 + faults);
    }
  });
});
