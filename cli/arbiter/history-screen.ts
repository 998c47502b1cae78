/** What was decided about a group, as lines of text: an epoch after the other, the newest first. Pure. */
import type { HistoryEvent } from '../../core/wire/admin.ts';
import { glyphs, type Look } from '../glyphs.ts';
import { elapsed, table } from '../table.ts';
import { named, nameOf } from './names.ts';
import type { Target } from './target.ts';
import { bars, type Span } from './waterfall.ts';

type Hosts = Target['hosts'];

/** `2026-11-28 08:14:02.113Z`: several people in several places may look at the same line. */
const instant = (epochMs: number): string => new Date(epochMs).toISOString().replace('T', ' ');

const seconds = (ms: unknown): string => (typeof ms === 'number' ? `${(ms / 1000).toFixed(2)}s` : '?');

const LAST_BEAT = 'last beat';

/** Longer than a failover takes: what comes later in an epoch is another story. */
const STORY_MS = 60_000;

/** How long after the beginning: to the millisecond while that is what matters. */
const offset = (ms: number): string =>
  ms < STORY_MS ? (Math.max(0, ms) / 1000).toFixed(3) : `+${elapsed(ms)}`;

const attemptOf = (attempt: unknown): string =>
  typeof attempt === 'number' && attempt > 1 ? `, attempt ${attempt}` : '';

const hookWords = (ms: unknown): string => (typeof ms === 'number' ? `, ${seconds(ms)}` : '');

/** What an event says beyond its name. */
const wordsOf = (event: HistoryEvent, hosts: Hosts): string => {
  const { detail = {}, from, reason } = event;
  switch (event.type) {
    case 'transfer':
      return detail['lastBeatAgeMs'] === undefined
        ? reason
        : `${reason}: nothing from ${nameOf(from, hosts)} for ${seconds(detail['lastBeatAgeMs'])}`;
    case 'committed':
      return `the fabric answered after ${seconds(detail['moveMs'])}${attemptOf(detail['attempt'])}`;
    case 'preparing':
      return `${nameOf(event.to, hosts)} is asked first: ${reason}`;
    case 'prepared':
      return `beforeMaster of ${nameOf(event.to, hosts)}: 0${hookWords(detail['hookMs'])}`;
    case 'not-prepared':
      return `${nameOf(event.to, hosts)}: ${reason}${hookWords(detail['hookMs'])}`;
    case 'move-failed':
      return `${detail['code']}${detail['permanent'] === true ? ', for good' : ''}${attemptOf(detail['attempt'])}`;
    case 'operator':
      return `${named(String(detail['command']), hosts)}: ${reason} (${detail['by']})`;
    case 'drift':
      return `found at ${detail['owners']}, ${detail['left'] === true ? 'left there' : 'moved back'}`;
    case 'alarm': {
      const about = `${detail['check']} of ${nameOf(String(detail['node']), hosts)}`;
      return reason === 'alarm' ? `${about} fails: ${detail['alarm']} is on` : `${about} is over`;
    }
    case 'would-move':
      return `${reason}: to ${nameOf(event.to, hosts)}; observed, not done`;
    case 'standby':
      return reason === 'back'
        ? `${nameOf(event.to, hosts)} could take over again`
        : 'nobody could take over';
    default:
      return reason;
  }
};

/** One line of an epoch: when, what, and how long it took. */
interface Row extends Span {
  readonly what: string;
  readonly words: string;
}

const numberIn = (event: HistoryEvent, key: string): number | undefined => {
  const value = event.detail?.[key];
  return typeof value === 'number' ? value : undefined;
};

/** What an event says of how long that took which ended with it. */
const TOOK = ['moveMs', 'hookMs'] as const;

/** A change of hands begins with the last that was heard of the old holder; a commit ends what the fabric took. */
const rowsOf = (event: HistoryEvent, hosts: Hosts): Row[] => {
  const { type: what, at } = event;
  const row = { what, words: wordsOf(event, hosts), fromMs: at, toMs: at };
  const beatAgeMs = what === 'transfer' ? numberIn(event, 'lastBeatAgeMs') : undefined;
  const tookMs = TOOK.map((key) => numberIn(event, key)).find((ms) => ms !== undefined);
  if (tookMs !== undefined && what !== 'transfer') return [{ ...row, fromMs: at - tookMs }];
  if (beatAgeMs === undefined) return [row];
  const beatAt = at - beatAgeMs;
  const words = `of ${nameOf(event.from, hosts)}`;
  return [{ what: LAST_BEAT, words, fromMs: beatAt, toMs: beatAt }, row];
};

/** Only a change of hands is a story of which the parts are worth comparing. */
const drawn = (rows: readonly Row[], look: Look): string[] => {
  const [first] = rows;
  const story = rows.filter((row) => first !== undefined && row.toMs - first.fromMs < STORY_MS);
  const told = story.length < 2 ? story.map(() => '') : bars(story, look);
  return rows.map((row) => told[story.indexOf(row)] ?? '');
};

/** From the last heartbeat, or the order, to the commit; undefined while it is not committed. */
const tookWords = (rows: readonly Row[], isChange: boolean): string[] => {
  const [first] = rows;
  const commit = rows.find(({ what }) => what === 'committed');
  return !isChange || first === undefined || commit === undefined
    ? []
    : [`took ${seconds(commit.toMs - first.fromMs)}`];
};

/** A candidate that was asked first was asked when the old holder had been heard of for the last time. */
const inTime = (rows: readonly Row[]): Row[] => [
  ...rows.filter(({ what }) => what === LAST_BEAT),
  ...rows.filter(({ what }) => what !== LAST_BEAT),
];

/** Of one epoch, oldest first. */
const epochLines = (epoch: number, events: readonly HistoryEvent[], hosts: Hosts, look: Look): string[] => {
  const rows = inTime(events.flatMap((event) => rowsOf(event, hosts)));
  const [first] = rows;
  const [oldest] = events;
  if (first === undefined || oldest === undefined) return [];
  const change = events.find(({ type }) => type === 'transfer');
  const { arrow } = glyphs(look);
  const who =
    change === undefined
      ? oldest.type === 'preparing'
        ? `asked for, and not used`
        : `held by ${nameOf(oldest.to, hosts)}`
      : `${nameOf(change.from, hosts)} ${arrow} ${nameOf(change.to, hosts)}  ${change.reason}`;
  const lines = change === undefined ? [] : drawn(rows, look);
  const hasBars = lines.some((line) => line !== '');
  const cells = rows.map((row, index) => [
    `  ${offset(row.toMs - first.fromMs)}`,
    row.what,
    ...(hasBars ? [look.paint('cyan', lines[index] ?? '')] : []),
    row.words,
  ]);
  const [, ...told] = table(hasBars ? ['', '', '', ''] : ['', '', ''], cells);
  const head = [
    `${look.paint('bold', `#${epoch}`)}  ${who}`,
    ...tookWords(rows, change !== undefined),
    look.paint('dim', instant(oldest.at)),
  ];
  return [head.join('  '), ...told];
};

/** @param events newest first */
export const historyLines = (events: readonly HistoryEvent[], hosts: Hosts, look: Look): string[] => {
  if (events.length === 0) return ['nothing has been decided yet'];
  const byEpoch = Map.groupBy(events, ({ epoch }) => epoch);
  return [...byEpoch].flatMap(([epoch, of]) => epochLines(epoch, of.toReversed(), hosts, look));
};
