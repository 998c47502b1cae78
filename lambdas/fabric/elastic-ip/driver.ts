/**
 * A VIP as an Elastic IP: the internet gateway translates it to a private address, and which one a single call changes.
 * With `private` it stands on a secondary IP of the same group, and EC2 takes it along when that moves; then the call
 * confirms what has happened, and repairs it where it has not.
 */
import { AssociateAddressCommand, type EC2Client } from '@aws-sdk/client-ec2';
import type { MoveEffect } from '../../../core/election/types.ts';
import type { ElasticIpVip, EniId } from '../../../core/wire/names.ts';
import { ofKind, resultOf } from '../ec2/results.ts';
import { type Attempt, sendGuarded, sendUntil } from '../ec2/send.ts';
import type { Mover } from '../fabric.ts';
import { type Allocation, describeAllocations } from './allocations.ts';

const ACTION = 'AssociateAddress';

/** Without a private address EC2 takes the primary one of the interface. */
const associateInput = (order: MoveEffect, vip: ElasticIpVip) => ({
  AllocationId: vip.allocation,
  NetworkInterfaceId: order.toEni,
  ...(vip.private === undefined ? {} : { PrivateIpAddress: vip.private }),
  AllowReassociation: true,
});

/** The private address was moved a moment ago, and EC2 may not know of it everywhere yet. */
const LAGGING: ReadonlySet<string> = new Set(['InvalidParameterValue']);

const associate = (client: EC2Client, order: MoveEffect, vip: ElasticIpVip): Attempt => ({
  action: ACTION,
  call: (deadline) => sendGuarded(client, new AssociateAddressCommand(associateInput(order, vip)), deadline),
  ...(vip.private === undefined ? {} : { passing: LAGGING }),
});

const ownerOf = (vip: ElasticIpVip, found: Allocation | undefined): EniId | null => {
  if (found?.eni === undefined) return null;
  return vip.private === undefined || found.private === vip.private ? found.eni : null;
};

/** The `elastic-ip` fabric on an EC2 client that does not retry by itself (`createEc2Client`). */
export const createElasticIp = (client: EC2Client): Mover => ({
  kind: 'elastic-ip',
  plan: (order) =>
    ofKind('elastic-ip', order.vips).map((vip) => ({
      service: 'ec2',
      operation: ACTION,
      input: associateInput(order, vip),
    })),
  // A group has at most 16 VIPs, fewer than the client has connections: none waits behind its guard.
  apply: (order, scope) =>
    Promise.all(
      ofKind('elastic-ip', order.vips).map(async (vip) =>
        resultOf(vip.address, await sendUntil(associate(client, order, vip), order.abortAt, scope)),
      ),
    ),
  async observe(vips, _roster, scope) {
    const own = ofKind('elastic-ip', vips);
    // By id and not as a filter: one that was released must fail the look, and not look like "nowhere".
    const found = await describeAllocations(
      client,
      { AllocationIds: own.map(({ allocation }) => allocation) },
      scope,
    );
    const known = new Map(found.map((one) => [one.id, one]));
    return own.map((vip) => ({ address: vip.address, owner: ownerOf(vip, known.get(vip.allocation)) }));
  },
});
