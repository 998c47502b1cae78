/** The status of an arbiter's groups as lines of text, and the exit code that it comes to. Pure. */
import { FOLLOW_MS } from '../../core/holder/rules.ts';
import { silenceOf } from '../../core/lease.ts';
import { isBoundByHosts } from '../../core/traits.ts';
import type {
  GroupFailure,
  GroupStatus,
  MemberStatus,
  StatusResponse,
  VipStatus,
} from '../../core/wire/admin.ts';
import { EXIT } from '../exit-codes.ts';
import { glyphs, type Look } from '../glyphs.ts';
import { elapsed, table } from '../table.ts';
import { faultsOf, groupLine } from './group-line.ts';
import { MEMBER_HEADS, memberRow } from './member-row.ts';
import { nameOf } from './names.ts';
import type { Target } from './target.ts';

/** The sweep runs each minute: three that are missing are no coincidence, and the alarm says so as well. */
const SWEEP_MS_MAX = 180_000;

type AboutTarget = Pick<Target, 'name' | 'hosts'>;

const isFailure = (group: GroupStatus | GroupFailure): group is GroupFailure => 'error' in group;

const severity: Record<GroupStatus['health'], number> = {
  ok: EXIT.ok,
  degraded: EXIT.degraded,
  down: EXIT.down,
};

/** That of the worst group; one that cannot be read is not known to be served. */
export const exitCodeOf = ({ groups }: Pick<StatusResponse, 'groups'>): number =>
  Math.max(EXIT.ok, ...groups.map((group) => (isFailure(group) ? EXIT.down : severity[group.health])));

const placeOf = ({ address, bound, inFabric }: VipStatus, isBindable: boolean): string => {
  const where = [
    ...(isBindable ? [bound ? 'bound' : 'not bound'] : []),
    ...(inFabric === null ? [] : [inFabric ? 'in the fabric' : 'not in the fabric']),
  ];
  return `${address} ${where.join(', ')}`;
};

/** Several VIPs of one member that are not all in the same place. */
const vipRemarks = (member: MemberStatus, group: GroupStatus, hosts: Target['hosts']): string[] => {
  const vips = member.state === 'SILENT' ? [] : (member.detail?.vips ?? []);
  const isPublic = new Set(group.vips.filter((vip) => !isBoundByHosts(vip)).map(({ address }) => address));
  const bound = new Set(vips.flatMap((vip) => (isPublic.has(vip.address) ? [] : [vip.bound])));
  const inFabric = new Set(vips.flatMap((vip) => vip.inFabric ?? []));
  if (bound.size < 2 && inFabric.size < 2) return [];
  const each = vips.map((vip) => placeOf(vip, !isPublic.has(vip.address)));
  return [`${nameOf(member.node, hosts)}: ${each.join('; ')}`];
};

/** Members that do not watch each other although they should: then only the lease tells that one has died. */
const peerRemarks = ({ node, state, detail }: MemberStatus, hosts: Target['hosts']): string[] => {
  const sessions = state === 'SILENT' || state === 'LEFT' ? [] : Object.entries(detail?.peers ?? {});
  const lost = sessions.filter((session) => session[1].state !== 'up');
  if (lost.length === 0) return [];
  const each = lost.map(([peer, session]) => `${nameOf(peer, hosts)} (${session.state})`);
  return [`${nameOf(node, hosts)}: no session with ${each.join(', ')}`];
};

const skewRemarks = ({ configHash, members }: GroupStatus, hosts: Target['hosts']): string[] => {
  const others = members.filter(
    ({ state, detail }) => state !== 'SILENT' && (detail?.configHash ?? configHash) !== configHash,
  );
  if (others.length === 0) return [];
  const names = others.map(({ node }) => nameOf(node, hosts)).join(', ');
  return [`not running the configuration that was deployed: ${names}`];
};

/** What a group that only observes would have done. */
const observedRemarks = ({ mode, would, holder }: GroupStatus, hosts: Target['hosts']): string[] => {
  if (mode !== 'observe') return [];
  if (would === undefined || would === null) return ['observes: would change nothing'];
  const where = would.to === holder ? 'move it back to' : 'move it to';
  return [
    `observes: would ${where} ${nameOf(would.to, hosts)} (${would.reason}), for ${elapsed(would.forMs)} now`,
  ];
};

/** What happened lately that nobody may have noticed. */
const remarks = (group: GroupStatus, at: number, hosts: Target['hosts']): string[] => [
  ...observedRemarks(group, hosts),
  // With an alarm they stand beside it.
  ...(group.health === 'ok' ? faultsOf(group, at, hosts) : []),
  ...group.members.flatMap((member) => vipRemarks(member, group, hosts)),
  ...group.members.flatMap((member) => peerRemarks(member, hosts)),
  ...skewRemarks(group, hosts),
  ...(group.handover === null
    ? []
    : [`failover to ${nameOf(group.handover.to, hosts)} ordered ${elapsed(group.handover.ageMs)} ago`]),
  ...(group.repairs === 0 ? [] : [`moved back ${group.repairs} times after another hand had moved it`]),
  ...(group.transfers < 2
    ? []
    : [`${group.transfers + 1} changes of holder, each within an hour of the one before`]),
];

/**
 * One group: its line, its members, what is to be said of it.
 * @param at now: what is told as an age is shown as a time of day
 * @param mode shown where it is not that of the whole arbiter
 */
