// Proves that minutes of trouble between healthy hosts, or between them and the arbiter, move nothing and lose nothing.
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FaultOrder } from '../../lab/control/types.ts';
import { Session } from '../../lab/session.ts';
import { needsNft } from '../e2e/lab/needs.ts';

interface Trouble {
  readonly order: FaultOrder;
  readonly forMs: number;
  /** False claims would come with the first heartbeats after a fault: a lease and a streak's length later all is said. */
  readonly aftermathMs: number;
}

const noArbiter: Trouble = {
  order: { kind: 'cut-arbiter', target: 'all' },
  forMs: 60_000,
  aftermathMs: 12_000,
};
const noDatabase: Trouble = {
  order: { kind: 'dynamodb-error', target: 'all' },
  forMs: 12_000,
  aftermathMs: 12_000,
};
const noPeers: Trouble = { order: { kind: 'cut-peers', target: 'all' }, forMs: 30_000, aftermathMs: 0 };
const lossToArbiter: Trouble = {
  order: { kind: 'loss', target: 'holder/arbiter', percent: 20 },
  forMs: 30_000,
  aftermathMs: 0,
};
/** One lab each, side by side: a lab does next to nothing while its group is steady. */
const TROUBLES = {
  'through 60 s without the arbiter, 12 s without its database, and 30 s of 20 % loss to it': [
    noArbiter,
    noDatabase,
    lossToArbiter,
  ],
  'while no host reaches another for 30 s, and through 20 % loss to the arbiter, three times 30 s': [
    noPeers,
    lossToArbiter,
    lossToArbiter,
    lossToArbiter,
  ],
};

const expectUntouched = async (session: Session, { order, forMs, aftermathMs }: Trouble): Promise<void> => {
  const { moves, transfers, lost } = await session.observe(async () => {
    const { id } = await session.fault(order);
    await delay(forMs);
    await session.heal(id);
    await delay(aftermathMs);
    await session.quiet();
  });
  const seen = { kind: order.kind, moves, transfers: transfers.length, lost };
  expect(seen).toEqual({ kind: order.kind, moves: 0, transfers: 0, lost: 0 });
};

describe.concurrent('a healthy holder keeps the VIP', () => {
  const sessions = new Map<string, Session>();
  beforeAll(async () => {
    for (const name of Object.keys(TROUBLES)) sessions.set(name, await Session.open());
  });
  afterAll(async () => {
    await Promise.all([...sessions.values()].map((session) => session.close()));
  });

  it.for(Object.entries(TROUBLES))('%s', async ([name, troubles], context) => {
    needsNft(context);
    const session = sessions.get(name);
    if (session === undefined) throw new Error('this lab is not up');
    await session.quiet();
    for (const trouble of troubles) await expectUntouched(session, trouble);
  });
});
