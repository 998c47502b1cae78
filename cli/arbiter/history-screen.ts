/** What was decided about a group, as lines of text: an epoch after the other, the newest first. Pure. */
import type { HistoryEvent } from '../../core/wire/admin.ts';
import { glyphs, type Look } from '../glyphs.ts';
import { elapsed, table } from '../table.ts';
import { named, nameOf } from './names.ts';
import type { Target } from './target.ts';

type Hosts = Target['hosts'];

/** `2026-11-28 08:14:02.113Z`: several people in several places may look at the same line. */
const instant = (epochMs: number): string => new Date(epochMs).toISOString().replace('T', ' ');

const seconds = (ms: unknown): string => (typeof ms === 'number' ? `${(ms / 1000).toFixed(2)}s` : '?');

/** How long after the first decision of its epoch: to the millisecond while that is what matters. */
const offset = (ms: number): string =>
  ms < 60_000 ? `+${(Math.max(0, ms) / 1000).toFixed(3)}` : `+${elapsed(ms)}`;

const attemptOf = (attempt: unknown): string =>
  typeof attempt === 'number' && attempt > 1 ? `, attempt ${attempt}` : '';

/** What an event says beyond its name. */
const wordsOf = (event: HistoryEvent, hosts: Hosts): string => {
  const { detail = {}, from, reason } = event;
  switch (event.type) {
    case 'transfer':
      return detail['lastBeatAgeMs'] === undefined
        ? reason
        : `${reason}; the last heartbeat of ${nameOf(from, hosts)} was ${seconds(detail['lastBeatAgeMs'])} old`;
    case 'committed':
      return `the fabric answered after ${seconds(detail['moveMs'])}${attemptOf(detail['attempt'])}`;
    case 'move-failed':
      return `${detail['code']}${detail['permanent'] === true ? ', for good' : ''}${attemptOf(detail['attempt'])}`;
    case 'operator':
      return `${named(String(detail['command']), hosts)}: ${reason} (${detail['by']})`;
    case 'drift':
      return `found at ${detail['owners']}, moved back`;
    default:
      return reason;
  }
};

/** Of one epoch, oldest first. */
const epochLines = (epoch: number, events: readonly HistoryEvent[], hosts: Hosts, look: Look): string[] => {
  const [first] = events;
  if (first === undefined) return [];
  const change = events.find(({ type }) => type === 'transfer');
  const { arrow } = glyphs(look);
  const who =
    change === undefined
      ? `held by ${nameOf(first.to, hosts)}`
      : `${nameOf(change.from, hosts)} ${arrow} ${nameOf(change.to, hosts)}  ${change.reason}`;
  const rows = events.map((event) => [`  ${offset(event.at - first.at)}`, event.type, wordsOf(event, hosts)]);
  const [, ...lines] = table(['', '', ''], rows);
  return [`${look.paint('bold', `#${epoch}`)}  ${who}  ${look.paint('dim', instant(first.at))}`, ...lines];
};

/** @param events newest first */
export const historyLines = (events: readonly HistoryEvent[], hosts: Hosts, look: Look): string[] => {
  if (events.length === 0) return ['nothing has been decided yet'];
  const byEpoch = Map.groupBy(events, ({ epoch }) => epoch);
  return [...byEpoch].flatMap(([epoch, of]) => epochLines(epoch, of.toReversed(), hosts, look));
};