export const groupLines = (
  group: GroupStatus | GroupFailure,
  hosts: Target['hosts'],
  look: Look,
  at: number,
  mode?: GroupStatus['mode'],
): string[] => {
  if (isFailure(group)) {
    const sign = look.paint('red', `${glyphs(look).warn} ${group.error.code}`);
    return [`${look.paint('bold', group.name)}  ${sign}: ${group.error.message}`];
  }
  const rows = table(
    MEMBER_HEADS,
    group.members.map((member) => memberRow(member, hosts, look)),
  ).map((line, index) => (index === 0 ? look.paint('dim', line) : line));
  return [
    groupLine(group, at, hosts, look, mode),
    ...rows,
    ...remarks(group, at, hosts).map((words) => look.paint('dim', `  ${words}`)),
  ];
};

/** What is told as an upper bound must not be rounded down. */
const TAKEOVER_STEP_MS = 100;

/** A standby learns of a beat this long after it, and claims when that has been the newest for the lease. */
const takeoverMs = ({ exclusive, leaseMs }: GroupStatus): number => {
  const boundMs = FOLLOW_MS + (exclusive ? silenceOf(leaseMs) : leaseMs);
  return Math.ceil(boundMs / TAKEOVER_STEP_MS) * TAKEOVER_STEP_MS;
};

const nextOf = (group: GroupStatus, hosts: Target['hosts'], look: Pick<Look, 'unicode'>): string => {
  const { arrow, most } = glyphs(look);
  const within = group.next === null ? '' : ` in ${most}${elapsed(takeoverMs(group))} + fabric`;
  const why = group.paused ? ' (paused)' : group.mode === 'observe' ? ' (would; it observes)' : '';
  return `${group.name} ${arrow} ${nameOf(group.next, hosts)}${within}${why}`;
};

/** For each holder: who takes over what if it dies. */
export const nextLines = (
  groups: readonly (GroupStatus | GroupFailure)[],
  hosts: Target['hosts'],
  look: Pick<Look, 'unicode'>,
): string[] => {
  const held = groups.filter((group): group is GroupStatus => !isFailure(group) && group.holder !== null);
  return [...Map.groupBy(held, (group) => group.holder)].map(
    ([holder, of]) =>
      `next if ${nameOf(holder, hosts)} dies: ${of.map((group) => nextOf(group, hosts, look)).join('; ')}`,
  );
};

const brakeLine = ({ brake }: StatusResponse, look: Look): string[] => {
  if (brake === null) return [look.paint('yellow', `${glyphs(look).warn} the brake cannot be read`)];
  if (!brake.engaged) return [];
  const words = `BRAKE: too many groups moved at once; nobody is replaced for silence for ${elapsed(brake.leftMs)}`;
  return [look.paint('red', `${glyphs(look).warn} ${words}`)];
};

/** What all groups have in common; undefined when they differ, or no arbiter tells. */
const modeOf = ({ groups }: StatusResponse): GroupStatus['mode'] => {
  const modes = new Set(groups.flatMap((group) => (isFailure(group) ? [] : [group.mode])));
  return modes.size === 1 ? [...modes][0] : undefined;
};

const sweepWords = ({ sweep }: StatusResponse, look: Look): string[] => {
  if (sweep === undefined) return [];
  const { warn } = glyphs(look);
  if (sweep === null) return [look.paint('yellow', `${warn} no sweep yet`)];
  const words = `last sweep ${elapsed(sweep.ageMs)} ago`;
  return [sweep.ageMs > SWEEP_MS_MAX ? look.paint('red', `${warn} ${words}`) : words];
};

/** Heartbeats that the arbiter takes, and how long it works on one. */
const beatWords = ({ pulse }: StatusResponse): string[] => {
  const beats = pulse?.beats;
  if (beats === undefined || beats === null) return [];
  return [`beats ${beats.perSecond.toFixed(1)}/s`, `p99 ${Math.round(beats.p99Ms)}ms`];
};

/** What CloudWatch has an alarm about; whoever has been paged looks here next. */
const alarmLines = ({ pulse }: StatusResponse, look: Look): string[] =>
  (pulse?.alarms.alarming ?? []).map(({ name, reason }) =>
    look.paint('red', `${glyphs(look).warn} ALARM ${name}${reason === '' ? '' : `: ${reason}`}`),
  );

const headLine = (target: AboutTarget, status: StatusResponse, look: Look): string => {
  const mode = modeOf(status);
  return [
    `arbiter ${look.paint('bold', target.name)}`,
    ...(status.arbiter === undefined ? [] : [status.arbiter]),
    ...(mode === undefined ? [] : [mode.toUpperCase()]),
    ...sweepWords(status, look),
    ...beatWords(status),
  ].join('  ');
};

/** The whole screen. */
export const statusLines = (target: AboutTarget, status: StatusResponse, look: Look): string[] => {
  const common = modeOf(status);
  const { groups, at } = status;
  return [
    headLine(target, status, look),
    ...brakeLine(status, look),
    ...alarmLines(status, look),
    ...(groups.length === 0 ? ['no group is deployed'] : []),
    ...groups.flatMap((group) => {
      const own = common === undefined && !isFailure(group) ? group.mode : undefined;
      return groupLines(group, target.hosts, look, at, own);
    }),
    ...nextLines(groups, target.hosts, look).map((line) => look.paint('dim', line)),
  ];
};

/** Lines that change only when something happened; for logs and pipes. */
export const digestLines = (target: AboutTarget, status: StatusResponse): string[] =>
  status.groups.map((group) => {
    if (isFailure(group)) return `${group.name}: ${group.error.code}`;
    const members = group.members.map((member) => `${nameOf(member.node, target.hosts)} ${member.state}`);
    const paused = group.paused ? ', paused' : '';
    const holder = nameOf(group.holder, target.hosts);
    return `${group.name}: ${group.health}${paused}, epoch ${group.epoch} ${group.phase}, held by ${holder} (${members.join(', ')})`;
  });
