/**
 * The story of a failover, put together from what each part of the lab noted by itself: the arbiter, the EC2 end, the
 * fabric and the client. Pure. A step that nobody noted is left out, never invented.
 */

import type { JournalEntry, LabInfo } from '../control/types.ts';
import type { Outage, ProbeReport } from '../probe/analysis.ts';
import {
  appliedIn,
  type BeatEntry,
  beatsIn,
  committedIn,
  type Ec2CallEntry,
  ec2CallsIn,
  faultsIn,
  type TransferEntry,
  transfersIn,
} from './entries.ts';

/** What a row tells. */
export type Step =
  | 'last beat'
  | 'fault'
  | 'no answer'
  | 'claim'
  | 'fault report'
  | 'resign'
  | 'intent'
  | 'EC2 call'
  | 'fabric applied'
  | 'commit'
  | 'first answer';

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

export interface TimelineScene {
  hosts: readonly Pick<LabInfo['hosts'][number], 'name' | 'instanceId'>[];
  /** Only transfers of this group. @default any group */
  group?: string;
  /** Addresses of the group. @default the probe's, else any */
  vips?: readonly string[];
  /** What the client saw of one of these addresses. */
  probe?: ProbeReport;
}

/** Beats this much older than the intent belong to another story. */
const lookBackMs = 120_000;
/** The arbiter notes whole milliseconds and the ends fractions: steps may appear to swap by this much. */
const clockSlackMs = 2;
/** Refused EC2 calls told one by one; more are summed up in one row. */
const refusedRowsMax = 2;
const assigning = 'AssignPrivateIpAddresses';
const okStatus = 200;
const decimals = 1000;

const round = (ms: number): number => Math.round(ms * decimals) / decimals;

/** A row by absolute time, before the zero is known. */
interface Moment {
  epochMs: number;
  what: Step;
  detail: string;
  durationMs?: number;
}

interface Story {
  scene: TimelineScene;
  entries: readonly JournalEntry[];
  transfer: TransferEntry;
  /** The next transfer of the same group begins another story. */
  endsAt: number;
  name: (node: string | null) => string | null;
}

const isOf = (story: Story, beat: BeatEntry, node: string | null): boolean =>
  node !== null && (beat.node === node || beat.host === story.name(node));

const isMark = (value: unknown): boolean => value !== undefined && value !== null && value !== false;

/** The arbiter decided while it was answering this request. */
const isOpenAt = (beat: BeatEntry, at: number): boolean =>
  beat.at <= at + clockSlackMs && beat.at + (beat.ms ?? 0) >= at - clockSlackMs;

const resigns = (beat: BeatEntry): boolean => isMark(beat.resign);

/** A holder's report of its own failure: marked as such, or the request in which the arbiter replaced it for that. */
const reportsFault = (beat: BeatEntry, { at, reason }: TransferEntry): boolean =>
  beat.health === 'fault' || ((reason === 'fault' || reason === 'degraded') && isOpenAt(beat, at));

const oldBeats = (story: Story): BeatEntry[] => {
  const { at, from } = story.transfer;
  return beatsIn(story.entries).filter(
    (beat) => isOf(story, beat, from) && beat.at <= at + clockSlackMs && beat.at >= at - lookBackMs,
  );
};

const isGood = (beat: BeatEntry, transfer: TransferEntry): boolean =>
  (beat.status ?? okStatus) === okStatus && !resigns(beat) && !reportsFault(beat, transfer);

const lastBeat = (story: Story): Moment | undefined => {
  const last = oldBeats(story).findLast((beat) => isGood(beat, story.transfer));
  return last === undefined
    ? undefined
    : { epochMs: last.at, what: 'last beat', detail: `${story.name(story.transfer.from)} reports in` };
};

