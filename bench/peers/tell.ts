/** Peer detection in words: deaths, cuts, and what it costs a month. */
import type { FailoverRun } from '../failover/run.ts';
import * as show from '../numbers.ts';
import { monthCost } from '../scale/cost.ts';
import { limited, type Row } from '../section.ts';
import { spreadOf } from '../statistics.ts';
import type { Counted, Cut } from './run.ts';

const DEATH_MS_MAX = 450;
const MONTH_DOLLARS_MAX = 1.1;
/** Of the group whose cost is told: the smallest that can fail over. */
const MEMBERS = 2;

export interface PeersData {
  readonly heartbeatMs: number;
  readonly deaths: readonly FailoverRun[];
  readonly cuts: readonly Cut[];
  readonly counted: Counted;
  readonly failures: readonly string[];
}

/** What is left of an outage without the cloud's own part; undefined: that part is not known. */
const beyond = ({ outageMs, fabricMs }: FailoverRun): number | undefined =>
  fabricMs === null ? undefined : Math.max(0, outageMs - fabricMs);

const deathRows = ({ deaths, failures }: PeersData): Row[] => {
  const values = deaths.map(beyond).filter((value) => value !== undefined);
  const bySuspicion = deaths.filter(({ reason, moves }) => reason === 'suspicion' && moves === 1).length;
  const tried = deaths.length + failures.length;
  const once = limited(
    'moved once, by suspicion',
    `${bySuspicion} of ${tried} deaths`,
    'all',
    bySuspicion === tried,
  );
  if (values.length === 0) return [once];
  const over = spreadOf(values);
  const isSoon = over.median <= DEATH_MS_MAX;
  return [
    limited(
      'a host dies: outage beyond the fabric, median',
      show.spread(over),
      `≤ ${show.ms(DEATH_MS_MAX)}`,
      isSoon,
    ),
    once,
  ];
};

const dollarsAMonth = ({ counted, heartbeatMs }: PeersData): number => {
  const { beats, gets, puts, readUnits, writeUnits } = counted;
  const use = {
    calls: (gets + puts) / beats,
    readUnits: readUnits / beats,
    writeUnits: writeUnits / beats,
    logBytes: 0,
  };
  return monthCost(use, heartbeatMs, MEMBERS).total;
};

export const rowsOf = (data: PeersData): Row[] => {
  const { cuts, heartbeatMs, counted } = data;
  const moves = cuts.reduce((sum, cut) => sum + cut.moves, 0);
  const dollars = dollarsAMonth(data);
  const expected = (counted.members * counted.quietMs) / heartbeatMs;
  return [
    ...deathRows(data),
    limited(
      'hosts do not reach each other: moves',
      `${moves} in ${cuts.length} cuts`,
      '0',
      cuts.length > 0 && moves === 0,
    ),
    {
      what: 'heartbeats while nothing happens',
      measured: `${counted.beats} of ${counted.members} hosts in ${counted.quietMs / 1000} s (${expected.toFixed(0)} by the interval)`,
    },
    limited(
      `a group of ${MEMBERS} for a month`,
      `$${dollars.toFixed(2)}`,
      `≤ $${MONTH_DOLLARS_MAX.toFixed(2)}`,
      dollars <= MONTH_DOLLARS_MAX,
    ),
  ];
};

export const notesOf = ({ deaths, cuts, counted, failures }: PeersData): string[] => {
  const failed = failures.length === 0 ? '' : ` No result: ${failures.join('; ')}.`;
  const each = deaths.map((run) => {
    const stalled = run.stallMs > 0 ? ` (stalled ${Math.round(run.stallMs)})` : '';
    return `${(beyond(run) ?? run.outageMs).toFixed(0)}${stalled}`;
  });
  const beats =
    cuts.length === 0
      ? ''
      : ` A cut made ${show.spread(spreadOf(cuts.map((cut) => cut.beats))).replaceAll(' ms', '')} heartbeats of all hosts together: the holder's quick ones, for some seconds.`;
  return [
    'One lab of three hosts, BFD 50 ms × 3, heartbeat 10 s, lease 30 s, EC2 acknowledges and applies at once. A client sends a probe every 2 ms. A cut lasts until every host has lost every other one, and 1.5 s more.',
    `Each death's outage beyond the fabric in ms: ${each.join(' · ')}.${failed}`,
    `The month is that of the heartbeats: ${counted.gets} reads and ${counted.puts} writes of an item of ${counted.itemBytes} bytes were counted for ${counted.beats} heartbeats, those of the sweep among them; prices and what Lambda bills as in *Scale and cost*.${beats}`,
  ];
};
