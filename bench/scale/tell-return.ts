/** The return after a blackout in words. */
import * as show from '../numbers.ts';
import { limited, type Row, type Table } from '../section.ts';
import { quantile } from '../statistics.ts';
import {
  API_THROTTLE,
  COLD_START_MS,
  DYNAMODB_MS,
  EC2_MS,
  ENVIRONMENTS_MAX,
  NETWORK_MS,
} from './assumptions.ts';
import type { ReturnResult } from './messages.ts';

const STEADY_MS_MAX = 60_000;
/** So many calls EC2 takes at once; the others wait for its bucket. */
const EC2_BURST = 100;

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** New holders, whatever the reason. */
export const movesOf = ({ transfers }: ReturnResult): number =>
  Object.values(transfers).reduce((sum, count) => sum + count, 0);

/** When everybody has been answered, nobody is refused any more, and every VIP leads to a host that serves it. */
export const steadyMs = (one: ReturnResult): number =>
  Math.max(one.lastFirstAnswerMs, one.lastRefusalMs ?? 0, one.allServedMs ?? 0);

const nameOf = ({ groups, dead }: ReturnResult): string =>
  `${show.count(groups)} groups return, ${dead === 0 ? 'all holders alive' : `${dead} holders dead`}`;

const rowsOf = (one: ReturnResult): Row[] => {
  const name = nameOf(one);
  const moves = movesOf(one);
  const rows = [
    limited(`${name}: moves`, show.count(moves), show.count(one.dead), moves === one.dead),
    limited(
      `${name}: every VIP is served at the end`,
      `${show.count(one.served)} of ${show.count(one.groups)}`,
      'all',
      one.served === one.groups,
    ),
  ];
  const steady = steadyMs(one);
  // Moves wait for EC2's bucket: how long is the cloud's affair and no target of ours.
  const until = seconds(steady);
  const what = `${name}: until steady`;
  if (one.dead > 0) return [...rows, { what, measured: until }];
  return [...rows, limited(what, until, `≤ ${STEADY_MS_MAX / 1000} s`, steady <= STEADY_MS_MAX)];
};

export const returnRows = (returns: readonly ReturnResult[]): Row[] => returns.flatMap(rowsOf);

/** How many moves had been committed when: the first, as many as one burst holds, the last. */
const drainOf = ({ committedMs }: ReturnResult): string => {
  if (committedMs.length === 0) return '';
  const sorted = committedMs.toSorted((a, b) => a - b);
  const first = `first ${seconds(quantile(sorted, 0))}`;
  const burst = sorted[EC2_BURST - 1];
  const middle =
    burst === undefined || sorted.length === EC2_BURST ? [] : [`${EC2_BURST}th ${seconds(burst)}`];
  return [first, ...middle, `last ${seconds(quantile(sorted, 1))}`].join(', ');
};

const refusedOf = ({ statuses }: ReturnResult): string => {
  const of = (wanted: (status: string) => boolean): string =>
    show.count(
      Object.entries(statuses).reduce((sum, [status, count]) => sum + (wanted(status) ? count : 0), 0),
    );
  return `${of((status) => status === '429')} / ${of((status) => status.startsWith('5'))}`;
};

const perRequest = ({ traffic, requests }: ReturnResult): string =>
  ((traffic.reads + traffic.writes + traffic.lostWrites) / requests).toFixed(2);

const lineOf = (one: ReturnResult): string[] => [
  nameOf(one),
  seconds(one.lastFirstAnswerMs),
  one.lastRefusalMs === null ? 'none' : seconds(one.lastRefusalMs),
  seconds(steadyMs(one)),
  show.count(movesOf(one)),
  drainOf(one),
  `${show.count(one.ec2Calls)} / ${show.count(one.ec2Throttled)}`,
  `${show.count(one.requests)} in ${seconds(one.playedMs)}`,
  show.count(one.requestsInFirstSecond),
  refusedOf(one),
  show.count(one.traffic.lostWrites),
  perRequest(one),
  show.count(one.environments),
  show.count(one.claimsRefused),
];

export const returnTable = (returns: readonly ReturnResult[]): Table => ({
  caption: `After a blackout of ${seconds(returns[0]?.blackoutMs ?? 0)}: counted from the moment at which the arbiter can be reached again`,
  head: [
    '',
    'last agent answered after',
    'last 429 or 5xx after',
    'steady after',
    'moves',
    'moves committed after',
    'EC2 calls / throttled',
    'requests',
    'of them in the first second',
    '429 / 5xx',
    'lost swaps',
    'DynamoDB calls a request',
    'environments',
    'claims refused',
  ],
  rows: returns.map(lineOf),
});

export const returnNotes = (): string[] => [
  `**Return.** Real agents by the thousand do not fit on a machine, so this is a story in simulated time: the shipped Lambda bundles, dynoxide and the lab's EC2 with its throttle buckets (${EC2_BURST} calls, then 5 a second) are real, and so is what the members decide (core/holder); their hosts, their network and all clocks are played. Assumed: ${NETWORK_MS} ms each way, ${DYNAMODB_MS} ms for a call to DynamoDB, ${EC2_MS} ms for one to EC2, ${COLD_START_MS} ms for a cold start, at most ${ENVIRONMENTS_MAX} environments (all cold at the return; a request that finds none is answered 503), API Gateway's ${show.count(API_THROTTLE.perSecond)} requests a second and bursts of ${show.count(API_THROTTLE.burst)}. Times therefore do not depend on the speed of this machine.`,
  'Holders that are dead died in the middle of the blackout, with their hosts. Their standbys have not seen them fall silent, so they believe in the silence only after 10 s of answers of their own; then they claim. That the brake on mass failover stays off is the point of keeping these below a fifth of all groups.',
];
