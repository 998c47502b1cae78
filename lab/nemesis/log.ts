/** A history as a log that somebody new can read: one line an event, aligned. Pure. */
import type { HistoryEvent } from './history.ts';
import { seconds } from './words.ts';

const columns = { time: 9, round: 5, what: 9, who: 14 } as const;
const msPerSecond = 1000;
const excerptBeforeMs = 6000;
const excerptAfterMs = 2000;
const excerptLinesMax = 40;

const nobody = (host: string | null): string => host ?? 'nobody';
const all = (hosts: readonly string[]): string => (hosts.length > 1 ? 'all hosts' : (hosts[0] ?? ''));

interface Line {
  readonly what: string;
  readonly who: string;
  readonly text: string;
}

const decision = ({
  what,
  type,
  group,
  epoch,
  from,
  to,
  reason,
  detail,
}: Extract<HistoryEvent, { kind: 'decision' }>): Line => {
  const how = detail === '' ? '' : `  ${detail}`;
  const text: Record<typeof what, string> = {
    transfer: `${nobody(from)} -> ${nobody(to)}: ${reason}${how}`,
    committed: `held by ${nobody(to)}${how}`,
    releasing: `${nobody(from)} is asked to let go: ${reason}${how}`,
    'move-failed': `the move to ${nobody(to)} failed${how}`,
    'move-stale': `an overtaken mover has acted${how}`,
    drift: `the fabric disagrees: it is put right${how}`,
    other: `${type}: ${reason}${how}`,
  };
  return { what: 'arbiter', who: `${group} #${epoch}`, text: text[what] };
};

const lineOf = (event: HistoryEvent): Line | undefined => {
  switch (event.kind) {
    case 'start': {
      const groups = event.groups.map(
        (one) =>
          `${one.name} (${one.vips.map(({ address }) => address).join(', ')}) held by ${nobody(one.holder)}`,
      );
      return { what: 'start', who: event.mode, text: `seed ${event.seed}; ${groups.join(', ')}` };
    }
    case 'round':
      return { what: 'round', who: `round ${event.round}`, text: event.plan };
    case 'strike':
      return {
        what: 'STRIKE',
        who: all(event.hosts),
        text: `${event.id} ${event.strike} ${event.detail}`.trimEnd(),
      };
    case 'skipped':
      return { what: 'skipped', who: '', text: `${event.strike}: ${event.why}` };
    case 'heal':
      return { what: 'healed', who: all(event.hosts), text: `${event.id} ${event.strike}` };
    case 'quiet':
      return { what: 'quiet', who: '', text: 'everything is healed' };
    case 'converged':
      return { what: 'at rest', who: '', text: `${seconds(event.tookMs)} after everything was healed` };
    case 'not-converged':
      return { what: 'NO REST', who: '', text: `after ${seconds(event.tookMs)}: ${event.missing}` };
    case 'calm':
      return undefined;
    case 'decision':
      return decision(event);
    case 'bound': {
      const life = event.lifetimeS === null ? '' : `, for ${event.lifetimeS} s`;
      return {
        what: 'kernel',
        who: event.host,
        text: event.bound ? `has ${event.vip}${life}` : `loses ${event.vip}`,
      };
    }
    case 'fabric': {
      const where = event.table === undefined ? '' : ` in table ${event.table}`;
      return { what: 'fabric', who: event.vip, text: `leads to ${nobody(event.host)}${where}` };
    }
    case 'associated':
      return {
        what: 'fabric',
        who: event.vip,
        text: `stands on ${event.private ?? 'nothing'}, of ${nobody(event.host)}`,
      };
    case 'ec2':
      return { what: 'ec2', who: event.by, text: `${event.action} ${event.addresses} ${event.outcome}` };
    case 'agent':
      return {
        what: 'agent',
        who: event.host,
        text: `${event.group === null ? '' : `${event.group}: `}${event.message}`,
      };
    case 'lambda':
      return { what: 'lambda', who: '', text: event.message };
    case 'process':
      return { what: 'process', who: event.host, text: `${event.what} ${event.event}` };
    case 'dark': {
      const who = `${nobody(event.before)} before, ${nobody(event.after)} after`;
      const machine = event.stalled ? ' (the prober itself stood still)' : '';
      return {
        what: 'client',
        who: event.vip,
        text: `dark for ${Math.round(event.to - event.at)} ms, ${event.lost} probes lost; ${who}${machine}`,
      };
    }
    case 'answered':
      return {
        what: 'client',
        who: event.vip,
        text: `answered by ${event.host} for ${seconds(event.to - event.at)}`,
      };
    case 'blind':
      return { what: 'BLIND', who: '', text: event.what };
    case 'end':
      return {
        what: 'end',
        who: '',
        text: `${event.sent} probes sent${event.interrupted ? '; interrupted' : ''}`,
      };
  }
};

/** An exclusive group's binding is extended every second; only the first time is worth a line. */
const withoutRenewals = (events: readonly HistoryEvent[]): HistoryEvent[] => {
  const bound = new Set<string>();
  return events.filter((event) => {
    if (event.kind !== 'bound') return true;
    const key = `${event.host}/${event.vip}`;
    const isRenewal = event.bound && bound.has(key);
    if (event.bound) bound.add(key);
    else bound.delete(key);
    return !isRenewal;
  });
};

const render = (events: readonly HistoryEvent[], startsAt: number): { at: number; line: string }[] => {
  let round = '';
  return events.flatMap((event) => {
    if (event.kind === 'round') round = `r${event.round}`;
    const told = lineOf(event);
    // What led to the first rest is no part of the run; the start says where it left off.
    if (told === undefined || event.at < startsAt) return [];
    const time = ((event.at - startsAt) / msPerSecond).toFixed(3).padStart(columns.time);
    const fields = [
      time,
      round.padEnd(columns.round),
      told.what.padEnd(columns.what),
      told.who.padEnd(columns.who),
    ];
    return [{ at: event.at, line: `${fields.join(' ')} ${told.text}`.trimEnd() }];
  });
};

const startOf = (events: readonly HistoryEvent[]): number =>
  events.find((event) => event.kind === 'start')?.at ?? events[0]?.at ?? 0;

export const logHead = [
  'time'.padStart(columns.time),
  'round'.padEnd(columns.round),
  'what'.padEnd(columns.what),
  'who'.padEnd(columns.who),
  'event',
].join(' ');

/** Every line of the log, in order; times are seconds since the start. */
export const logLines = (history: readonly HistoryEvent[]): string[] =>
  render(withoutRenewals(history), startOf(history)).map(({ line }) => line);

/** The lines around an instant, most of them from before it. */
export const excerptAt = (history: readonly HistoryEvent[], at: number): string[] => {
  const around = render(withoutRenewals(history), startOf(history)).filter(
    (one) => one.at >= at - excerptBeforeMs && one.at <= at + excerptAfterMs,
  );
  const before = around.filter((one) => one.at <= at);
  const after = around.slice(before.length);
  return [...before.slice(-excerptLinesMax), ...after].slice(0, 2 * excerptLinesMax).map(({ line }) => line);
};

/** An instant as the log shows it. */
export const logTime = (history: readonly HistoryEvent[], at: number): string =>
  seconds(at - startOf(history), 3);
