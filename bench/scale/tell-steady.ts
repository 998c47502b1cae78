/** The steady numbers in words. */
import * as show from '../numbers.ts';
import { limited, type Row, type Table } from '../section.ts';
import { API_THROTTLE, DYNAMODB_MS, MEMORY_MB, OWN_WORK_MS } from './assumptions.ts';
import { beatCost, monthCost, PLATFORM_LOG_BYTES, type Use } from './cost.ts';
import { HOURS_PER_MONTH, PRICES } from './prices.ts';
import type { Steady } from './steady.ts';
import { MEMBERS } from './village.ts';

/** "Flat": a tenth of what one group's heartbeat costs is what any number of groups may add. */
const FLAT_MAX = 1.1;
const MONTH_MAX = 10.4;
const SLOW_MONTH_MAX = 1.1;
const SECOND_MS = 1000;
const SLOW_MS = 10_000;
const MILLION = 1_000_000;

export const dollars = (value: number): string => `$${value.toFixed(2)}`;
const times = (value: number): string => `×${value.toFixed(2)}`;
/** Rounded like an amount of money: what is compared is what is shown. */
const rounded = (value: number): number => Number(value.toFixed(2));

const useOf = ({ readUnits, writeUnits, logBytes, reads, writes, lostWrites }: Steady): Use => ({
  readUnits,
  writeUnits,
  logBytes,
  calls: reads + writes + lostWrites,
});

const perMillion = (steady: Steady): number => beatCost(useOf(steady)).total * MILLION;

const inWords = (environments: number): string =>
  environments === 1 ? 'one environment' : `${environments} environments`;
const groupsOf = ({ groups }: Steady): string => `${show.count(groups)} group${groups === 1 ? '' : 's'}`;

/** The cases of one placement at one heartbeat a second, fewest groups first. */
const bySize = (steady: readonly Steady[], environments: number): Steady[] =>
  steady
    .filter((one) => one.heartbeatMs === SECOND_MS && one.environments === environments)
    .toSorted((a, b) => a.groups - b.groups);

const placements = (steady: readonly Steady[]): number[] =>
  [...new Set(steady.map(({ environments }) => environments))].toSorted((a, b) => a - b);

const flatRows = (steady: readonly Steady[]): Row[] =>
  placements(steady).flatMap((environments) => {
    const sizes = bySize(steady, environments);
    const [one, most] = [sizes[0], sizes.at(-1)];
    if (one === undefined || most === undefined || one === most) return [];
    const ratio = perMillion(most) / perMillion(one);
    const what = `cost of a heartbeat, ${groupsOf(most)} against ${groupsOf(one)}, ${inWords(environments)}`;
    const measured = `${times(ratio)} (${dollars(perMillion(most))} and ${dollars(perMillion(one))} a million)`;
    return [limited(what, measured, `≤ ${times(FLAT_MAX)}`, rounded(ratio) <= FLAT_MAX)];
  });

/** Only with one environment is every heartbeat timed in code that the compiler knows. */
const latencyRows = (steady: readonly Steady[]): Row[] => {
  const [one, ...more] = bySize(steady, 1);
  if (one === undefined) return [];
  return more.map((many) => ({
    what: `handler with ${groupsOf(many)} against ${groupsOf(one)}, one environment`,
    measured: `p50 ${times(many.latencyMs.median / one.latencyMs.median)}, p99 ${times(many.latencyMs.p99 / one.latencyMs.p99)}`,
  }));
};

const monthRow = (steady: readonly Steady[], heartbeatMs: number, most: number): Row[] => {
  const one = steady.find(
    (other) => other.groups === 1 && other.environments === 1 && other.heartbeatMs === heartbeatMs,
  );
  if (one === undefined) return [];
  const { total } = monthCost(useOf(one), heartbeatMs, MEMBERS);
  const what = `a group of ${MEMBERS} for a month, a heartbeat every ${heartbeatMs / 1000} s`;
  return [limited(what, dollars(total), `≤ ${dollars(most)}`, rounded(total) <= most)];
};

/** A call to DynamoDB of more than a second fails: on a machine that is far too busy, and then no number is worth much. */
const failureRow = (steady: readonly Steady[]): Row => {
  const beats = steady.reduce((sum, one) => sum + one.beats, 0);
  const failures = steady.reduce((sum, one) => sum + one.failures, 0);
  const measured = `${show.count(failures)} of ${show.count(beats)}`;
  return limited('heartbeats of quiet groups without an answer', measured, '0', failures === 0);
};

export const steadyRows = (steady: readonly Steady[]): Row[] => [
  failureRow(steady),
  ...flatRows(steady),
  ...latencyRows(steady),
  ...monthRow(steady, SECOND_MS, MONTH_MAX),
  ...monthRow(steady, SLOW_MS, SLOW_MONTH_MAX),
];

