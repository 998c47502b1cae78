// Proves, in a lab with real packets, that an operator's orders, signed and sent to its API, move the VIP as meant, hold it where it is, or are refused.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { groupStatusSchema, historyEventSchema, orderResponseSchema } from '../../core/wire/admin.ts';
import { type GroupStatus, Session } from '../../lab/session.ts';
import { instanceCredentials } from '../e2e/lab/signed.ts';

const keepaloft = fileURLToPath(new URL('../../cli/keepaloft', import.meta.url));
const COMMAND_MS_MAX = 30_000;
/**
 * A planned move costs a client nothing but what the fabric takes; a busy machine adds its own pauses, here of up to
 * 0.8 s. One that waited for the lease would cost 1,000 probes and more.
 */
const PLANNED_LOST_MAX = 400;
/** Longer than a lease and the checks of a service: whatever were to move would have moved. */
const QUIET_MS = 6000;

const historySchema = z.object({ v: z.literal(1), events: z.array(historyEventSchema) });
const statusSchema = z.object({ v: z.literal(1), groups: z.array(groupStatusSchema) });
const { v: _, ...resultFields } = orderResponseSchema.shape;
const orderSchema = z.object({ result: z.object(resultFields), status: groupStatusSchema });
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

  const run = async (argv: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> => {
    // Whatever the machine's own locale is: the screens that are compared have arrows.
    const options = { timeout: COMMAND_MS_MAX, env: { ...process.env, LC_ALL: 'C.UTF-8', ...env } };
    try {
      const { stdout, stderr } = await promisify(execFile)(keepaloft, argv, options);
      return { code: 0, stdout, stderr };
    } catch (error) {
      return failureSchema.parse(error);
    }
  };
  const look = (...words: string[]): Promise<Ended> => run([...words, '--lab', session.info.lab]);
  const operate = (order: string, ...words: string[]): Promise<Ended> =>
    look(order, 'demo', ...words, '--yes');
  /** An order that must be taken; a refusal fails with its own words. */
  const ordered = async (order: string, ...words: string[]): Promise<Ended> => {
    const ended = await operate(order, ...words);
    if (ended.code !== 0)
      throw new Error(`${order} ${words.join(' ')} ended with ${ended.code}: ${ended.stderr}`);
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
    const by: unknown = expect.stringMatching(/^arn:aws:iam::\d{12}:user\/operator$/u);
    expect(orders).toMatchObject([{ group: 'demo', reason: 'rehearsal', detail: { by } }]);
  });

  it('finds his order and the move in the history, with his name and reason', async () => {
    const { epoch } = await session.group();
    const { code, stdout } = await look('history', 'demo', '--json');
    const { events } = historySchema.parse(JSON.parse(stdout));
    expect(code).toBe(0);
    expect(events.slice(0, 3)).toMatchObject([
      { type: 'committed', epoch },
      { type: 'transfer', epoch, reason: 'operator' },
      { type: 'operator', epoch: epoch - 1, reason: 'rehearsal' },
    ]);
    const screen = (await look('history', 'demo')).stdout;
    expect(screen).toMatch(new RegExp(`^#${epoch}  host\\d . host\\d  operator`, 'mu'));
    expect(screen).toContain('rehearsal (arn:aws:iam::');
  });

  it('sees how the group is, as a person and as a document', async () => {
    await session.quiet();
    const { holder } = await cast();
    const { code, stdout } = await look('status');
    expect(code).toBe(0);
    expect(stdout).toContain(`arbiter lab ${session.info.lab}  `);
    expect(stdout).toMatch(new RegExp(`^  ${holder} +. MASTER .* yes/yes$`, 'mu'));
    expect(stdout).toMatch(
      new RegExp(`^next if ${holder} dies: demo . host\\d in .{1,2}3\\.2s \\+ fabric$`, 'mu'),
    );
    const document = statusSchema.parse(JSON.parse((await look('status', 'demo', '--json')).stdout));
    expect(document).toMatchObject({ v: 1, groups: [{ name: 'demo', health: 'ok', phase: 'held' }] });
  });

  it('is told what is wrong: the credentials, the endpoint, the group, or nobody to confirm', async () => {
    const api = session.info.endpoints.api;
    const wrong = { AWS_ACCESS_KEY_ID: 'AKIAWRONGWRONGWRONG0', AWS_SECRET_ACCESS_KEY: 'wrong' };
    const stranger = await run(['status', '--endpoint', api, '--region', 'us-east-1', '--json'], wrong);
    expect(stranger).toMatchObject({ code: 5 });
    expect(stranger.stdout).toContain('"denied"');
    expect(stranger.stderr).toContain('execute-api:Invoke on POST /v1/admin');
    const nobody = await run(['status', '--endpoint', 'http://127.0.0.1:2', '--region', 'us-east-1'], wrong);
    expect(nobody).toMatchObject({ code: 4 });
    expect(nobody.stderr).toContain('does not answer: ECONNREFUSED');
    const unknown = await look('status', 'nobody');
    expect(unknown).toMatchObject({ code: 64 });
    expect(unknown.stderr).toContain('no group "nobody" is deployed');
    const unasked = await look('pause', 'demo');
    expect(unasked).toMatchObject({ code: 64 });
    expect(unasked.stderr).toContain('give --yes');
    expect((await session.group()).paused).toBeUndefined();
  });

  it('speaks by an endpoint and credentials of the environment just as well', async () => {
    const { env } = session.info;
    expect(await run(['status'], env)).toMatchObject({ code: 0 });
    expect((await run(['pause', 'demo', '--dry-run'], env)).stdout).toContain('nothing is sent');
    expect((await session.group()).paused).toBeUndefined();
  });

  it('cannot be a host: its role has another route', async () => {
    const keys = await instanceCredentials(session.info, 'host1');
    const asHost = await run(['pause', 'demo', '--yes', '--endpoint', session.info.endpoints.api], {
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: keys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
      AWS_SESSION_TOKEN: keys.sessionToken,
    });
    expect(asHost).toMatchObject({ code: 5 });
    expect((await session.group()).paused).toBeUndefined();
  });

  it('is refused with 3 when he looks at an old epoch, and nothing has changed', async () => {
    const { epoch } = await session.group();
    const refused = await operate('failover', '--if-epoch', String(epoch - 1), '--json');
    expect(refused).toMatchObject({ code: 3 });
    expect(refused.stdout).toContain('"EpochMismatch"');
    expect(refused.stderr).toContain(`the epoch is ${epoch}, not ${epoch - 1}`);
    expect((await session.group()).epoch).toBe(epoch);
    expect(await look('drain', 'demo', '--yes')).toMatchObject({ code: 64 });
    expect(await operate('drain', 'host9')).toMatchObject({ code: 64 });
  });

  it('drains a host: the group leaves it, and comes back only after undrain', async () => {
    await session.quiet();
    const { holder: drained } = await cast();
    const { moves, transfers, lost } = await session.observe(async () => {
      const { stdout } = await ordered('drain', 'holder', '--json', '--wait');
      const { result, status } = orderSchema.parse(JSON.parse(stdout));
      expect(status).toMatchObject({ phase: 'held', epoch: result.epoch + 1 });
      expect((await session.group()).holderHost).not.toBe(drained);
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
