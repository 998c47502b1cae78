/** The status of an arbiter's groups as lines of text, and the exit code that it comes to. Pure. */
import type { GroupFailure, GroupStatus, MemberStatus, StatusResponse } from '../../core/wire/admin.ts';
import { EXIT } from '../exit-codes.ts';
import { glyphs, type Look } from '../glyphs.ts';
import { elapsed, table } from '../table.ts';
import { nameOf } from './names.ts';
import type { Target } from './target.ts';

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

/** Why an address is not served, by the group's phase. */
const downWords: Readonly<Record<string, string>> = {
  vacant: 'NO HOLDER',
  moving: 'MOVING',
  releasing: 'BEING RELEASED',
};

/** What a person must not miss, most urgent first. */
const warnings = (group: GroupStatus): string[] => [
  ...(group.health === 'down' ? [downWords[group.phase] ?? 'NOT SERVED'] : []),
  ...(group.paused ? ['PAUSED'] : []),
  ...(group.standby === null && group.phase === 'held' ? ['NO STANDBY'] : []),
];

const groupLine = (group: GroupStatus, look: Look): string => {
  const signs = glyphs(look);
  const holder = group.members.find(({ node }) => node === group.holder);
  const seen = holder?.inFabric === true;
  const fabric = `fabric ${look.paint(seen ? 'green' : 'red', seen ? signs.ok : signs.dead)}`;
  const colour = group.health === 'down' ? 'red' : 'yellow';
  return [
    look.paint('bold', group.name),
    group.vips.map((vip) => vip.address).join(' '),
    `epoch ${group.epoch}`,
    `${group.phase} ${elapsed(group.phaseMs)}${group.reason === '' ? '' : ` (${group.reason})`}`,
    ...(holder === undefined ? [] : [fabric]),
    ...warnings(group).map((words) => look.paint(colour, `${signs.warn} ${words}`)),
  ].join('  ');
};

const stateCell = (member: MemberStatus, look: Look): string => {
  const signs = glyphs(look);
  const marks = [
    ...(member.drained ? ['drained'] : []),
    ...(member.bannedMs === null ? [] : [`banned ${elapsed(member.bannedMs)}`]),
    ...(member.deaf ? ['hears nothing'] : []),
  ];
  const states: Record<MemberStatus['state'], string> = {
    MASTER: look.paint('green', `${signs.on} MASTER`),
    BACKUP: `${signs.off} BACKUP`,
    FAULT: look.paint('red', `${signs.dead} FAULT`),
    SILENT: look.paint('red', `${signs.dead} SILENT`),
    LEFT: look.paint('dim', `${signs.off} left`),
    UNSEEN: look.paint('dim', `${signs.off} never seen`),
  };
  return [states[member.state], ...marks.map((mark) => look.paint('yellow', mark))].join(' ');
};

const healthCell = (member: MemberStatus, look: Look): string => {
  if (member.health === null) return '-';
  const less = member.degradedBy.length === 0 ? '' : ` less ${member.degradedBy.join(', ')}`;
  return member.health === 'ok'
    ? `ok${less === '' ? '' : look.paint('yellow', less)}`
    : look.paint('red', 'fault');
};

const yesNo = (value: boolean | null): string => (value === null ? '?' : value ? 'yes' : 'no');

const memberRow = (member: MemberStatus, hosts: Target['hosts'], look: Look): string[] => [
  `  ${nameOf(member.node, hosts)}`,
  stateCell(member, look),
  member.priority === null ? '-' : String(member.priority),
  member.beatAgeMs === null ? '-' : elapsed(member.beatAgeMs),
  member.leaseLeftMs === null ? '-' : elapsed(member.leaseLeftMs),
  healthCell(member, look),
  // What a silent member said last is no longer true of it.
  member.state === 'SILENT' ? '?/?' : `${yesNo(member.bound)}/${yesNo(member.inFabric)}`,
];

/** What happened lately that nobody may have noticed. */
const remarks = (group: GroupStatus, hosts: Target['hosts']): string[] => [
  ...(group.handover === null
    ? []
    : [`failover to ${nameOf(group.handover.to, hosts)} ordered ${elapsed(group.handover.ageMs)} ago`]),
  ...(group.repairs === 0 ? [] : [`moved back ${group.repairs} times after another hand had moved it`]),
  ...(group.transfers < 2
    ? []
    : [`${group.transfers + 1} changes of holder, each within an hour of the one before`]),
];

/** One group: its line, its members, what is to be said of it. */
export const groupLines = (
  group: GroupStatus | GroupFailure,
  hosts: Target['hosts'],
  look: Look,
): string[] => {
  if (isFailure(group)) {
    const sign = look.paint('red', `${glyphs(look).warn} ${group.error.code}`);
    return [`${look.paint('bold', group.name)}  ${sign}: ${group.error.message}`];
  }
  const heads = ['  NODE', 'STATE', 'PRIO', 'BEAT', 'LEASE LEFT', 'HEALTH', 'VIP bound/fabric'];
  const rows = table(
    heads,
    group.members.map((member) => memberRow(member, hosts, look)),
  ).map((line, index) => (index === 0 ? look.paint('dim', line) : line));
  return [
    groupLine(group, look),
    ...rows,
    ...remarks(group, hosts).map((words) => look.paint('dim', `  ${words}`)),
  ];
};

const nextOf = (group: GroupStatus, hosts: Target['hosts'], arrow: string): string => {
  const after = group.next === null ? '' : ` after ${elapsed(group.leaseMs)} of silence`;
  const why = group.paused ? ' (paused)' : '';
  return `${group.name} ${arrow} ${nameOf(group.next, hosts)}${after}${why}`;
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
      `next if ${nameOf(holder, hosts)} dies: ${of.map((group) => nextOf(group, hosts, glyphs(look).arrow)).join('; ')}`,
  );
};

const brakeLine = ({ brake }: StatusResponse, look: Look): string[] => {
  if (brake === null) return [look.paint('yellow', `${glyphs(look).warn} the brake cannot be read`)];
  if (!brake.engaged) return [];
  const words = `BRAKE: too many groups moved at once; nobody is replaced for silence for ${elapsed(brake.leftMs)}`;
  return [look.paint('red', `${glyphs(look).warn} ${words}`)];
};

/** The whole screen. */
export const statusLines = (target: AboutTarget, status: StatusResponse, look: Look): string[] => [
  `arbiter ${look.paint('bold', target.name)}`,
  ...brakeLine(status, look),
  ...(status.groups.length === 0 ? ['no group is deployed'] : []),
  ...status.groups.flatMap((group) => groupLines(group, target.hosts, look)),
  ...nextLines(status.groups, target.hosts, look).map((line) => look.paint('dim', line)),
];

/** Lines that change only when something happened; for logs and pipes. */
export const digestLines = (target: AboutTarget, status: StatusResponse): string[] =>
  status.groups.map((group) => {
    if (isFailure(group)) return `${group.name}: ${group.error.code}`;
    const members = group.members.map((member) => `${nameOf(member.node, target.hosts)} ${member.state}`);
    const paused = group.paused ? ', paused' : '';
    const holder = nameOf(group.holder, target.hosts);
    return `${group.name}: ${group.health}${paused}, epoch ${group.epoch} ${group.phase}, held by ${holder} (${members.join(', ')})`;
  });
