// Proves that a change becomes visible when its delays say so and that an older change never overtakes a newer one.
import { describe, expect, it } from 'vitest';
import type { AppliedChange } from '../../../../lab/ends/ec2/address-book.ts';
import { eni, instanceId, ManualClock, smallCloud } from '../small-vpc.ts';

const VIP = '172.31.0.201';

function setUp(delays: { ackMs: number; propagationMs: number; describeMs?: number }) {
  const clock = new ManualClock(1_000_000);
  const applied: AppliedChange[] = [];
  const cloud = smallCloud({ clock, delays, onApplied: (change) => applied.push(change) });
  const views = () => (['control', 'describe', 'fabric'] as const).map((view) => cloud.ownerOf(VIP, view));
  return { clock, applied, cloud, views };
}

describe('visibility', () => {
  it('is immediate without delays', () => {
    const { cloud, views } = setUp({ ackMs: 0, propagationMs: 0 });
    cloud.assign(eni(1), [VIP], true);
    expect(views()).toEqual([eni(1), eni(1), eni(1)]);
  });

  it('comes to the fabric and to Describe after the acknowledgement, each in its own time', () => {
    const { clock, cloud, views, applied } = setUp({ ackMs: 100, propagationMs: 200, describeMs: 500 });
    cloud.assign(eni(1), [VIP], true);
    expect(views()).toEqual([eni(1), undefined, undefined]);
    clock.advance(299);
    expect(views()).toEqual([eni(1), undefined, undefined]);
    clock.advance(1);
    expect(views()).toEqual([eni(1), undefined, eni(1)]);
    expect(applied).toMatchObject([{ acceptedAtMs: 1_000_000, appliedAtMs: 1_000_300 }]);
    clock.advance(300);
    expect(views()).toEqual([eni(1), eni(1), eni(1)]);
  });
});

describe('order', () => {
  it('a slow older move does not overwrite a fast newer one', () => {
    const { clock, cloud, views, applied } = setUp({ ackMs: 0, propagationMs: 1000 });
    cloud.assign(eni(1), [VIP], true);
    cloud.delays.propagationMs = 10;
    cloud.assign(eni(2), [VIP], true);
    clock.advance(10);
    expect(views()).toEqual([eni(2), eni(2), eni(2)]);
    clock.advance(5000);
    expect(views()).toEqual([eni(2), eni(2), eni(2)]);
    expect(applied.map((change) => change.toInterfaceId)).toEqual([eni(2)]);
  });

  it('a terminated instance loses its addresses at once', () => {
    const { cloud, views, applied } = setUp({ ackMs: 0, propagationMs: 0 });
    cloud.assign(eni(1), [VIP], true);
    cloud.setInstanceState(instanceId(1), 'terminated');
    expect(views()).toEqual([undefined, undefined, undefined]);
    expect(applied.at(-1)).toMatchObject({ address: VIP, fromInterfaceId: eni(1) });
    expect(() => cloud.assign(eni(1), [VIP], true)).toThrow('does not exist');
  });

  it('knows the instance behind every address of the fabric', () => {
    const { cloud } = setUp({ ackMs: 0, propagationMs: 0 });
    cloud.assign(eni(3), [VIP], true);
    expect(cloud.instanceAt('172.31.0.12')?.instanceId).toBe(instanceId(2));
    expect(cloud.instanceAt(VIP)?.instanceId).toBe(instanceId(3));
    expect(cloud.instanceAt('172.31.0.99')).toBeUndefined();
  });
});
