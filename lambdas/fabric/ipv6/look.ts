/** What an order must know before it moves: its target, and who has the addresses now. */
import { DescribeNetworkInterfacesCommand, type EC2Client } from '@aws-sdk/client-ec2';
import type { MoveEffect } from '../../../core/election/types.ts';
import type { FabricFailure } from '../ec2/classify.ts';
import { type Sent, sendGuarded, sendUntil } from '../ec2/send.ts';
import type { FabricScope } from '../fabric.ts';
import { byAddress, byId, type Place, placeOf } from './places.ts';

export type Sight =
  | { readonly ok: true; readonly target: Place; readonly others: readonly Place[] }
  | { readonly ok: false; readonly error: FabricFailure };

const ACTION = 'DescribeNetworkInterfaces';

/** Of the whole region. Tried again like any other call of an order, and too late when the order is. */
const ask = async (
  client: EC2Client,
  Filters: ReturnType<typeof byId>,
  order: MoveEffect,
  scope: FabricScope,
): Promise<{ readonly sent: Sent; readonly found: readonly Place[] }> => {
  let found: readonly Place[] = [];
  const call = async (deadline: Parameters<typeof sendGuarded>[2]): Promise<void> => {
    const answer = await sendGuarded(client, new DescribeNetworkInterfacesCommand({ Filters }), deadline);
    found = (answer.NetworkInterfaces ?? []).map(placeOf);
  };
  const sent = await sendUntil({ action: ACTION, call }, order.abortAt, scope);
  return { sent, found };
};

const noTarget = ({ toEni }: MoveEffect): FabricFailure => ({
  code: 'InvalidNetworkInterfaceID.NotFound',
  message: `EC2 knows no network interface ${toEni}`,
  permanent: true,
});

/** Nothing is taken from anybody for a target that is not there. What a look that is refused says, it does not say of the target. */
export const lookUntil = async (client: EC2Client, order: MoveEffect, scope: FabricScope): Promise<Sight> => {
  const addresses = order.vips.map(({ address }) => address);
  const [own, having] = await Promise.all([
    ask(client, byId([order.toEni]), order, scope),
    ask(client, byAddress(addresses), order, scope),
  ]);
  for (const { sent } of [own, having])
    if (!sent.ok) return { ok: false, error: { ...sent.error, permanent: false } };
  const target = own.found.find(({ id }) => id === order.toEni);
  if (target === undefined) return { ok: false, error: noTarget(order) };
  // Another VPC may use the same private addresses.
  const others = having.found.filter(({ id, vpc }) => id !== target.id && vpc === target.vpc);
  return { ok: true, target, others };
};
