/** From a decision to what is published of it. Pure. */
import type { GroupEvent } from '../../core/election/types.ts';
import { DECLINE_WORDS, type GroupConfig, type GroupState } from '../../core/wire/item.ts';
import type { NodeId } from '../../core/wire/names.ts';
import type { DetailType, Published, PublishedDetail } from '../../core/wire/published.ts';

/** What the write that decided it has left behind. */
export interface Decision {
  readonly arbiter: string;
  readonly event: GroupEvent;
  readonly state: GroupState;
  readonly config: GroupConfig;
  /** How long the group was dark, if that is known. */
  readonly darkMs?: number | undefined;
}

const DETAIL_TYPES: Readonly<Partial<Record<GroupEvent['type'], DetailType>>> = {
  transfer: 'Keepaloft Group State Change',
  committed: 'Keepaloft Group State Change',
  releasing: 'Keepaloft Group State Change',
  instance: 'Keepaloft Standby Change',
  drift: 'Keepaloft Drift Repaired',
  operator: 'Keepaloft Operator Action',
  standby: 'Keepaloft Standby Change',
  'not-prepared': 'Keepaloft Standby Change',
  'would-move': 'Keepaloft Group State Change',
};

/** What the reason for a change says of the one who lost the group. */
const LOSER_STATES: Readonly<Record<string, string>> = {
  fault: 'FAULT',
  silence: 'SILENT',
  'target-silent': 'SILENT',
  resign: 'LEFT',
  stopped: 'LEFT',
  terminated: 'LEFT',
};

const memberOf = (node: NodeId | null, state: string | null): PublishedDetail['to'] =>
  node === null ? null : { instanceId: node, az: null, state };

const phaseOf = ({ event, state }: Decision): GroupState['phase'] =>
  event.type === 'committed' ? 'held' : state.phase;

const numberIn = ({ detail }: GroupEvent, name: string): number | undefined => {
  const value = detail?.[name];
  return typeof value === 'number' ? Math.max(0, Math.round(value)) : undefined;
};
const previousEpochOf = (event: GroupEvent): number | null => {
  const { type, epoch, reason } = event;
  if (type !== 'transfer') return epoch;
  return reason === 'restored' ? null : (numberIn(event, 'previousEpoch') ?? epoch - 1);
};

const textIn = ({ detail }: GroupEvent, name: string): string | undefined => {
  const value = detail?.[name];
  return typeof value === 'string' ? value : undefined;
};

/** That a candidate refused is told; that it was not needed any more, or that another was asked, is in the history. */
const REFUSALS: ReadonlySet<string> = new Set(Object.values(DECLINE_WORDS));
const isNoNews = ({ type, reason }: GroupEvent): boolean => type === 'not-prepared' && !REFUSALS.has(reason);

/** It would have been done, and was not. */
const isDry = ({ type, detail }: GroupEvent): boolean => type === 'would-move' || detail?.['left'] === true;

/** Whom it is about: of a machine or a standby, its member; else who lost and who got the group. */
const membersOf = ({ event }: Decision): Pick<PublishedDetail, 'from' | 'to'> => {
  if (event.type === 'instance') {
    return { from: null, to: memberOf(textIn(event, 'node') ?? null, event.reason) };
  }
  if (event.type === 'not-prepared') return { from: null, to: memberOf(event.to, 'BACKUP') };
  if (event.type === 'standby')
    return { from: null, to: memberOf(event.reason === 'back' ? event.to : null, 'BACKUP') };
  const changes = event.type === 'transfer' || event.type === 'committed' || event.type === 'would-move';
  const lost = changes ? (LOSER_STATES[event.reason] ?? 'BACKUP') : null;
  return {
    from: memberOf(event.from, lost),
    to: memberOf(event.to, event.type === 'releasing' ? 'BACKUP' : 'MASTER'),
  };
};

const timingsOf = ({ event, darkMs }: Decision): PublishedDetail['timings'] => {
  const detectMs = numberIn(event, 'silentMs');
  const hookMs = numberIn(event, 'hookMs');
  const fabricMs = numberIn(event, 'moveMs');
  return {
    ...(detectMs === undefined ? {} : { detectMs }),
    ...(hookMs === undefined ? {} : { hookMs }),
    ...(fabricMs === undefined ? {} : { fabricMs }),
    ...(darkMs === undefined ? {} : { darkMs }),
  };
};

/** A change of hands is one for each epoch and phase; of the rest there may be many. */
const idOf = ({ type, group, epoch, at }: GroupEvent, phase: GroupState['phase']): string => {
  const isChange = type === 'transfer' || type === 'committed' || type === 'releasing';
  return [group, epoch, phase, ...(isChange ? [] : [type, at])].join('/');
};

/** What is published of a decision, or undefined: it is in the log and in the history. */
export const publishedOf = (decision: Decision): Published | undefined => {
  const { arbiter, event, config } = decision;
  const detailType = DETAIL_TYPES[event.type];
  if (detailType === undefined || isNoNews(event)) return undefined;
  const phase = phaseOf(decision);
  const operatorArn = event.type === 'operator' ? textIn(event, 'by') : undefined;
  return {
    detailType,
    detail: {
      version: '1',
      id: idOf(event, phase),
      arbiter,
      group: event.group,
      epoch: event.epoch,
      previousEpoch: previousEpochOf(event),
      phase,
      ...membersOf(decision),
      reason: event.reason,
      cause: operatorArn === undefined ? {} : { operatorArn },
      vips: config.vips,
      timings: timingsOf(decision),
      dryRun: isDry(event),
    },
  };
};

/** From here on nobody is replaced for silence. */
export const brakeEngaged = (arbiter: string, atMs: number, reason: string): Published => ({
  detailType: 'Keepaloft Brake Engaged',
  detail: {
    version: '1',
    id: `brake/${atMs}`,
    arbiter,
    group: null,
    epoch: null,
    previousEpoch: null,
    phase: null,
    from: null,
    to: null,
    reason,
    cause: {},
    vips: [],
    timings: {},
    dryRun: false,
  },
});
