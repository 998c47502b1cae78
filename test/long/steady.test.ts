// Proves that what does not hurt the holder moves nothing, and that the VIP returns when another hand has taken it.
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JournalEntry } from '../../lab/control/types.ts';
import { type GroupStatus, type Observed, Session } from '../../lab/session.ts';
import { assignByHand } from '../e2e/lab/deploy.ts';
import { hasAddress, hostOf, inside } from '../e2e/lab/inside.ts';
import { needsNft } from '../e2e/lab/needs.ts';

/** Of the group that a lab runs by default. */
const LEASE_MS = 3000;
/** A fault must outlast the lease to tempt anybody, with some heartbeats on top. */
const BEYOND_LEASE_MS = 4000;
/** L6: what somebody removes from the kernel is back within this. */
const REBIND_MS_MAX = 1000;
const KERNEL_POLL_MS = 5;

describe('a healthy holder', () => {
  let session: Session;
  let vip = '';
  beforeAll(async () => {
    session = await Session.open();
    vip = session.info.vips[0] ?? '';
    await session.quiet();
  });
  afterAll(async () => {
    await session.close();
  });

  /** The holder's name and instance, and its agent's process at this moment. */
  const holder = async () => {
    const { holderHost } = await session.group();
    const { hosts } = await session.client.info();
    const host = hosts.find((one) => one.name === holderHost);
    if (host?.agentPid === null || host === undefined) throw new Error('the holder has no agent');
    return { ...host, agentPid: host.agentPid };
  };
  const said = async (from: number, host: string, message: RegExp): Promise<JournalEntry[]> =>
    (await session.journal(from)).filter(
      (entry) =>
        entry.kind === 'agent' &&
        entry['host'] === host &&
        typeof entry['message'] === 'string' &&
        message.test(entry['message']),
    );
  /** Kills the agent of a host, not its service, and starts it again at once, as systemd would. */
  const restartAgent = async ({ name, agentPid }: { name: string; agentPid: number }): Promise<void> => {
    process.kill(agentPid, 'SIGKILL');
    await session.until('the agent has ended', async () =>
      (await session.client.info()).hosts.some((host) => host.name === name && host.agentPid === null),
    );
    await session.fault({ kind: 'start', target: name });
  };
  /** Every member has been heard by the arbiter since the group was looked at. */
  const allHeardSince = (before: GroupStatus) => async () => {
    const { members } = await session.group();
    return members.every(
      ({ node, beat }) => beat !== before.members.find((member) => member.node === node)?.beat,
    );
  };
  const expectNothingMoved = ({ moves, transfers, lost }: Observed): void => {
    expect({ moves, transfers: transfers.length, lost }).toEqual({ moves: 0, transfers: 0, lost: 0 });
  };

  it('does not notice that hosts cannot reach each other, nor that they can again', async (context) => {
    needsNft(context);
    const seen = await session.observe(async () => {
      await session.fault({ kind: 'cut-peers', target: 'all' });
      await delay(BEYOND_LEASE_MS);
      await session.heal();
    });
    expectNothingMoved(seen);
  });

  it('keeps the VIP through an outage of the arbiter, and after it', async (context) => {
    needsNft(context);
    const seen = await session.observe(async () => {
      const before = await session.group();
      await session.fault({ kind: 'cut-arbiter', target: 'all' });
      await delay(2 * BEYOND_LEASE_MS);
      await session.heal();
      await session.until('all are heard again', allHeardSince(before));
      // False claims would come with the first heartbeats after the outage.
      await session.quiet();
    });
    expectNothingMoved(seen);
  });

  it('keeps the VIP when its agent is killed and restarted within the lease', async () => {
    const host = await holder();
    const from = await session.mark();
    const seen = await session.observe(async () => {
      const before = await session.group();
      await restartAgent(host);
      await session.until('all are heard again', allHeardSince(before));
      await session.quiet();
    });
    const beatsAtMs = (await session.journal(from))
      .filter((entry) => entry.kind === 'beat' && entry['host'] === host.name)
      .map((entry) => entry.at);
    const silentMs = Math.max(...beatsAtMs.slice(1).map((atMs, index) => atMs - (beatsAtMs[index] ?? atMs)));
    // A machine so slow that the agent needs a whole lease to start proves nothing: then the VIP moves, rightly.
    const wasInTime = silentMs < LEASE_MS;
    const { moves, lost } = seen;
    expect(wasInTime ? { moves, lost } : {}).toEqual(wasInTime ? { moves: 0, lost: 0 } : {});
  });

  it('adopts the VIP again when its agent is restarted while the arbiter is away', async (context) => {
    needsNft(context);
    const seen = await session.observe(async () => {
      const before = await session.group();
      const host = await holder();
      const from = await session.mark();
      await session.fault({ kind: 'cut-arbiter', target: 'all' });
      await restartAgent(host);
      const resumed = async () => (await said(from, host.name, /^resumed/u)).length === 1;
      await session.until('the agent resumes without the arbiter', resumed);
      expect(await hasAddress(session.info, host.name, vip)).toBe(true);
      await session.heal();
      await session.until('all are heard again', allHeardSince(before));
      await session.quiet();
    });
    expectNothingMoved(seen);
  });

  it('moves nothing when its agent reads its configuration again', async () => {
    const seen = await session.observe(async () => {
      const host = await holder();
      const from = await session.mark();
      process.kill(host.agentPid, 'SIGHUP');
      await session.until(
        'the agent has reloaded',
        async () => (await said(from, host.name, /^configuration reloaded$/u)).length === 1,
      );
      expect((await holder()).agentPid).toBe(host.agentPid);
    });
    expectNothingMoved(seen);
  });

  it('binds the VIP again within a second when somebody removes it from the kernel', async () => {
    let goneMs = 0;
    const { moves, report } = await session.observe(async () => {
      const { name } = await holder();
      await inside(session.info, name, 'ip', 'addr', 'del', `${vip}/32`, 'dev', 'eth0');
      const removedMs = performance.now();
      while (!(await hasAddress(session.info, name, vip))) await delay(KERNEL_POLL_MS);
      goneMs = performance.now() - removedMs;
    });
    expect(moves).toBe(0);
    // The prober pauses when the machine does: what it could not see does not count.
    expect(goneMs).toBeLessThan(REBIND_MS_MAX + report.stallMs);
  });

  it('gets the VIP back when a foreign EC2 call gives it to another host, and that is counted', async () => {
    const before = await session.status();
    const { name, eni } = await holder();
    const thief = session.info.hosts.find((host) => host.eni !== eni);
    const { moves, transfers, report } = await session.observe(async (watch) => {
      await assignByHand(session.info, thief?.name ?? '', vip);
      await session.until('the client notices', () => watch.owner() === null);
      await session.until('the holder serves again', () => watch.owner() === name);
      await session.quiet();
    });
    const after = await session.status();
    expect({ moves, transfers: transfers.length }).toEqual({ moves: 0, transfers: 0 });
    expect(after.groups[0]?.repairs).toBe((before.groups[0]?.repairs ?? 0) + 1);
    expect(after.counts.metrics['DriftRepaired']).toBe((before.counts.metrics['DriftRepaired'] ?? 0) + 1);
    expect(report.owners.map((owner) => owner.host)).toEqual([name]);
  });

  it('that dies while EC2 throttles is replaced once, as soon as EC2 answers again', async () => {
    const { holderHost } = await session.group();
    let waitedMs = Infinity;
    const { moves } = await session.observe(async (watch) => {
      const from = await session.mark();
      const throttle = await session.fault({ kind: 'ec2-throttle', target: 'AssignPrivateIpAddresses' });
      await session.fault({ kind: 'kill', target: hostOf(session.info, holderHost).name });
      await session.until('EC2 refuses the move', async () =>
        (await session.journal(from)).some(
          (entry) => entry.kind === 'ec2-call' && entry['error'] === 'RequestLimitExceeded',
        ),
      );
      await delay(1500);
      expect(watch.owner()).toBeNull();
      await session.heal(throttle.id);
      const healedMs = Date.now();
      await session.until('another host serves', () => watch.owner() !== null);
      waitedMs = (watch.servedSinceMs() ?? Infinity) - healedMs;
      await session.heal();
      await session.quiet();
    });
    expect(moves).toBe(1);
    // Retries come every 200 ms or at the next heartbeat: the rest is room for a slow machine.
    expect(waitedMs).toBeLessThan(3000);
  });

  it('has lost its group in that one case only', async () => {
    const transfers = (await session.journal()).filter((entry) => entry.kind === 'transfer');
    const reasons = transfers.map((entry) => entry['reason']);
    expect(reasons.filter((reason) => reason !== 'silence')).toEqual(['first']);
    expect((await session.group()).epoch).toBe(transfers.length);
  });
});
