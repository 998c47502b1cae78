/** The warm handler against DynamoDB: how long a heartbeat takes, and what it costs. */
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod/mini';
import type { DynamoCount } from '../../lab/ends/dynamodb/server.ts';
import { BenchError } from '../errors.ts';
import { ROOT } from '../machine.ts';
import * as show from '../numbers.ts';
import { HOURS_PER_MONTH, PRICES } from '../scale/prices.ts';
import { limited, type MeasureContext, section } from '../section.ts';
import { spreadSchema } from '../statistics.ts';
import { measureBareCalls } from './bare.ts';
import { monthlyCost } from './cost.ts';
import { itemBytes, readUnits, writeUnits } from './item-size.ts';
import { messageSchema, type Order, type Result } from './messages.ts';
import { openWorld, type World } from './world.ts';

const P50_MS_MAX = 3;
const ITEM_BYTES_MAX = 1024;
const COST_MAX = 10.4;
const WARM_UPS = 1000;
const BEATS = 6000;
/** Counting needs no statistics: every heartbeat is the same. */
const COUNTED_BEATS = 600;
const PASS_MS_MAX = 180_000;

const operationSchema = z.object({
  operation: z.string(),
  /** Per heartbeat, bodies only. */
  calls: z.number(),
  requestBytes: z.number(),
  responseBytes: z.number(),
});
const schema = z.object({
  latencyMs: spreadSchema,
  /** The same read and write with nothing but HTTP, in the same minute. */
  bareMs: spreadSchema,
  /** Time on the CPU per heartbeat, the making of its event included. */
  cpuMs: z.number(),
  requestBytes: z.number(),
  answerBytes: z.number(),
  members: z.int(),
  dynamodb: z.array(operationSchema),
  itemBytes: z.int(),
  /** Per heartbeat. */
  readUnits: z.number(),
  writeUnits: z.number(),
});
type Data = z.infer<typeof schema>;

interface Pass {
  readonly endpoint: string;
  readonly beats: number;
  readonly onWarm?: () => void;
}

const artefact = (name: string): string => join(ROOT, `dist/lambdas/${name}/index.mjs`);

