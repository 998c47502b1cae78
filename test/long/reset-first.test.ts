// Proves, in a lab, that the clients of a group with `handover: reset-first`, exclusive or not, hear of a planned move at once
// and are connected again within a second, while without it they hang.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { Session } from '../../lab/session.ts';
import { type DocumentFile, documentFile, members } from '../e2e/lab/document.ts';
import { operatorOf } from '../e2e/lab/operator.ts';

const VIP = '172.31.0.201';
const HTTP_PORT = 8080;
const CONNECTIONS = 200;
const POOL = fileURLToPath(new URL('./pool.ts', import.meta.url));
const resultSchema = z.object({
  hung: z.int(),
  again: z.int(),
  againMsMax: z.number(),
  why: z.array(z.string()),
});
type Result = z.infer<typeof resultSchema>;

let session: Session;
let config: DocumentFile;
afterEach(async () => {
  await session.close();
  config.remove();
});

const labWith = async (handover: string, exclusive = true): Promise<void> => {
  const group = {
    vips: [{ address: VIP, fabric: 'secondary-ip' }],
    members: members(150, 100),
    exclusive,
    handover,
  };
  config = documentFile({ version: 1, groups: { mysql: group } });
  session = await Session.open({ config: config.path, hosts: 2 });
  await session.quiet();
};

/** What becomes of a pool of clients while something is done. */
const pooled = async (seconds: number, during: () => Promise<unknown>): Promise<Result> => {
  const enter = session.info.enter[session.info.client.netns] ?? [];
  const [command = '', ...words] = [
    ...enter,
    process.execPath,
    POOL,
    VIP,
    HTTP_PORT,
    CONNECTIONS,
    seconds,
  ].map(String);
  const child = spawn(command, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  let last = '';
  for await (const line of createInterface({ input: child.stdout })) {
    last = line;
    if (line === 'open') await during();
  }
  return resultSchema.parse(JSON.parse(last));
};

const failover = () => operatorOf(session).order('failover', 'mysql');

describe(`${CONNECTIONS} clients that wait for an answer, over an ordered failover`, () => {
  it.each([
    ['an exclusive group', true],
    ['a fenced group', false],
  ])('of %s are connected again within a second with reset-first', async (_, exclusive) => {
    await labWith('reset-first', exclusive);
    const { hung, again, againMsMax, why } = await pooled(12, failover);
    expect({ hung, again, why }).toEqual({ hung: 0, again: CONNECTIONS, why: ['ECONNRESET'] });
    expect(againMsMax).toBeLessThan(1000);
  });

  it('hang without it', async () => {
    await labWith('fabric-first');
    const { hung } = await pooled(15, async () => {
      await failover();
      await session.until('host2 holds', async () => (await session.group()).holderHost === 'host2');
    });
    expect(hung).toBe(CONNECTIONS);
  });
});
