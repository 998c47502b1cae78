// Proves that minutes of trouble between healthy hosts, or between them and the arbiter, move nothing and lose nothing.
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FaultOrder } from '../../lab/control/types.ts';
import { Session } from '../../lab/session.ts';
import { needsNft } from '../e2e/lab/needs.ts';

const LOSS_TRIES = 4;
/** False claims would come with the first heartbeats after a fault: a lease and a streak's length later all is said. */
const AFTERMATH_MS = 12_000;

describe('a healthy holder', () => {
  let session: Session;
  beforeAll(async () => {
    session = await Session.open();
    await session.quiet();
  });
  afterAll(async () => {
    await session.close();
  });

  const expectUntouched = async (order: FaultOrder, faultMs: number, aftermathMs: number): Promise<void> => {
    const { moves, transfers, lost } = await session.observe(async () => {
      const { id } = await session.fault(order);
      await delay(faultMs);
      await session.heal(id);
      await delay(aftermathMs);
      await session.quiet();
    });
    expect({ moves, transfers: transfers.length, lost }).toEqual({ moves: 0, transfers: 0, lost: 0 });
  };

  it('keeps the VIP through 60 s without the arbiter, and afterwards', (context) => {
    needsNft(context);
    return expectUntouched({ kind: 'cut-arbiter', target: 'all' }, 60_000, AFTERMATH_MS);
  });

  it('keeps the VIP while the database of the arbiter fails for 12 s, and afterwards', () =>
    expectUntouched({ kind: 'dynamodb-error', target: 'all' }, 12_000, AFTERMATH_MS));

  it('keeps the VIP while no host reaches another for 30 s', (context) => {
    needsNft(context);
    return expectUntouched({ kind: 'cut-peers', target: 'all' }, 30_000, 0);
  });

  it.for(Array.from({ length: LOSS_TRIES }, (_, index) => index + 1))(
    'keeps the VIP with 20 % loss to the arbiter for 30 s, try %i of 4',
    (_, context) => {
      needsNft(context);
      return expectUntouched({ kind: 'loss', target: 'holder/arbiter', percent: 20 }, 30_000, 0);
    },
  );
});
