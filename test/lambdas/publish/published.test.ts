// Proves what is published of each decision, in the shape that others rely on.
import { describe, expect, it } from 'vitest';
import { initialState } from '../../../core/election/initial.ts';
import type { GroupEvent } from '../../../core/election/types.ts';
import { epochMs } from '../../../core/time.ts';
import type { GroupState } from '../../../core/wire/item.ts';
import { publishedDetailSchema } from '../../../core/wire/published.ts';
import { brakeEngaged, publishedOf } from '../../../lambdas/publish/published.ts';
import { config, nodeA, nodeB, VIP } from '../fixtures.ts';

const AT = epochMs(1_800_000_000_000);
const state: GroupState = { ...initialState(config, AT), epoch: 47, holder: nodeB, phase: 'moving' };

const publishedAs = (
  fields: Partial<GroupEvent>,
  over: { darkMs?: number; phase?: GroupState['phase'] } = {},
) => {
  const event: GroupEvent = {
    type: 'transfer',
    group: 'mysql',
    epoch: 47,
    from: nodeA,
    to: nodeB,
    reason: 'silence',
    at: AT,
    ...fields,
  };
  const { darkMs, phase = 'moving' } = over;
  const published = publishedOf({ arbiter: 'Ha', event, state: { ...state, phase }, config, darkMs });
  // What goes out must be what is promised.
  if (published !== undefined)
    expect(publishedDetailSchema.parse(published.detail)).toEqual(published.detail);
  return published;
};

describe('a change of holder', () => {
  it('is published with who lost and who got the group, and why', () => {
    expect(publishedAs({ detail: { silentMs: 3004, lastBeatAgeMs: 3010 } })).toEqual({
      detailType: 'Keepaloft Group State Change',
      detail: {
        version: '1',
        id: 'mysql/47/moving',
        arbiter: 'Ha',
        group: 'mysql',
        epoch: 47,
        previousEpoch: 46,
        phase: 'moving',
        from: { instanceId: nodeA, az: null, state: 'SILENT' },
        to: { instanceId: nodeB, az: null, state: 'MASTER' },
        reason: 'silence',
        cause: {},
        vips: [{ address: VIP, fabric: 'secondary-ip' }],
        timings: { detectMs: 3004 },
        dryRun: false,
      },
    });
  });

  it('and once more when the fabric has answered, with what it took', () => {
    const published = publishedAs(
      { type: 'committed', from: null, detail: { moveMs: 250, attempt: 1 } },
      { darkMs: 3410, phase: 'moving' },
    );
    expect(published?.detail).toMatchObject({
      id: 'mysql/47/held',
      phase: 'held',
      previousEpoch: 47,
      from: null,
      timings: { fabricMs: 250, darkMs: 3410 },
    });
  });

  it.each([
    ['fault', 'FAULT'],
    ['resign', 'LEFT'],
    ['terminated', 'LEFT'],
    ['operator', 'BACKUP'],
  ])('for %s leaves the old holder %s', (reason, lost) => {
    expect(publishedAs({ reason })?.detail.from?.state).toBe(lost);
  });

  it('from and to nobody says so', () => {
    expect(publishedAs({ from: null, reason: 'first' })?.detail).toMatchObject({ from: null });
    expect(publishedAs({ to: null }, { phase: 'vacant' })?.detail).toMatchObject({
      to: null,
      phase: 'vacant',
    });
  });

  it('after a restore knows no epoch before', () => {
    expect(publishedAs({ reason: 'restored' })?.detail.previousEpoch).toBeNull();
  });
});

describe('other decisions', () => {
  it('an order names who gave it', () => {
    const by = 'arn:aws:sts::111122223333:assumed-role/Operator/alice';
    const published = publishedAs({ type: 'operator', reason: 'upgrade', detail: { by, command: 'pause' } });
    expect(published).toMatchObject({
      detailType: 'Keepaloft Operator Action',
      detail: { reason: 'upgrade', cause: { operatorArn: by } },
    });
  });

  it('a machine that ends or will is a change among the standbys', () => {
    const published = publishedAs({ type: 'instance', reason: 'spot', from: null, detail: { node: nodeA } });
    expect(published).toMatchObject({
      detailType: 'Keepaloft Standby Change',
      detail: { from: null, to: { instanceId: nodeA, state: 'spot' }, reason: 'spot' },
    });
  });

  it('a candidate that refused is one, too; one that was not needed is in the history', () => {
    const told = publishedAs({ type: 'not-prepared', reason: 'refused by beforeMaster' });
    expect(told).toMatchObject({
      detailType: 'Keepaloft Standby Change',
      detail: { from: null, to: { instanceId: nodeB, state: 'BACKUP' }, reason: 'refused by beforeMaster' },
    });
    expect(publishedAs({ type: 'not-prepared', reason: 'not needed any more' })).toBeUndefined();
  });

  it('a change says what the hook took, and from which epoch it came', () => {
    const told = publishedAs({ type: 'transfer', detail: { hookMs: 310, previousEpoch: 44 } });
    expect(told?.detail).toMatchObject({ previousEpoch: 44, timings: { hookMs: 310 } });
  });

  it('drift and a release have their own words', () => {
    expect(publishedAs({ type: 'drift' })?.detailType).toBe('Keepaloft Drift Repaired');
    expect(publishedAs({ type: 'releasing' }, { phase: 'releasing' })?.detail).toMatchObject({
      id: 'mysql/47/releasing',
      to: { instanceId: nodeB, state: 'BACKUP' },
    });
  });

  it.each([
    'claim-refused',
    'move-failed',
    'move-stale',
    'release-refused',
    'preparing',
    'prepared',
  ] as const)('%s is in the log and the metrics, and not published', (type) => {
    expect(publishedAs({ type })).toBeUndefined();
  });

  it('the brake is about no group', () => {
    const { detailType, detail } = brakeEngaged('Ha', 5, '10 of 40 groups');
    expect(publishedDetailSchema.parse(detail)).toEqual(detail);
    expect([detailType, detail.group, detail.reason]).toEqual([
      'Keepaloft Brake Engaged',
      null,
      '10 of 40 groups',
    ]);
  });
});
