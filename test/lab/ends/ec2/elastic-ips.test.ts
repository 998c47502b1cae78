// Proves that an Elastic IP stands on a private address, goes with it, and falls with it, each as visible as EC2 makes it.
import { describe, expect, it } from 'vitest';
import type { AppliedAssociation } from '../../../../lab/ends/ec2/model.ts';
import { eni, instanceId, ManualClock, smallCloud } from '../small-vpc.ts';

const PRIVATE = '172.31.0.201';

function setUp(delays = { ackMs: 0, propagationMs: 0, describeMs: 0 }) {
  const clock = new ManualClock(1_000_000);
  const told: AppliedAssociation[] = [];
  const cloud = smallCloud({
    clock,
    delays,
    allocations: [{ allocationId: 'eipalloc-00000000000000099', publicIp: '198.51.100.1' }],
    onAssociation: (association) => told.push(association),
  });
  const { allocationId, publicIp } = cloud.elasticIps.allocate();
  const at = (view: 'control' | 'describe' | 'fabric') =>
    cloud.elasticIps.associationOf(allocationId, view)?.networkInterfaceId;
  return { clock, cloud, ips: cloud.elasticIps, told, allocationId, publicIp, at };
}

describe('Elastic IPs', () => {
  it('are allocated beside those that are there', () => {
    expect(setUp().publicIp).toBe('198.51.100.2');
  });

  it('stand on the primary address unless told otherwise, and the network is told when it is so', () => {
    const { clock, ips, told, allocationId, publicIp, at } = setUp({
      ackMs: 10,
      propagationMs: 20,
      describeMs: 100,
    });
    ips.associate({ allocationId, networkInterfaceId: eni(1) });
    expect([at('control'), at('describe'), at('fabric')]).toEqual([eni(1), undefined, undefined]);
    clock.advance(30);
    expect(told).toEqual([{ allocationId, publicIp, privateIp: '172.31.0.11', appliedAtMs: 1_000_030 }]);
    clock.advance(100);
    expect(at('describe')).toBe(eni(1));
  });

  it('go with the secondary address that they stand on, without a change of their own', () => {
    const { cloud, ips, told, allocationId, at } = setUp();
    cloud.assign(eni(1), [PRIVATE], true);
    ips.associate({ allocationId, networkInterfaceId: eni(1), privateIp: PRIVATE });
    cloud.assign(eni(2), [PRIVATE], true);
    expect(at('fabric')).toBe(eni(2));
    expect(told).toHaveLength(1);
  });

  it('fall when their private address is given up, or its interface vanishes', () => {
    const { cloud, ips, told, allocationId, at } = setUp();
    cloud.assign(eni(1), [PRIVATE], true);
    ips.associate({ allocationId, networkInterfaceId: eni(1), privateIp: PRIVATE });
    cloud.unassign(eni(1), [PRIVATE]);
    expect(at('control')).toBeUndefined();
    ips.associate({ allocationId, networkInterfaceId: eni(2) });
    cloud.setInstanceState(instanceId(2), 'terminated');
    expect(at('fabric')).toBeUndefined();
    expect(told.map(({ privateIp }) => privateIp)).toEqual([PRIVATE, null, '172.31.0.12', null]);
  });

  it('push off the one that stood there, move by themselves unless it is forbidden, and repeat without effect', () => {
    const { ips, told, allocationId, at } = setUp();
    const other = 'eipalloc-00000000000000099';
    ips.associate({ allocationId: other, networkInterfaceId: eni(1) });
    const first = ips.associate({ allocationId, networkInterfaceId: eni(1) });
    expect(ips.associationOf(other, 'control')).toBeUndefined();
    expect(ips.associate({ allocationId, networkInterfaceId: eni(1) })).toBe(first);
    expect(told).toHaveLength(3);
    const forbidden = { allocationId, networkInterfaceId: eni(2), allowReassociation: false };
    expect(() => ips.associate(forbidden)).toThrow(
      expect.objectContaining({ code: 'Resource.AlreadyAssociated' }),
    );
    ips.associate({ allocationId, networkInterfaceId: eni(2) });
    expect(at('control')).toBe(eni(2));
  });

  it('are refused where they cannot stand, and let go once', () => {
    const { ips, allocationId } = setUp();
    const at = { allocationId, networkInterfaceId: eni(1) };
    const refusal = (code: string): unknown => expect.objectContaining({ code });
    expect(() => ips.associate({ ...at, privateIp: PRIVATE })).toThrow(refusal('InvalidParameterValue'));
    expect(() => ips.associate({ ...at, allocationId: 'eipalloc-9' })).toThrow(
      refusal('InvalidAllocationID.NotFound'),
    );
    expect(() => ips.associate({ ...at, networkInterfaceId: eni(9) })).toThrow(
      refusal('InvalidNetworkInterfaceID.NotFound'),
    );
    const associationId = ips.associate(at);
    ips.disassociate(associationId);
    expect(() => ips.disassociate(associationId)).toThrow(refusal('InvalidAssociationID.NotFound'));
  });
});