const beatLine = (one: Steady): string[] => [
  `${groupsOf(one)}, ${inWords(one.environments)}`,
  show.count(one.beats),
  one.reads.toFixed(3),
  one.writes.toFixed(3),
  one.lostWrites.toFixed(3),
  one.readUnits.toFixed(3),
  one.writeUnits.toFixed(3),
  `${show.count(Math.round(one.dynamodbRequestBytes))} / ${show.count(Math.round(one.dynamodbResponseBytes))}`,
  `${show.count(Math.round(one.requestBytes))} / ${show.count(Math.round(one.answerBytes))}`,
  show.count(one.itemBytes),
  one.environments === 1 ? `${show.ms(one.latencyMs.median)} / ${show.ms(one.latencyMs.p99)}` : '',
  dollars(perMillion(one)),
];

const beatTable = (steady: readonly Steady[]): Table => ({
  caption: 'One heartbeat, counted, in groups of two that are held and quiet',
  head: [
    'groups',
    'heartbeats counted',
    'GetItem',
    'PutItem',
    'PutItem, condition failed',
    'RRU',
    'WRU',
    'DynamoDB, bytes out / back',
    'heartbeat / answer, bytes',
    'item, bytes',
    'handler p50 / p99',
    '$ a million',
  ],
  rows: placements(steady).flatMap((environments) => bySize(steady, environments).map(beatLine)),
});

const monthLine = (one: Steady): string[] => {
  const { heartbeatMs } = one;
  const cost = monthCost(useOf(one), heartbeatMs, MEMBERS);
  const parts = [cost.api, cost.requests, cost.duration, cost.writes, cost.reads].map(dollars);
  const what = `${heartbeatMs / 1000} s, ${inWords(one.environments)}`;
  return [what, ...parts, `**${dollars(cost.total)}**`, dollars(cost.logs), dollars(cost.platformLogs)];
};

const monthTable = (steady: readonly Steady[]): Table => ({
  caption: `A group of ${MEMBERS} for a month of ${HOURS_PER_MONTH} hours`,
  head: [
    'heartbeat every',
    'HTTP API',
    'Lambda requests',
    'Lambda duration',
    'DynamoDB writes',
    'DynamoDB reads',
    'total',
    'besides: logs and metrics of the function',
    "besides: Lambda's own log lines, unless switched off",
  ],
  rows: steady
    .filter(({ groups }) => groups === 1)
    .toSorted((a, b) => a.environments - b.environments || a.heartbeatMs - b.heartbeatMs)
    .map(monthLine),
});

export const steadyTables = (steady: readonly Steady[]): Table[] => [beatTable(steady), monthTable(steady)];

/** Prices a million, a GB or a month, as the one table of prices has them. */
const priceNote = (): string => {
  const { region, asOf, httpApiRequests, lambdaRequests, writeUnits, readUnits } = PRICES;
  return `Prices: ${region}, ${asOf}, on demand, without the free tier. Per million: HTTP API ${dollars(httpApiRequests)}, Lambda ${dollars(lambdaRequests)}, WRU $${writeUnits}, RRU $${readUnits}; arm64 $${PRICES.lambdaGbSecond} per GB-s at ${MEMORY_MB} MB; logs ${dollars(PRICES.logGb)} per GB. Assumed, not measured: Lambda bills ${OWN_WORK_MS} ms for a heartbeat and ${DYNAMODB_MS} ms for each call to DynamoDB. The function writes logs and metrics about changes only, so a quiet group writes none; Lambda adds ${PLATFORM_LOG_BYTES} bytes for each invocation unless the deployment sets the system log level to WARN. A custom metric costs ${dollars(PRICES.customMetric)} a month if it is written in every hour; alarms, data transfer and storage are not in it.`;
};

export const steadyNotes = (steady: readonly Steady[]): string[] => {
  const several = Math.max(...placements(steady));
  return [
    `**Heartbeats.** The shipped bundle against dynoxide; no agent runs here. What the members say is decided by the shipped reducers (core/holder) in simulated time, in which heartbeats come at their own pace and a standby follows its holder. Groups are brought to rest by the shipped step in memory and then written to the table. Each heartbeat is one event of API Gateway, one after the other; calls, lost conditions and bytes of bodies are counted where they leave the process, HTTP headers are not in them. "One environment" has the memory of a single environment of the function, whatever the number of groups; with ${several}, each heartbeat goes to any of them, where the copies that an environment keeps (decision 10) help least. A busy pool on Lambda lies nearer to the second; a single quiet group nearer to the first. Latencies are of this machine and one run, in which the cases took turns; with several environments the compiler knows each of them less, so none is given.`,
    `Units follow the largest items of the table: a strong read is 1 RRU for 4 KB, a write 1 WRU for 1 KB, also when its condition fails. Above the account's ${show.count(API_THROTTLE.perSecond)} requests a second API Gateway throttles: 10,000 groups at one heartbeat a second need that quota raised.`,
    priceNote(),
  ];
};