/** The standby's request in which the arbiter found the holder silent. */
const claim = (story: Story): Moment | undefined => {
  const { at, detail, from } = story.transfer;
  const by = detail?.['by'];
  const beat = beatsIn(story.entries).findLast(
    (one) =>
      one.at <= at + clockSlackMs &&
      (isMark(one.claim) || (typeof by === 'string' && one.node === by && isOpenAt(one, at))),
  );
  if (beat === undefined) {
    return undefined;
  }
  const silentMs = detail?.['silentMs'];
  const heard = typeof silentMs === 'number' ? `: ${story.name(from)} silent for ${silentMs} ms` : '';
  return { epochMs: beat.at, what: 'claim', detail: `${story.name(beat.node ?? null) ?? beat.host ?? ''}${heard}` };
};

/** The old holder's own word that it cannot or will not go on. */
const farewell = (story: Story): Moment | undefined => {
  const { transfer } = story;
  const beats = oldBeats(story);
  const goodAt = beats.findLast((beat) => isGood(beat, transfer))?.at ?? Number.NEGATIVE_INFINITY;
  const first = beats.find((beat) => beat.at > goodAt && (resigns(beat) || reportsFault(beat, transfer)));
  const old = story.name(transfer.from);
  if (first === undefined) {
    return undefined;
  }
  return resigns(first)
    ? { epochMs: first.at, what: 'resign', detail: `${old} asks to be relieved` }
    : { epochMs: first.at, what: 'fault report', detail: `${old} reports its own failure` };
};

/** The message that made the arbiter act. */
const trigger = (story: Story): Moment | undefined =>
  story.transfer.reason === 'silence' ? claim(story) : farewell(story);

/** The fault order that this transfer answers: the latest one since the group last came to rest. */
const fault = (story: Story): Moment | undefined => {
  const { at, group } = story.transfer;
  const rest = committedIn(story.entries).findLast((entry) => entry.group === group && entry.at < at)?.at;
  const order = faultsIn(story.entries).findLast(
    (entry) => entry.at <= at && entry.at >= Math.max(rest ?? 0, at - lookBackMs),
  );
  if (order === undefined) {
    return undefined;
  }
  const { kind, targets } = order.fault;
  return { epochMs: order.at, what: 'fault', detail: `${kind} ${targets.join(' ')}` };
};

const addressesOf = ({ vips, probe }: TimelineScene): readonly string[] | undefined =>
  vips ?? (probe === undefined ? undefined : [probe.vip]);

const calls = (story: Story): Ec2CallEntry[] => {
  const wanted = addressesOf(story.scene);
  return ec2CallsIn(story.entries).filter(
    (call) =>
      call.action === assigning &&
      call.startedAt >= story.transfer.at - clockSlackMs &&
      call.startedAt < story.endsAt &&
      (wanted === undefined || call.addresses === undefined || call.addresses.some((a) => wanted.includes(a))),
  );
};

const callMoment = (call: Ec2CallEntry): Moment => ({
  epochMs: call.startedAt,
  what: 'EC2 call',
  detail: call.status < 300 ? `${assigning}: acknowledged` : `${assigning}: ${call.error ?? call.status}`,
  durationMs: round(call.endedAt - call.startedAt),
});

/** Accepted calls one by one; of many refused ones the first, and how many followed. */
const callMoments = (made: readonly Ec2CallEntry[]): Moment[] => {
  const refused = made.filter((call) => call.status >= 300);
  const [first] = refused;
  const last = refused.at(-1);
  if (first === undefined || last === undefined || refused.length <= refusedRowsMax) {
    return made.map(callMoment);
  }
  const summed: Moment = {
    epochMs: first.startedAt,
    what: 'EC2 call',
    detail: `${assigning}: ${first.error ?? first.status}, ${refused.length} times`,
    durationMs: round(last.endedAt - first.startedAt),
  };
  return [summed, ...made.filter((call) => call.status < 300).map(callMoment)];
};

const applied = (story: Story, made: readonly Ec2CallEntry[]): Moment | undefined => {
  const wanted = addressesOf(story.scene);
  const to = story.name(story.transfer.to);
  const since = (made[0]?.startedAt ?? story.transfer.at) - clockSlackMs;
  const last = appliedIn(story.entries).findLast(
    (entry) =>
      entry.at >= since &&
      entry.at < story.endsAt &&
      (entry.host === to || entry.host === story.transfer.to) &&
      (wanted === undefined || wanted.includes(entry.address)),
  );
  return last === undefined
    ? undefined
    : { epochMs: last.at, what: 'fabric applied', detail: `${last.address} leads to ${to}` };
};

