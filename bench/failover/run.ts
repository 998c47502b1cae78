/** One failover under a probing client: what the client lost, and which part of it the cloud itself took. */
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod/mini';
import { journalFrom } from '../../lab/control/client.ts';
import type { FaultOrder, JournalEntry } from '../../lab/control/types.ts';
import type { ProbeReport } from '../../lab/probe/probe.ts';
import { watchProbes } from '../../lab/scenario/watch.ts';
import { failoverTimeline, type TimelineRow } from '../../lab/timeline/timeline.ts';
import { BenchError } from '../errors.ts';
import type { Stage } from '../lab.ts';
import type { FaultCase } from './cases.ts';

/** A step of the story, in milliseconds after the fault. */
const stepSchema = z.object({ atMs: z.number(), what: z.string(), detail: z.string() });
export type Step = z.infer<typeof stepSchema>;

export const runSchema = z.object({
  outageMs: z.number(),
  lost: z.int(),
  moves: z.int(),
  owners: z.array(z.string()),
  /** Whether the VIP went to the healthy standby of the highest priority. */
  toBest: z.boolean(),
  /** Pauses of the probing process: the machine's, not the product's. */
  stallMs: z.number(),
  reason: z.nullable(z.string()),
  /** From the first EC2 call sent to the address applied. */
  fabricMs: z.nullable(z.number()),
  /** From the fault to the failure that brought a check down; null when none fell before the client was served. */
  checkDownMs: z.nullable(z.number()),
  /** From the fault to the first answer of another host; null when there was none. */
  servedMs: z.nullable(z.number()),
  steps: z.array(stepSchema),
});
export type FailoverRun = z.infer<typeof runSchema>;

/** The client must have been served without a loss for this long before a fault, and again after it. */
const STEADY_MS = 1000;

/** The heartbeat of the lab's default configuration. */
const HEARTBEAT_MS = 1000;
/** Phases within the heartbeat, spread evenly over the runs: chance must choose neither an easy set nor a hard one. */
const phaseMs = (index: number, runs: number): number => Math.round((HEARTBEAT_MS * (index + 0.5)) / runs);

/** Waits until the holder's last heartbeat is so old. */
const untilPhase = async ({ session }: Stage, ageMs: number): Promise<void> => {
  const { members } = await session.group();
  const now = members.find(({ state }) => state === 'MASTER')?.ageMs ?? 0;
  // With slow heartbeats the last one may be many of these old.
  const waitMs = (ageMs - now) % HEARTBEAT_MS;
  await delay(waitMs < 0 ? waitMs + HEARTBEAT_MS : waitMs);
};
const round = (ms: number): number => Math.round(ms * 1000) / 1000;

const fellSchema = z.object({ check: z.string(), up: z.literal(false), time: z.iso.datetime() });

/** When an agent said that a check went down: its own time, since its line is read some milliseconds later. */
export const checkDownAt = (entries: readonly JournalEntry[], sinceMs: number): number | undefined => {
  const fell = entries.flatMap((entry) => {
    const parsed = entry.kind === 'agent' ? fellSchema.safeParse(entry['fields']) : undefined;
    return parsed?.success === true ? [Date.parse(parsed.data.time)] : [];
  });
  return fell.toSorted((a, b) => a - b).find((at) => at >= sinceMs);
};

const bestStandby = async ({ session }: Stage): Promise<string | undefined> => {
  const { members } = await session.group();
  const standbys = members.filter(({ state, health }) => state === 'BACKUP' && health === 'ok');
  return standbys.toSorted((a, b) => (b.priority ?? 0) - (a.priority ?? 0))[0]?.host;
};

/** Reads a lab's journal piece by piece, so that each run sees its own entries only. */
export class JournalReader {
  readonly #client: Stage['client'];
  #next = 0;

  constructor(client: Stage['client']) {
    this.#client = client;
  }

  /** Everything since the last call. */
  async news(): Promise<JournalEntry[]> {
    const { next, entries } = await journalFrom(this.#client, this.#next);
    this.#next = next;
    return entries;
  }
}

interface Ordeal {
  readonly report: ProbeReport;
  /** Wall clock of the machine. */
  readonly faultAt: number;
}

/** Probes, applies the fault when the client has been served for a while, ends when another host serves it steadily. */
const underProbe = async (
  stage: Stage,
  orders: readonly FaultOrder[],
  holder: string | null,
  ageMs: number,
): Promise<Ordeal> => {
  const { session } = stage;
  const watched = watchProbes(session.info, session.info.vips.slice(0, 1));
  const isElsewhere = (): boolean =>
    watched.sights().every(({ owner }) => owner !== null && owner !== holder) && watched.isSteady(STEADY_MS);
  try {
    await watched.probes.ready;
    await session.until('the client is served', () => watched.isSteady(STEADY_MS));
    await untilPhase(stage, ageMs);
    const faults = [];
    for (const order of orders) faults.push(await session.fault(order));
    await session.until('another host serves the client', isElsewhere);
    const [report] = await watched.probes.stop();
    const faultAt = faults[0]?.startedAt;
    if (report === undefined || faultAt === undefined) throw new BenchError('no fault or no report');
    return { report, faultAt };
  } finally {
    // After a failure it would go on probing; after a success it has ended already.
    await watched.probes.stop().catch(() => undefined);
  }
};

const stepsOf = (rows: readonly TimelineRow[], zeroMs: number, faultAt: number): Step[] =>
  rows.map(({ atMs, what, detail }) => ({ atMs: round(zeroMs + atMs - faultAt), what, detail }));

/** Waits for rest, applies the fault, waits until another host serves. The caller heals. */
export const failOver = async (
  stage: Stage,
  journal: JournalReader,
  { orders }: FaultCase,
  at: { readonly index: number; readonly runs: number },
): Promise<FailoverRun> => {
  const { session } = stage;
  await session.quiet();
  const best = await bestStandby(stage);
  const before = await session.group();
  await journal.news();
  const { report, faultAt } = await underProbe(stage, orders, before.holderHost, phaseMs(at.index, at.runs));
  const after = await session.group();
  const entries = await journal.news();
  const { hosts, vips } = session.info;
  const timeline = failoverTimeline(entries, { hosts, vips, probe: report });
  const servedAt = report.outages.findLast((outage) => outage.before !== outage.after)?.toEpochMs;
  const downAt = checkDownAt(entries, faultAt);
  return {
    outageMs: report.outageMs,
    lost: report.lost,
    moves: after.epoch - before.epoch,
    owners: report.owners.map(({ host }) => host),
    toBest: report.owners.at(-1)?.host === best,
    stallMs: report.stallMs,
    reason: timeline?.reason ?? null,
    fabricMs: timeline?.fabricMs ?? null,
    checkDownMs: downAt === undefined || downAt > (servedAt ?? 0) ? null : round(downAt - faultAt),
    servedMs: servedAt === undefined ? null : round(servedAt - faultAt),
    steps: timeline === null ? [] : stepsOf(timeline.rows, Date.parse(timeline.zero), faultAt),
  };
};
