// Proves that the lab's faults of processes, clocks, directions and the cloud do what they say, and that healing ends them.
import { readFileSync, readlinkSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import type { JournalEntry } from '../../lab/control/types.ts';
import { stageOf } from '../../lab/scenario/stage.ts';
import { Session } from '../../lab/session.ts';
import { hostOf } from '../e2e/lab/inside.ts';
import { needsNft } from '../e2e/lab/needs.ts';

/** In the lab's subnet, and nobody's VIP. */
const SPARE = '172.31.0.222';
const HOST = 'host3';
const SLOW_MS = 400;
const OFFSET_MS = 7_200_000;
/** A clock error is measured over a round trip, on a machine that may be busy. */
const OFFSET_SLACK_MS = 10_000;

describe('a fault of the lab', () => {
  let session: Session;
  beforeAll(async () => {
    session = await Session.open();
  });
  afterAll(async () => {
    await session.close();
  });
  beforeEach(async () => {
    await session.heal();
    await session.quiet();
  });

  const pids = async () => {
    const { agentPid, servicePid } = hostOf(await session.client.info(), HOST);
    return { agent: agentPid, service: servicePid };
  };
  /** The letter by which the kernel names what a process does: T is stopped. */
  const stateOf = (pid: number | null): string => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2)[0] ?? '';
  };
  const timeNamespaceOf = (pid: number | null | 'self'): string => readlinkSync(`/proc/${pid}/ns/time`);
  const beats = async (from: number): Promise<JournalEntry[]> =>
    (await session.journal(from)).filter((entry) => entry.kind === 'beat' && entry['host'] === HOST);
  const untilSaid = (from: number, words: RegExp): Promise<void> =>
    session.until(`${HOST} says ${String(words)}`, async () =>
      (await session.journal(from)).some(
        (entry) => entry.kind === 'agent' && entry['host'] === HOST && words.test(String(entry['message'])),
      ),
    );
  const assign = async (): Promise<number> => {
    const began = performance.now();
    await stageOf(session.info).assign(SPARE, hostOf(session.info, HOST).eni);
    return performance.now() - began;
  };

  it('`agent` kills the agent alone, and healing starts it again', async () => {
    const before = await pids();
    const { id } = await session.fault({ kind: 'agent', target: HOST });
    expect(await pids()).toEqual({ agent: null, service: before.service });
    await session.heal(id);
    const after = await pids();
    expect(after.service).toBe(before.service);
    expect(after.agent).not.toBeNull();
    expect(after.agent).not.toBe(before.agent);
  });

  it('`restart` replaces the agent at once and leaves nothing to heal', async () => {
    const before = await pids();
    await session.fault({ kind: 'restart', target: HOST });
    const after = await pids();
    expect(after.service).toBe(before.service);
    expect(after.agent).not.toBeNull();
    expect(after.agent).not.toBe(before.agent);
    expect((await session.status()).faults).toEqual([]);
  });

  it('`freeze-agent` stops the agent and not the service, until it thaws', async () => {
    const { agent, service } = await pids();
    await session.fault({ kind: 'freeze-agent', target: HOST });
    await session.until('the agent has stopped', () => stateOf(agent) === 'T');
    expect(stateOf(service)).not.toBe('T');
    await session.fault({ kind: 'thaw', target: HOST });
    await session.until('the agent goes on', () => stateOf(agent) !== 'T');
    expect((await session.status()).faults).toEqual([]);
  });

  it('`clock` gives the agent another wall clock; it notices, and is heard all the same', async () => {
    const from = await session.mark();
    await session.fault({ kind: 'clock', target: HOST, offsetMs: OFFSET_MS });
    await untilSaid(from, /wrong wall clock/u);
    const entry = (await session.journal(from)).find((one) =>
      /wrong wall clock/u.test(String(one['message'])),
    );
    const error = z.object({ clockErrorMs: z.number() }).parse(entry?.['fields']).clockErrorMs;
    expect(Math.abs(error - OFFSET_MS)).toBeLessThan(OFFSET_SLACK_MS);
    await session.quiet();
  });

  it('`boot-clock` puts the agent into a time namespace, and healing takes it out again', async () => {
    await session.fault({ kind: 'boot-clock', target: HOST, offsetMs: 100_000 });
    const inside = await pids();
    await session.until(
      'the agent has a time of its own',
      () => timeNamespaceOf(inside.agent) !== timeNamespaceOf('self'),
    );
    expect(timeNamespaceOf(inside.service)).toBe(timeNamespaceOf('self'));
    await session.quiet();
    await session.heal();
    const after = await pids();
    expect(timeNamespaceOf(after.agent)).toBe(timeNamespaceOf('self'));
  });

  it('`boot-clock` refuses to set a clock back, which no kernel can do', async () => {
    const order = { kind: 'boot-clock', target: HOST, offsetMs: -5000 } as const;
    await expect(session.fault(order)).rejects.toMatchObject({ code: 'bad-offset' });
  });

  it('`cut-to-arbiter` lets nothing arrive, `cut-from-arbiter` lets requests arrive without an answer', async (context) => {
    needsNft(context);
    const from = await session.mark();
    const { id } = await session.fault({ kind: 'cut-to-arbiter', target: HOST });
    await untilSaid(from, /does not answer/u);
    const cut = await session.mark();
    await session.until('others have beaten', async () =>
      (await session.journal(cut)).some((entry) => entry.kind === 'beat' && entry['host'] !== HOST),
    );
    expect(await beats(cut)).toEqual([]);
    await session.heal(id);
    const healed = await session.mark();
    await session.until('it beats again', async () => (await beats(healed)).length >= 3);
    const again = await session.mark();
    await session.fault({ kind: 'cut-from-arbiter', target: HOST });
    await untilSaid(again, /does not answer/u);
    // On a connection that is open already the request itself passes.
    expect((await beats(again)).length).toBeGreaterThanOrEqual(1);
  });

  it('`ec2-slow` delays the acknowledgement and then the fabric, `ec2-stale` the call itself', async () => {
    const quickMs = await assign();
    const from = await session.mark();
    const slow = await session.fault({ kind: 'ec2-slow', target: 'all', ms: SLOW_MS });
    await stageOf(session.info).assign(SPARE, hostOf(session.info, 'host2').eni);
    const answeredAt = Date.now();
    await session.until('the fabric has followed', async () =>
      (await session.journal(from)).some((one) => one.kind === 'applied' && one['host'] === 'host2'),
    );
    const applied = (await session.journal(from)).find((one) => one.kind === 'applied');
    const call = (await session.journal(from)).find((one) => one.kind === 'ec2-call');
    expect(Number(call?.['endedAt']) - Number(call?.['startedAt'])).toBeGreaterThanOrEqual(SLOW_MS - 1);
    expect(applied?.at ?? 0).toBeGreaterThan(answeredAt);
    await session.heal(slow.id);
    await session.fault({ kind: 'ec2-stale', target: 'AssignPrivateIpAddresses', ms: SLOW_MS });
    expect(await assign()).toBeGreaterThanOrEqual(SLOW_MS);
    expect(quickMs).toBeGreaterThan(0);
  });

  it('`dynamodb-throttle` makes the arbiter fail, and it says of what', async () => {
    const from = await session.mark();
    await session.fault({ kind: 'dynamodb-throttle', target: 'all' });
    await session.until('the arbiter says so', async () =>
      (await session.journal(from)).some(
        (entry) => entry.kind === 'lambda' && JSON.stringify(entry).includes('ProvisionedThroughputExceeded'),
      ),
    );
  });

  it('`lambda-freeze` holds requests up until it is healed, and then they are answered', async () => {
    const from = await session.mark();
    const { id } = await session.fault({ kind: 'lambda-freeze', target: 'all' });
    await new Promise((resolve) => setTimeout(resolve, SLOW_MS * 3));
    await session.heal(id);
    await session.until('a request that was held up is answered', async () =>
      (await session.journal(from)).some((entry) => entry.kind === 'beat' && Number(entry['ms']) >= SLOW_MS),
    );
  });

  it('`clock` of the arbiter puts its Lambdas off, and its decisions stand in the journal at the right time all the same', async () => {
    await session.fault({ kind: 'clock', target: 'arbiter', offsetMs: -3_600_000 });
    const from = await session.mark();
    const began = Date.now();
    await session.fault({ kind: 'service', target: 'holder' });
    await session.until('the group moves', async () =>
      (await session.journal(from)).some((entry) => entry.kind === 'transfer'),
    );
    const transfer = (await session.journal(from)).find((entry) => entry.kind === 'transfer');
    expect(transfer?.at ?? 0).toBeGreaterThan(began);
  });
});
