/**
 * A VIP as a route: an address outside the VPC, to which a /32 in each of its tables leads. It crosses availability zones,
 * which a secondary IP cannot. Each table is a call of its own, so a set of tables is moved one by one.
 */
import { CreateRouteCommand, type EC2Client, ReplaceRouteCommand } from '@aws-sdk/client-ec2';
import type { MoveEffect, VipResult } from '../../../core/election/types.ts';
import type { EniId, RouteVip } from '../../../core/wire/names.ts';
import { ofKind, resultOf } from '../ec2/results.ts';
import { type Attempt, type Sent, sendGuarded, sendUntil } from '../ec2/send.ts';
import type { FabricScope, Mover } from '../fabric.ts';
import { describeTables, destinationOf, type Table } from './tables.ts';

/** Calls of one order at a time: fewer than the client has connections, so that none waits behind its guard. */
const AT_ONCE = 8;
/** Both were seen for a route that is not there: the documented code, and the one that EC2 answers. */
const NO_ROUTE: ReadonlySet<string> = new Set(['InvalidRoute.NotFound', 'InvalidParameterValue']);

interface RouteInput {
  readonly RouteTableId: string;
  readonly DestinationCidrBlock: string;
  readonly NetworkInterfaceId: EniId;
}

/** A route that one order is to set. */
interface Leg {
  readonly address: string;
  readonly input: RouteInput;
}

const legsOf = (order: MoveEffect, vips: readonly RouteVip[]): Leg[] =>
  vips.flatMap(({ address, tables }) =>
    tables.map((RouteTableId) => ({
      address,
      input: { RouteTableId, DestinationCidrBlock: destinationOf(address), NetworkInterfaceId: order.toEni },
    })),
  );

const replaceOnly = (client: EC2Client, input: RouteInput): Attempt => ({
  action: 'ReplaceRoute',
  call: (deadline) => sendGuarded(client, new ReplaceRouteCommand(input), deadline),
});

const create = (client: EC2Client, input: RouteInput): Attempt => ({
  action: 'CreateRoute',
  call: (deadline) => sendGuarded(client, new CreateRouteCommand(input), deadline),
  instead: (code) => (code === 'RouteAlreadyExists' ? replaceOnly(client, input) : undefined),
});

/**
 * Replaced, since it is there but for the very first time; else created; else replaced again, since somebody was faster.
 * An invalid parameter that is none of this is said once more by the call that follows.
 */
const replace = (client: EC2Client, input: RouteInput): Attempt => ({
  ...replaceOnly(client, input),
  instead: (code) => (NO_ROUTE.has(code) ? create(client, input) : undefined),
});

const sendAll = async (
  client: EC2Client,
  legs: readonly Leg[],
  order: MoveEffect,
  scope: FabricScope,
): Promise<ReadonlyMap<Leg, Sent>> => {
  const sent = new Map<Leg, Sent>();
  const waiting = [...legs];
  const work = async (): Promise<void> => {
    for (let leg = waiting.shift(); leg !== undefined; leg = waiting.shift())
      sent.set(leg, await sendUntil(replace(client, leg.input), order.abortAt, scope));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return sent;
};

/** A VIP is moved when all of its tables lead there; else the failure that says most is its result. */
const resultOfAll = (address: string, sent: ReadonlyMap<Leg, Sent>): VipResult => {
  const own = [...sent].flatMap(([leg, answer]) => (leg.address === address ? [answer] : []));
  const failed = own.filter((answer) => !answer.ok);
  const [worst = { ok: true } as const] = [...failed.filter(({ error }) => error.permanent), ...failed];
  return resultOf(address, worst);
};

/**
 * The interface to which all tables of the VIP lead. A set that is moved in part, or leads nowhere in part, is on no interface:
 * nobody has the VIP, and whoever holds it gets all of it by the next move.
 */
const ownerOf = ({ address, tables }: RouteVip, known: ReadonlyMap<string, Table>): EniId | null => {
  const owners = tables.map((id) => {
    const way = known.get(id)?.ways.get(destinationOf(address));
    return way === undefined || way.isBlackhole ? undefined : way.eni;
  });
  const [first] = owners;
  return first !== undefined && owners.every((owner) => owner === first) ? first : null;
};

/** The `route` fabric on an EC2 client that does not retry by itself (`createEc2Client`). */
export const createRoute = (client: EC2Client): Mover => ({
  kind: 'route',
  plan: (order) =>
    legsOf(order, ofKind('route', order.vips)).map(({ input }) => ({
      service: 'ec2',
      operation: 'ReplaceRoute',
      input: { ...input },
    })),
  async apply(order, scope) {
    const legs = legsOf(order, ofKind('route', order.vips));
    const sent = await sendAll(client, legs, order, scope);
    return order.vips.map(({ address }) => resultOfAll(address, sent));
  },
  async observe(vips, _roster, scope) {
    const own = ofKind('route', vips);
    // By id and not as a filter: a table that is gone must fail the look, and not look like "nowhere".
    const RouteTableIds = [...new Set(own.flatMap(({ tables }) => tables))];
    const tables = await describeTables(client, { RouteTableIds }, scope);
    const known = new Map(tables.map((table) => [table.id, table]));
    return own.map((vip) => ({ address: vip.address, owner: ownerOf(vip, known) }));
  },
});
