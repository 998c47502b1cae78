// Proves, in a lab with real packets, that an operator's orders move the VIP as meant, hold it where it is, or are refused.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { operateResultSchema } from '../../lab/control/types.ts';
import { type GroupStatus, Session } from '../../lab/session.ts';

const keepaloft = fileURLToPath(new URL('../../cli/keepaloft', import.meta.url));
const COMMAND_MS_MAX = 30_000;
/** A planned move costs a client nothing but what the fabric takes; a busy machine adds its own pauses. */
const PLANNED_LOST_MAX = 100;
/** Longer than a lease and the checks of a service: whatever were to move would have moved. */
const QUIET_MS = 6000;

const failureSchema = z.object({ code: z.number(), stdout: z.string(), stderr: z.string() });
interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

describe('an operator', () => {
  let session: Session;
  beforeAll(async () => {
    session = await Session.open();
    await session.quiet();
  });
  afterAll(async () => {
    await session.close();
  });

  const operate = async (...words: string[]): Promise<Ended> => {
    const argv = ['lab', 'operate', '--lab', session.info.lab, 'demo', ...words];
    try {
      const { stdout, stderr } = await promisify(execFile)(keepaloft, argv, { timeout: COMMAND_MS_MAX });
      return { code: 0, stdout, stderr };
    } catch (error) {
      return failureSchema.parse(error);
    }
  };
  /** An order that must be taken; a refusal fails with its own words. */
  const ordered = async (...words: string[]): Promise<Ended> => {
    const ended = await operate(...words);
    if (ended.code !== 0) throw new Error(`${words.join(' ')} ended with ${ended.code}: ${ended.stderr}`);
    return ended;
  };
  /** Who holds, and the others. On a busy machine the first holder is not always the best: it may have started late. */
  const cast = async (): Promise<{ holder: string; others: [string, string] }> => {
    const { holderHost, members } = await session.group();
    const [one, two] = members.map(({ host }) => host).filter((host) => host !== holderHost);
    if (holderHost === null || one === undefined || two === undefined) throw new Error('not three hosts');
    return { holder: holderHost, others: [one, two] };
  };
  const serves = async (host: string): Promise<void> => {
    await session.until(`${host} serves`, async () => {
      const { phase, holderHost, vips } = await session.group();
      return phase === 'held' && holderHost === host && vips.every((vip) => vip.owner === host);
    });
  };
  /** For a while the group is what it was. */
  const stays = async (): Promise<GroupStatus> => {
    const before = await session.group();
    const until = performance.now() + QUIET_MS;
    await session.until('nothing moves', () => performance.now() > until);
    const after = await session.group();
    expect([after.epoch, after.holderHost]).toEqual([before.epoch, before.holderHost]);
    return after;
  };

  it('moves the group to the host that was named, and a client hardly notices', async () => {
    await session.quiet();
    const { holder, others } = await cast();
    // Not the best standby: that one it would have moved to anyway.
    const named = others[1];
    const { moves, transfers, lost, report } = await session.observe(async () => {
      await ordered('failover', '--to', named, '--reason', 'rehearsal');
      await serves(named);
      await session.quiet();
    });
    expect(moves).toBe(1);
    expect(transfers.map((entry) => entry['reason'])).toEqual(['operator']);
    expect(report.owners.map((owner) => owner.host)).toEqual([holder, named]);
    expect(lost).toBeLessThanOrEqual(PLANNED_LOST_MAX);
    const orders = (await session.journal()).filter((entry) => entry.kind === 'operator');
    expect(orders).toMatchObject([{ group: 'demo', reason: 'rehearsal' }]);
  });

  it('is refused with 3 when he looks at an old epoch, and nothing has changed', async () => {
    const { epoch } = await session.group();
    const refused = await operate('failover', '--if-epoch', String(epoch - 1), '--json');
    expect(refused).toMatchObject({ code: 3 });
    expect(refused.stdout).toContain('"EpochMismatch"');
    expect(refused.stderr).toContain(`the epoch is ${epoch}, not ${epoch - 1}`);
    expect((await session.group()).epoch).toBe(epoch);
    expect(await operate('drain')).toMatchObject({ code: 64 });
    expect(await operate('drain', 'host9')).toMatchObject({ code: 64 });
  });

  it('drains a host: the group leaves it, and comes back only after undrain', async () => {
    await session.quiet();
    const { holder: drained } = await cast();
    const { moves, transfers, lost } = await session.observe(async () => {
      const { stdout } = await ordered('drain', 'holder', '--json');
      expect(operateResultSchema.parse(JSON.parse(stdout))).toMatchObject({ holderHost: drained });
      await session.until('it has moved off', async () => (await session.group()).holderHost !== drained);
      await session.quiet();
    });
    expect(moves).toBe(1);
    expect(transfers.map((entry) => entry['reason'])).toEqual(['drained']);
    expect(lost).toBeLessThanOrEqual(PLANNED_LOST_MAX);
    expect((await session.group()).drained).toEqual([drained]);
    expect(await operate('failover', '--to', drained)).toMatchObject({ code: 3 });
    // With the only other standby gone as well, the drained host is not an answer.
    const other = (await cast()).others.find((host) => host !== drained) ?? '';
    await session.fault({ kind: 'kill', target: other });
    await session.until('the other standby is missed', async () =>
      (await session.group()).members.some(({ host, state }) => host === other && state === 'SILENT'),
    );
    expect(await operate('failover')).toMatchObject({ code: 3 });
    await session.heal();
    await session.quiet();
    await ordered('undrain', drained);
    expect((await session.group()).drained).toBeUndefined();
    await ordered('failover', '--to', drained);
    await serves(drained);
  });

  it('pauses the group: a service that dies moves nothing until he resumes it', async () => {
    await session.quiet();
    const { holder } = await cast();
    await ordered('pause');
    await session.fault({ kind: 'service', target: holder });
    await session.until('the check has failed', async () =>
      (await session.group()).members.some(({ host, health }) => host === holder && health === 'fault'),
    );
    expect(await stays()).toMatchObject({ paused: true, holderHost: holder });
    expect(await operate('failover')).toMatchObject({ code: 3 });
    await ordered('resume');
    await session.until('another host serves', async () => (await cast()).holder !== holder);
    const group = await session.group();
    expect([group.reason, group.paused]).toEqual(['fault', undefined]);
    await session.heal();
    await session.quiet();
  });
});
