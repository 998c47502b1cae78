/**
 * A VIP as a secondary private IPv4 address: one call takes it from whichever interface has it. EC2 answers before
 * its network has followed, so success means "ordered", and the agents' witness shows the rest.
 */
import { AssignPrivateIpAddressesCommand, type EC2Client } from '@aws-sdk/client-ec2';
import type { MoveEffect } from '../../../core/election/types.ts';
import { describeEnis, inMembersNetwork } from '../ec2/describe.ts';
import { resultOf } from '../ec2/results.ts';
import { type Attempt, sendGuarded, sendUntil } from '../ec2/send.ts';
import type { Mover } from '../fabric.ts';

const ACTION = 'AssignPrivateIpAddresses';

/** All VIPs go in one call: EC2 takes all or none, so a group never stands on two hosts. */
const assignInput = (order: MoveEffect) => ({
  NetworkInterfaceId: order.toEni,
  PrivateIpAddresses: order.vips.map((vip) => vip.address),
  AllowReassignment: true,
});

const assign = (client: EC2Client, order: MoveEffect): Attempt => ({
  action: ACTION,
  call: (deadline) => sendGuarded(client, new AssignPrivateIpAddressesCommand(assignInput(order)), deadline),
});

/** The `secondary-ip` fabric on an EC2 client that does not retry by itself (`createEc2Client`). */
export const createSecondaryIp = (client: EC2Client): Mover => ({
  kind: 'secondary-ip',
  plan: (order) => [{ service: 'ec2', operation: ACTION, input: assignInput(order) }],
  async apply(order, scope) {
    const sent = await sendUntil(assign(client, order), order.abortAt, scope);
    return order.vips.map(({ address }) => resultOf(address, sent));
  },
  async observe(vips, roster, scope) {
    // The members' own addresses are asked for too: they tell which VPC is ours, and another VPC of the account may
    // well use the same addresses.
    const addresses = [...vips, ...Object.values(roster)].map((entry) => entry.address);
    const found = await describeEnis(
      client,
      { Name: 'addresses.private-ip-address', Values: addresses },
      scope,
    );
    const near = inMembersNetwork(found, roster);
    return vips.map(({ address }) => ({
      address,
      owner: near.find((eni) => eni.addresses.includes(address))?.id ?? null,
    }));
  },
});