/** Runs heartbeats through the handler in a process of its own. */
const runPass = (world: World, pass: Pass, { signal, progress }: MeasureContext): Promise<Result> => {
  const order: Order = {
    heartbeat: artefact('heartbeat'),
    configure: artefact('configure'),
    config: world.config,
    created: world.created,
    warmUps: WARM_UPS,
    beats: pass.beats,
  };
  const child = fork(fileURLToPath(new URL('runner.ts', import.meta.url)), [JSON.stringify(order)], {
    env: { ...world.env(pass.endpoint), NODE_NO_WARNINGS: '1' },
    execArgv: [],
    // The function's log lines go nowhere; nobody reads them here.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const { promise, resolve, reject } = Promise.withResolvers<Result>();
  const timer = setTimeout(() => reject(new BenchError('the handler hangs')), PASS_MS_MAX);
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  child.on('message', (raw) => {
    const message = messageSchema.parse(raw);
    if (message.kind === 'progress') progress(message.line);
    else if (message.kind === 'failed') reject(new BenchError(message.message));
    else if (message.kind === 'result') resolve(message);
    else {
      pass.onWarm?.();
      child.send('go', () => undefined);
    }
  });
  child.once('error', reject);
  child.once('exit', (code, by) => reject(new BenchError(`the handler's process ended with ${by ?? code}`)));
  return promise.finally(() => {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    child.kill('SIGKILL');
  });
};

const inWorld = async <T>(work: (world: World) => Promise<T>): Promise<T> => {
  const world = await openWorld();
  try {
    return await work(world);
  } finally {
    await world.close();
  }
};

const perBeat = (
  before: Readonly<Record<string, DynamoCount>>,
  after: Readonly<Record<string, DynamoCount>>,
): Data['dynamodb'] =>
  Object.entries(after)
    .map(([operation, count]) => {
      const earlier = before[operation];
      return {
        operation,
        calls: (count.calls - (earlier?.calls ?? 0)) / COUNTED_BEATS,
        requestBytes: (count.requestBytes - (earlier?.requestBytes ?? 0)) / COUNTED_BEATS,
        responseBytes: (count.responseBytes - (earlier?.responseBytes ?? 0)) / COUNTED_BEATS,
      };
    })
    .filter(({ calls }) => calls > 0);

const callsOf = (dynamodb: Data['dynamodb'], name: string): number =>
  dynamodb.find(({ operation }) => operation === name)?.calls ?? 0;

const measure = async (context: MeasureContext): Promise<Data> => {
  context.progress(`${BEATS} heartbeats straight to DynamoDB`);
  const timed = await inWorld(async (world) => {
    const endpoint = world.dynamo.directEndpoint;
    const pass = await runPass(world, { endpoint, beats: BEATS }, context);
    context.progress('the same two calls with nothing but HTTP');
    return { ...pass, bareMs: await measureBareCalls(endpoint, (await world.item()).item) };
  });
  context.progress(`${COUNTED_BEATS} heartbeats through a counter of calls and bytes`);
  return inWorld(async (world) => {
    let before: Record<string, DynamoCount> = {};
    const onWarm = (): void => {
      before = world.dynamo.counts();
    };
    await runPass(world, { endpoint: world.dynamo.endpoint, beats: COUNTED_BEATS, onWarm }, context);
    const dynamodb = perBeat(before, world.dynamo.counts());
    const { item, readUnits: billed } = await world.item();
    const size = itemBytes(item);
    if (billed !== undefined && billed !== readUnits(size)) {
      throw new BenchError(
        `an item of ${size} bytes is billed ${billed} read units: the size is counted wrongly`,
      );
    }
    return {
      latencyMs: timed.latencyMs,
      bareMs: timed.bareMs,
      cpuMs: timed.cpuMs,
      requestBytes: timed.requestBytes,
      answerBytes: timed.answerBytes,
      members: Object.keys(world.config.members).length,
      dynamodb,
      itemBytes: size,
      readUnits: callsOf(dynamodb, 'GetItem') * readUnits(size),
      writeUnits: callsOf(dynamodb, 'PutItem') * writeUnits(size),
    };
  });
};

const tell = (data: Data) => {
  const { latencyMs } = data;
  const cost = monthlyCost(data);
  const dollars = (value: number): string => `$${value.toFixed(2)}`;
  return {
    rows: [
      limited(
        'warm handler, p50',
        show.ms(latencyMs.median),
        `≤ ${P50_MS_MAX} ms`,
        latencyMs.median <= P50_MS_MAX,
      ),
      {
        what: 'for scale, one read and one write of the item with nothing but HTTP, p50',
        measured: show.ms(data.bareMs.median),
      },
      { what: 'warm handler, p99', measured: show.ms(latencyMs.p99) },
      { what: 'warm handler, min and max', measured: `${show.ms(latencyMs.min)}, ${show.ms(latencyMs.max)}` },
      { what: 'CPU time per heartbeat, client side', measured: show.ms(data.cpuMs) },
      ...data.dynamodb.map(({ operation, calls, requestBytes, responseBytes }) => ({
        what: `${operation} per heartbeat`,
        measured: `${show.count(calls)} call${calls === 1 ? '' : 's'}, ${show.bytes(requestBytes)} out, ${show.bytes(responseBytes)} back`,
      })),
      limited(
        `the group's item, ${data.members} members`,
        show.bytes(data.itemBytes),
        '≤ 1,024 bytes',
        data.itemBytes <= ITEM_BYTES_MAX,
      ),
      limited(
        'request units per heartbeat',
        `${show.count(data.readUnits)} RRU, ${show.count(data.writeUnits)} WRU`,
        '1 RRU, 1 WRU',
        data.readUnits <= 1 && data.writeUnits <= 1,
      ),
      {
        what: 'body of a heartbeat, and of its answer',
        measured: `${show.bytes(data.requestBytes)}, ${show.bytes(data.answerBytes)}`,
      },
      limited(
        'two members at 1 Hz for a month, 8 ms billed per heartbeat',
        dollars(cost.total),
        `≤ ${dollars(COST_MAX)}`,
        Number(cost.total.toFixed(2)) <= COST_MAX,
      ),
      { what: 'the same, what each billed millisecond adds', measured: `$${cost.perBilledMs.toFixed(4)}` },
    ],
    notes: [
      `The shipped bundle, in a process of its own with the function's environment, one heartbeat after the other: ${latencyMs.count.toLocaleString('en-US')} events of API Gateway's payload version 2 from ${data.members} members in turn, after ${WARM_UPS.toLocaleString('en-US')} to warm up, straight to dynoxide (DynamoDB's API over SQLite in memory, same machine). Calls and bytes are counted in a second pass through a proxy. Bytes are bodies, without HTTP headers; the item is counted by DynamoDB's rules. One environment serves all of them and keeps its own copy of the item, as Lambda does for a quiet group (decision 10), so it does not read; where two environments share a group, reads come back.`,
      `The cost takes the list prices of ${PRICES.region}, ${PRICES.asOf} (HTTP API $${PRICES.httpApiRequests}, Lambda $${PRICES.lambdaRequests}, WRU $${PRICES.writeUnits}, RRU $${PRICES.readUnits} per million; arm64 $${PRICES.lambdaGbSecond} per GB-s, 256 MB), ${HOURS_PER_MONTH} hours, the calls counted above. How many milliseconds AWS bills depends on its DynamoDB, not on this machine: 8 is an assumption. Logs, metrics and alarms are not in it.`,
    ],
  };
};

export const handler = section({
  title: 'Heartbeat handler',
  summary: 'warm latency, DynamoDB calls and bytes, item size, cost',
  schema,
  measure,
  tell,
});
