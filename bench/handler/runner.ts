/**
 * Holds the shipped handler as a Lambda environment does and calls it with one heartbeat after the other. A process of
 * its own, with the environment variables of the function, so that nothing of the benchmark runs beside it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod/mini';
import { type GroupAnswer, groupAnswerSchema } from '../../core/wire/heartbeat.ts';
import { LabClock } from '../../lab/ends/clock.ts';
import { CredentialStore, MEMBER_ROLE } from '../../lab/ends/credentials.ts';
import { BenchError } from '../errors.ts';
import { spreadOf } from '../statistics.ts';
import { contextOf, type Handler, httpAnswerSchema, loadArtefact } from './artefact.ts';
import { Member } from './member.ts';
import { type Message, type Order, orderSchema } from './messages.ts';

/** A vacant group is given away one lease after its first report; this long means that it never will be. */
const SETTLE_MS_MAX = 15_000;
const SETTLE_PAUSE_MS = 100;
const PROGRESS_BEATS = 1000;

const bodySchema = z.object({ groups: z.record(z.string(), groupAnswerSchema) });

const say = (message: Message): void => {
  process.send?.(message);
};

interface Beat {
  readonly tookMs: number;
  readonly requestBytes: number;
  readonly answerBytes: number;
}

/** One heartbeat through the handler. Only the handler is timed. @throws BenchError for any answer but a role */
const beat = async (
  member: Member,
  group: string,
  handler: Handler,
): Promise<Beat & { answer: GroupAnswer }> => {
  const { event, bytes } = member.next();
  const context = contextOf();
  const startMs = performance.now();
  const result = await handler(event, context);
  const tookMs = performance.now() - startMs;
  const { statusCode, body } = httpAnswerSchema.parse(result);
  if (statusCode !== 200) throw new BenchError(`the handler answered ${statusCode}: ${body.slice(0, 300)}`);
  const answer = bodySchema.parse(JSON.parse(body)).groups[group];
  if (answer === undefined) throw new BenchError(`the answer does not speak of ${group}`);
  member.heard(answer);
  return { tookMs, requestBytes: bytes, answerBytes: Buffer.byteLength(body), answer };
};

/** Beats until somebody holds the group and everybody knows it. */
const settle = async (members: readonly Member[], group: string, handler: Handler): Promise<void> => {
  const deadline = performance.now() + SETTLE_MS_MAX;
  while (!members.some((member) => member.isHolder)) {
    if (performance.now() > deadline) throw new BenchError('the arbiter gave the group to nobody');
    for (const member of members) await beat(member, group, handler);
    await delay(SETTLE_PAUSE_MS);
  }
};

const repeat = async (
  times: number,
  members: readonly Member[],
  group: string,
  handler: Handler,
): Promise<Beat[]> => {
  const done: Beat[] = [];
  for (let index = 0; index < times; index += 1) {
    const member = members[index % members.length];
    if (member === undefined) throw new BenchError('the group has no members');
    const { tookMs, requestBytes, answerBytes } = await beat(member, group, handler);
    done.push({ tookMs, requestBytes, answerBytes });
    if (done.length % PROGRESS_BEATS === 0)
      say({ kind: 'progress', line: `heartbeat ${done.length} of ${times}` });
  }
  return done;
};

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const toldToGo = (): Promise<void> =>
  new Promise((resolve) => {
    process.once('message', () => resolve());
  });

const main = async ({ heartbeat, configure, config, created, warmUps, beats }: Order): Promise<void> => {
  const credentials = new CredentialStore({ clock: new LabClock() });
  await (await loadArtefact(configure))(created, contextOf());
  const handler = await loadArtefact(heartbeat);
  const members = Object.keys(config.members).map(
    (node) => new Member(node, config, credentials.session(MEMBER_ROLE, node)),
  );
  await settle(members, config.group, handler);
  await repeat(warmUps, members, config.group, handler);
  const go = toldToGo();
  say({ kind: 'warm' });
  await go;
  const cpuBefore = process.cpuUsage();
  const done = await repeat(beats, members, config.group, handler);
  const cpu = process.cpuUsage(cpuBefore);
  say({
    kind: 'result',
    latencyMs: spreadOf(done.map(({ tookMs }) => tookMs)),
    requestBytes: mean(done.map(({ requestBytes }) => requestBytes)),
    answerBytes: mean(done.map(({ answerBytes }) => answerBytes)),
    cpuMs: (cpu.user + cpu.system) / 1000 / beats,
  });
};

// Whoever started this process has ended, so nobody waits for the result.
process.once('disconnect', () => process.exit(0));
try {
  await main(orderSchema.parse(JSON.parse(process.argv[2] ?? '')));
  process.disconnect();
} catch (error) {
  say({ kind: 'failed', message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
}
