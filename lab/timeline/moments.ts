/** Finds the single moments of a failover in the journal and in the client's report. Pure. */

import type { Outage } from '../probe/analysis.ts';
import {
  appliedIn,
  type BeatEntry,
  beatsIn,
  committedIn,
  type Ec2CallEntry,
  ec2CallsIn,
  faultsIn,
  type TransferEntry,
} from './entries.ts';
import { type Moment, roundMs, type Story, type TimelineScene } from './story.ts';

/** Beats this much older than the intent belong to another story. */
const lookBackMs = 120_000;
/** The arbiter notes whole milliseconds and the ends fractions: steps may appear to swap by this much. */
const clockSlackMs = 2;
/** Refused EC2 calls told one by one; more are summed up in one row. */
const refusedRowsMax = 2;
const assigning: ReadonlySet<string> = new Set([
  'AssignPrivateIpAddresses',
  'UnassignIpv6Addresses',
  'AssignIpv6Addresses',
]);
const okStatus = 200;
const refusedStatusMin = 300;
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

export const lastBeat = (story: Story): Moment | undefined => {
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
  return {
    epochMs: beat.at,
    what: 'claim',
    detail: `${story.name(beat.node ?? null) ?? beat.host ?? ''}${heard}`,
  };
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
export const trigger = (story: Story): Moment | undefined =>
  ['silence', 'suspicion'].includes(story.transfer.reason) ? claim(story) : farewell(story);

/** The fault order that this transfer answers: the latest one since the group last came to rest. */
export const fault = (story: Story): Moment | undefined => {
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

export const calls = (story: Story): Ec2CallEntry[] => {
  const wanted = addressesOf(story.scene);
  return ec2CallsIn(story.entries).filter(
    (call) =>
      assigning.has(call.action) &&
      call.startedAt >= story.transfer.at - clockSlackMs &&
      call.startedAt < story.endsAt &&
      (wanted === undefined ||
        call.addresses === undefined ||
        call.addresses.some((a) => wanted.includes(a))),
  );
};

const isAccepted = (call: Ec2CallEntry): boolean => call.status < refusedStatusMin;

const callMoment = (call: Ec2CallEntry): Moment => ({
  epochMs: call.startedAt,
  what: 'EC2 call',
  detail: isAccepted(call) ? `${call.action} acknowledged` : `refused: ${call.error ?? call.status}`,
  durationMs: roundMs(call.endedAt - call.startedAt),
});

/** Accepted calls one by one; of many refused ones the first, and how many followed. */
export const callMoments = (made: readonly Ec2CallEntry[]): Moment[] => {
  const refused = made.filter((call) => !isAccepted(call));
  const [first] = refused;
  const last = refused.at(-1);
  if (first === undefined || last === undefined || refused.length <= refusedRowsMax) {
    return made.map(callMoment);
  }
  const summed: Moment = {
    epochMs: first.startedAt,
    what: 'EC2 call',
    detail: `refused ${refused.length} times: ${first.error ?? first.status}`,
    durationMs: roundMs(last.endedAt - first.startedAt),
  };
  return [summed, ...made.filter((call) => isAccepted(call)).map(callMoment)];
};

export const applied = (story: Story, made: readonly Ec2CallEntry[]): Moment | undefined => {
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

export const commit = (story: Story): Moment | undefined => {
  const entry = committedIn(story.entries).find(
    (one) =>
      one.group === story.transfer.group && one.epoch === story.transfer.epoch && one.at >= story.transfer.at,
  );
  return entry === undefined
    ? undefined
    : { epochMs: entry.at, what: 'commit', detail: `epoch ${entry.epoch} held by ${story.name(entry.to)}` };
};

/**
 * Silences that belong to this move: not the time before the first answer of all, nor one that had ended before the
 * move's story began at `sinceMs`.
 */
export const outagesOf = (story: Story, sinceMs: number): Outage[] =>
  (story.scene.probe?.outages ?? []).filter(
    (outage) => outage.before !== null && outage.toEpochMs >= sinceMs && outage.fromEpochMs < story.endsAt,
  );

export const intent = ({ transfer, name }: Story): Moment => ({
  epochMs: transfer.at,
  what: 'intent',
  detail: `epoch ${transfer.epoch}: ${name(transfer.from) ?? 'nobody'} -> ${name(transfer.to) ?? 'nobody'} (${transfer.reason})`,
});

export const clientMoments = (story: Story, outages: readonly Outage[]): Moment[] => {
  const to = story.name(story.transfer.to);
  const silences = outages.map(
    (outage): Moment => ({
      epochMs: outage.fromEpochMs,
      what: 'no answer',
      detail: `the client loses ${outage.lost} probes`,
      durationMs: roundMs(outage.ms),
    }),
  );
  const owner = story.scene.probe?.owners.find(
    (one) =>
      one.host === to &&
      one.lastEpochMs >= story.transfer.at &&
      one.firstEpochMs >= story.transfer.at - clockSlackMs,
  );
  const first: Moment[] =
    owner === undefined
      ? []
      : [{ epochMs: owner.firstEpochMs, what: 'first answer', detail: `from ${owner.host}` }];
  return [...silences, ...first];
};
