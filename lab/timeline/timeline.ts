/**
 * The story of a failover, put together from what each part of the lab noted by itself: the arbiter, the EC2 end, the
 * fabric and the client. Pure. A step that nobody noted is left out, never invented.
 */

import type { JournalEntry } from '../control/types.ts';
import {
  applied,
  callMoments,
  calls,
  clientMoments,
  commit,
  fault,
  intent,
  lastBeat,
  outagesOf,
  trigger,
} from './moments.ts';
import { type Moment, roundMs, type Step, storyOf, type TimelineScene } from './story.ts';

export type { Step, TimelineScene } from './story.ts';

/** One step. `atMs` counts from the old holder's last beat (0), or else from the intent; it may be negative. */
export interface TimelineRow {
  atMs: number;
  what: Step;
  detail: string;
  durationMs?: number;
}

export interface Timeline {
  group: string;
  epoch: number;
  /** Host names; `from` is null when nobody held before. */
  from: string | null;
  to: string | null;
  reason: string;
  /** The instant that `atMs` counts from, ISO 8601. */
  zero: string;
  rows: TimelineRow[];
  /** From the client's probes; null without any. The sum of all silent times around this transfer. */
  outageMs: number | null;
  /** Hosts that answered the client, in order; empty without probes. */
  owners: string[];
  /** What the cloud itself took: from the first EC2 call sent to the address applied. */
  fabricMs: number | null;
  /** The part of the outage that is Keepaloft's: outage minus fabric. */
  beyondFabricMs: number | null;
}

/** Steps at the same instant keep the order in which one causes the next. */
const causality: readonly Step[] = [
  'last beat',
  'fault',
  'no answer',
  'fault report',
  'resign',
  'claim',
  'intent',
  'EC2 call',
  'fabric applied',
  'first answer',
  'commit',
];

const rowsOf = (moments: readonly Moment[], zeroMs: number): TimelineRow[] =>
  moments
    .toSorted((a, b) => a.epochMs - b.epochMs || causality.indexOf(a.what) - causality.indexOf(b.what))
    .map(({ epochMs, ...rest }) => ({ atMs: roundMs(epochMs - zeroMs), ...rest }));

/**
 * The timeline of the last transfer in a journal; null when there is none.
 *
 * @example failoverTimeline(entries, { hosts: info.hosts, probe })?.outageMs
 */
export const failoverTimeline = (entries: readonly JournalEntry[], scene: TimelineScene): Timeline | null => {
  const story = storyOf(entries, scene);
  if (story === null) {
    return null;
  }
  const { transfer, name } = story;
  const made = calls(story);
  const beat = lastBeat(story);
  const order = fault(story);
  const end = applied(story, made);
  const [firstCall] = made;
  const noted = [beat, order, trigger(story), intent(story), ...callMoments(made), end, commit(story)];
  const zeroMs = beat?.epochMs ?? transfer.at;
  const outages = outagesOf(story, Math.min(zeroMs, order?.epochMs ?? zeroMs));
  const moments = [...noted.filter((moment) => moment !== undefined), ...clientMoments(story, outages)];
  const fabricMs =
    end === undefined || firstCall === undefined ? null : roundMs(end.epochMs - firstCall.startedAt);
  const outageMs =
    scene.probe === undefined ? null : roundMs(outages.reduce((sum, outage) => sum + outage.ms, 0));
  return {
    group: transfer.group,
    epoch: transfer.epoch,
    from: name(transfer.from),
    to: name(transfer.to),
    reason: transfer.reason,
    zero: new Date(zeroMs).toISOString(),
    rows: rowsOf(moments, zeroMs),
    outageMs,
    owners: (scene.probe?.owners ?? []).map((owner) => owner.host),
    fabricMs,
    beyondFabricMs: outageMs === null || fabricMs === null ? null : roundMs(Math.max(0, outageMs - fabricMs)),
  };
};
