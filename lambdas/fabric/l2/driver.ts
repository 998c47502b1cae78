/**
 * A switched network of the hosts' own. No API moves an address there: the agent that holds the lease binds it and tells the
 * neighbours by gratuitous ARP. So an order is done as soon as it is given, and of where an address is nothing can be said.
 */
import type { MoveEffect, VipResult } from '../../../core/election/types.ts';
import { ofKind } from '../ec2/results.ts';
import type { FabricScope, Mover } from '../fabric.ts';

/** What was overtaken while its Lambda stood still is done no more: as on every fabric, so that one rule holds for all. */
const resultOf = (address: string, { abortAt }: MoveEffect, isLate: boolean): VipResult =>
  isLate
    ? {
        address,
        ok: false,
        error: {
          code: 'MoveAborted',
          message: `the order had expired at ${new Date(abortAt).toISOString()}`,
          permanent: false,
        },
      }
    : { address, ok: true };

export const createL2 = (): Mover => ({
  kind: 'l2',
  plan: () => [],
  apply: (order: MoveEffect, scope: FabricScope) => {
    const isLate = scope.now() > order.abortAt;
    return Promise.resolve(ofKind('l2', order.vips).map(({ address }) => resultOf(address, order, isLate)));
  },
  // Not null for each: that would say that nobody has it.
  observe: () => Promise.resolve([]),
});
