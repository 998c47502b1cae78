/** One group, a hundred, ten thousand: what a heartbeat costs in calls, units and bytes, and how long the handler takes. */
import { join } from 'node:path';
import * as z from 'zod/mini';
import { LabClock } from '../../lab/ends/clock.ts';
import { DynamoEnd } from '../../lab/ends/dynamodb/server.ts';
import { BenchError } from '../errors.ts';
import { readUnits, writeUnits } from '../handler/item-size.ts';
import { ROOT } from '../machine.ts';
import type { MeasureContext } from '../section.ts';
import { spreadSchema } from '../statistics.ts';
import { playStory } from './child.ts';
import type { SteadyCase, SteadyResult } from './messages.ts';
import { readTable, type TableContent } from './table.ts';
import { MEMBERS } from './village.ts';

/** Several environments, each heartbeat to any of them: what one of them remembers helps least there. */
export const SEVERAL = 8;
/** The compiler has seen everything by then. */
const COMPILED = 2500;
const SECOND_MS = 1000;

/** Per heartbeat, unless it says otherwise. */
export const steadySchema = z.object({
  groups: z.int(),
  heartbeatMs: z.int(),
  environments: z.int(),
  /** Heartbeats that were counted. */
  beats: z.int(),
  /** Of these, in all: not answered with a role. */
  failures: z.int(),
  reads: z.number(),
  writes: z.number(),
  lostWrites: z.number(),
  readUnits: z.number(),
  writeUnits: z.number(),
  dynamodbRequestBytes: z.number(),
  dynamodbResponseBytes: z.number(),
  requestBytes: z.number(),
  answerBytes: z.number(),
  logBytes: z.number(),
  latencyMs: spreadSchema,
  /** The largest of all groups. */
  itemBytes: z.int(),
  configBytes: z.int(),
});
export type Steady = z.infer<typeof steadySchema>;

export const artefact = (name: string): string => join(ROOT, `dist/lambdas/${name}/index.mjs`);

/** A copy that one environment has lost is not tried again for 10 s: two such rounds until the caches have settled. */
const SETTLED_MS = 25_000;
/** Ten thousand groups overflow every cache within a fraction of one round of heartbeats. */
const OVERFLOW_BEATS = 8500;

const settledBeats = (groups: number, heartbeatMs: number): number =>
  Math.min(OVERFLOW_BEATS, Math.ceil((MEMBERS * groups * SETTLED_MS) / heartbeatMs));

/** @param beats with one environment, where the handler is timed too, and with several */
const caseOf = (groups: number, heartbeatMs: number, beats: readonly [number, number]): SteadyCase => ({
  table: `steady-${groups}-${heartbeatMs}`,
  groups,
  heartbeatMs,
  plays: [
    { environments: 1, warmUps: heartbeatMs === SECOND_MS ? COMPILED : 100, beats: beats[0] },
    { environments: SEVERAL, warmUps: settledBeats(groups, heartbeatMs), beats: beats[1] },
  ],
});

export const casesOf = (quick: boolean): SteadyCase[] =>
  quick
    ? [
        caseOf(1, SECOND_MS, [500, 500]),
        caseOf(100, SECOND_MS, [500, 500]),
        caseOf(500, SECOND_MS, [1000, 1000]),
        caseOf(1, 10 * SECOND_MS, [100, 100]),
      ]
    : [
        caseOf(1, SECOND_MS, [3000, 2000]),
        caseOf(100, SECOND_MS, [3000, 3000]),
        caseOf(10_000, SECOND_MS, [10_000, 6000]),
        caseOf(1, 5 * SECOND_MS, [500, 500]),
        caseOf(1, 10 * SECOND_MS, [500, 500]),
      ];

const perBeat = (result: SteadyResult, { stateBytesMax, otherBytesMax }: TableContent): Steady => {
  const { groups, heartbeatMs, environments, beats, failures, latencyMs, traffic } = result;
  if (traffic.others > 0)
    throw new BenchError(`${traffic.others} calls to DynamoDB are neither read nor write`);
  const { reads, writes, lostWrites } = traffic;
  return {
    groups,
    heartbeatMs,
    environments,
    beats,
    failures,
    reads: reads / beats,
    writes: writes / beats,
    lostWrites: lostWrites / beats,
    // By the largest item that there is: none is read or written that would cost more.
    readUnits: (reads * readUnits(Math.max(stateBytesMax, otherBytesMax))) / beats,
    // A write that is refused by its condition costs as much as one that is not.
    writeUnits: ((writes + lostWrites) * writeUnits(stateBytesMax)) / beats,
    dynamodbRequestBytes: traffic.requestBytes / beats,
    dynamodbResponseBytes: traffic.responseBytes / beats,
    requestBytes: result.requestBytes,
    answerBytes: result.answerBytes,
    logBytes: result.logBytes / beats,
    latencyMs,
    itemBytes: stateBytesMax,
    configBytes: otherBytesMax,
  };
};

/** @throws BenchError, LabError, or the signal's reason */
export const measureSteady = async (context: MeasureContext): Promise<Steady[]> => {
  const dynamo = new DynamoEnd({ clock: new LabClock() });
  try {
    await dynamo.start();
    const cases = casesOf(context.quick);
    for (const { table } of cases) await dynamo.createTable(table);
    const endpoint = dynamo.directEndpoint;
    const told = await playStory(
      {
        kind: 'steady',
        endpoint,
        heartbeat: artefact('heartbeat'),
        cases,
      },
      context,
    );
    if (told.kind !== 'steady') throw new BenchError('another story was told than was asked for');
    const contents = new Map<string, TableContent>();
    for (const { table } of cases) contents.set(table, await readTable(endpoint, table));
    return told.results.map((result) => {
      const content = contents.get(result.table);
      if (content === undefined) throw new BenchError(`nobody asked for the table ${result.table}`);
      return perBeat(result, content);
    });
  } finally {
    await dynamo.close();
  }
};
