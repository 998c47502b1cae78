/**
 * A VIP as a secondary private IPv4 address: one call takes it from whichever interface has it. EC2 answers before
 * its network has followed, so success means "ordered", and the agents' witness shows the rest.
 */
import { AssignPrivateIpAddressesCommand, type EC2Client } from '@aws-sdk/client-ec2';
import type { MoveEffect, VipResult } from '../../../core/election/types.ts';
import type { Fabric } from '../fabric.ts';
import { describeEnis } from './describe.ts';
import { type Deadline, sendUntil } from './move.ts';
import { inMembersNetwork, validate } from './validate.ts';

/** All VIPs go in one call: EC2 takes all or none, so a group never stands on two hosts. */
const assignInput = (order: MoveEffect) => ({
  NetworkInterfaceId: order.toEni,
  PrivateIpAddresses: order.vips.map((vip) => vip.address),
  AllowReassignment: true,
});

const assign = (client: EC2Client, order: MoveEffect, { guard, signal }: Deadline): Promise<unknown> => {
  const command = new AssignPrivateIpAddressesCommand(assignInput(order));
  // The innermost place: after credentials, endpoint and signature, each of which may have taken its time.
  command.middlewareStack.add(
    (next) => (args) => {
      guard();
      return next(args);
    },
    { step: 'deserialize', priority: 'low', name: 'keepaloftSendDeadline' },
  );
  return client.send(command, { abortSignal: signal });
};

const resultsOf = (order: MoveEffect, error: VipResult['error']): VipResult[] =>
  order.vips.map(({ address }) =>
    error === undefined ? { address, ok: true } : { address, ok: false, error },
  );

/** The `secondary-ip` fabric on an EC2 client that does not retry by itself (`createEc2Client`). */
export const createSecondaryIp = (client: EC2Client): Fabric => ({
  kind: 'secondary-ip',
  plan: (order) => [{ service: 'ec2', operation: 'AssignPrivateIpAddresses', input: assignInput(order) }],
  async apply(order, scope) {
    const call = (deadline: Deadline): Promise<unknown> => assign(client, order, deadline);
    const sent = await sendUntil('AssignPrivateIpAddresses', order.abortAt, call, scope);
    return resultsOf(order, sent.ok ? undefined : sent.error);
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
  validate: (vips, roster, scope) => validate(client, vips, roster, scope),
});