const commit = (story: Story): Moment | undefined => {
  const entry = committedIn(story.entries).find(
    (one) => one.group === story.transfer.group && one.epoch === story.transfer.epoch && one.at >= story.transfer.at,
  );
  return entry === undefined
    ? undefined
    : { epochMs: entry.at, what: 'commit', detail: `epoch ${entry.epoch} held by ${story.name(entry.to)}` };
};

const outagesOf = (story: Story): Outage[] =>
  (story.scene.probe?.outages ?? []).filter(
    (outage) => outage.toEpochMs >= story.transfer.at - lookBackMs && outage.fromEpochMs < story.endsAt,
  );

const clientMoments = (story: Story): Moment[] => {
  const to = story.name(story.transfer.to);
  const silences = outagesOf(story).map(
    (outage): Moment => ({
      epochMs: outage.fromEpochMs,
      what: 'no answer',
      detail: `the client loses ${outage.lost} probes`,
      durationMs: round(outage.ms),
    }),
  );
  const owner = story.scene.probe?.owners.find(
    (one) =>
      one.host === to && one.lastEpochMs >= story.transfer.at && one.firstEpochMs >= story.transfer.at - clockSlackMs,
  );
  const first: Moment[] =
    owner === undefined ? [] : [{ epochMs: owner.firstEpochMs, what: 'first answer', detail: `from ${owner.host}` }];
  return [...silences, ...first];
};

const storyOf = (entries: readonly JournalEntry[], scene: TimelineScene): Story | null => {
  const transfers = transfersIn(entries).filter((one) => scene.group === undefined || one.group === scene.group);
  // The first holder of a new lab takes over from nobody: that is a failover only if nothing else happened.
  const transfer = transfers.findLast((one) => one.from !== null) ?? transfers.at(-1);
  if (transfer === undefined) {
    return null;
  }
  const next = transfers.find((one) => one.group === transfer.group && one.epoch > transfer.epoch);
  const name = (node: string | null): string | null =>
    node === null ? null : (scene.hosts.find((host) => host.instanceId === node)?.name ?? node);
  return { scene, entries, transfer, endsAt: next?.at ?? Number.POSITIVE_INFINITY, name };
};

/** Steps at the same instant keep the order in which one causes the next. */
const order: readonly Step[] = [
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
    .toSorted((a, b) => a.epochMs - b.epochMs || order.indexOf(a.what) - order.indexOf(b.what))
    .map(({ epochMs, ...rest }) => ({ atMs: round(epochMs - zeroMs), ...rest }));

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
  const end = applied(story, made);
  const [firstCall] = made;
  const intent: Moment = {
    epochMs: transfer.at,
    what: 'intent',
    detail: `epoch ${transfer.epoch}: ${name(transfer.from) ?? 'nobody'} -> ${name(transfer.to) ?? 'nobody'} (${transfer.reason})`,
  };
  const moments = [beat, fault(story), trigger(story), intent, ...callMoments(made), end, commit(story)];
  const zeroMs = beat?.epochMs ?? transfer.at;
  const fabricMs = end === undefined || firstCall === undefined ? null : round(end.epochMs - firstCall.startedAt);
  const outageMs =
    scene.probe === undefined ? null : round(outagesOf(story).reduce((sum, outage) => sum + outage.ms, 0));
  return {
    group: transfer.group,
    epoch: transfer.epoch,
    from: name(transfer.from),
    to: name(transfer.to),
    reason: transfer.reason,
    zero: new Date(zeroMs).toISOString(),
    rows: rowsOf([...moments.filter((moment) => moment !== undefined), ...clientMoments(story)], zeroMs),
    outageMs,
    owners: (scene.probe?.owners ?? []).map((owner) => owner.host),
    fabricMs,
    beyondFabricMs: outageMs === null || fabricMs === null ? null : round(Math.max(0, outageMs - fabricMs)),
  };
};
