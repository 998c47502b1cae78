/** The status of a lab as lines of text. Pure, so that it can be drawn anywhere and tested. */

import type { LabInfo, LabStatus } from '../../lab/control/types.ts';
import { EXIT } from '../exit-codes.ts';
import { glyphs, type Look } from '../glyphs.ts';
import { elapsed, table } from '../table.ts';

type Group = LabStatus['groups'][number];
type Member = Group['members'][number];

/** How a group fares. */
export type Health = 'ok' | 'degraded' | 'down';

const isDrained = (group: Group, member: Member): boolean => group.drained?.includes(member.host) === true;
/** It would take over: a drained host would not, however well it is. */
const isBackup = (group: Group, member: Member): boolean =>
  member.state === 'BACKUP' && member.health === 'ok' && !isDrained(group, member);

/** Down: nobody serves the address. Degraded: somebody does, but nobody could take over. */
export const healthOf = (group: Group): Health => {
  const holder = group.members.find((member) => member.node === group.holder);
  if (holder === undefined || holder.state === 'SILENT' || holder.state === 'FAULT') {
    return 'down';
  }
  if (group.vips.some((vip) => vip.owner !== group.holderHost)) {
    return 'down';
  }
  return group.members.some((member) => isBackup(group, member)) ? 'ok' : 'degraded';
};

const severity: Record<Health, number> = { ok: EXIT.ok, degraded: EXIT.degraded, down: EXIT.down };

/** The exit code for all groups together: that of the worst. */
export const exitCodeOf = (status: LabStatus): number =>
  Math.max(EXIT.ok, ...status.groups.map((group) => severity[healthOf(group)]));

/** Why an address is not served, by the group's phase. */
const downWords: Readonly<Record<string, string>> = {
  vacant: 'NO HOLDER YET',
  moving: 'MOVING',
  releasing: 'BEING RELEASED',
};

const groupLine = (group: Group, look: Look): string => {
  const signs = glyphs(look);
  const health = healthOf(group);
  const owners = [...new Set(group.vips.map((vip) => vip.owner ?? 'nobody'))].join(', ');
  const isRight = owners === group.holderHost;
  const fabric = `fabric ${signs.arrow} ${owners} ${look.paint(isRight ? 'green' : 'red', isRight ? signs.ok : signs.dead)}`;
  const words: Record<Health, string> = {
    ok: '',
    degraded: look.paint('yellow', `  ${signs.warn} NO STANDBY`),
    down: look.paint('red', `  ${signs.warn} ${downWords[group.phase] ?? 'NOT SERVED'}`),
  };
  return [
    look.paint('bold', group.name),
    group.vips.map((vip) => vip.address).join(' '),
    `epoch ${group.epoch}`,
    group.reason === '' ? group.phase : `${group.phase} (${group.reason})`,
    `${fabric}${words[health]}${group.paused === true ? look.paint('yellow', `  ${signs.warn} PAUSED`) : ''}`,
  ].join('  ');
};

const stateCell = (member: Member, look: Look): string => {
  const signs = glyphs(look);
  switch (member.state) {
    case 'MASTER':
      return look.paint('green', `${signs.on} MASTER`);
    case 'BACKUP':
      return `${signs.off} BACKUP`;
    case 'FAULT':
      return look.paint('red', `${signs.dead} FAULT`);
    case 'SILENT':
      return look.paint('red', `${signs.dead} SILENT`);
    case 'UNKNOWN':
      return look.paint('dim', `${signs.off} never seen`);
  }
  return member.state;
};

const yesNo = (value: boolean | null): string => (value === null ? '?' : value ? 'yes' : 'no');

const memberRow = (group: Group, member: Member, look: Look): string[] => [
  `  ${member.host}`,
  `${stateCell(member, look)}${isDrained(group, member) ? look.paint('yellow', ' drained') : ''}`,
  member.priority === null ? '-' : String(member.priority),
  member.ageMs === null ? '-' : elapsed(member.ageMs),
  member.health === null ? '-' : member.health === 'ok' ? 'ok' : look.paint('red', member.health),
  // What a silent host said last is no longer true of it.
  member.state === 'SILENT' ? '?/?' : `${yesNo(member.bound)}/${yesNo(member.inFabric)}`,
];

const nextLine = (group: Group): string => {
  const waiting = group.members
    .filter((member) => isBackup(group, member) && member.node !== group.holder)
    .toSorted((a, b) => (b.priority ?? 0) - (a.priority ?? 0));
  if (group.holderHost === null) return '  nobody holds it';
  return group.paused === true
    ? `  paused: if ${group.holderHost} dies, nobody takes over`
    : `  next if ${group.holderHost} dies: ${waiting[0]?.host ?? 'nobody'}`;
};

const groupLines = (group: Group, look: Look): string[] => [
  groupLine(group, look),
  ...table(
    ['  HOST', 'STATE', 'PRIO', 'BEAT', 'HEALTH', 'VIP bound/fabric'],
    group.members.map((member) => memberRow(group, member, look)),
  ).map((line, index) => (index === 0 ? look.paint('dim', line) : line)),
  look.paint('dim', nextLine(group)),
];

const faultLine = (fault: LabStatus['faults'][number], nowMs: number, look: Look): string => {
  const left =
    fault.until === undefined ? 'until healed' : `${elapsed(Math.max(0, fault.until - nowMs))} left`;
  return `  ${look.paint('yellow', fault.id)}  ${fault.kind} ${fault.targets.join(' ')}  ${left}`;
};

/** The whole screen. */
export const statusLines = (info: LabInfo, status: LabStatus, look: Look, nowMs: number): string[] => {
  const head = `lab ${look.paint('bold', info.lab)}  ${info.mode}  ${info.hosts.length} hosts  up ${elapsed(nowMs - info.startedAt)}`;
  const faults = status.faults.map((fault) => faultLine(fault, nowMs, look));
  return [
    head,
    ...status.groups.flatMap((group) => groupLines(group, look)),
    ...(faults.length === 0 ? [] : ['faults', ...faults]),
  ];
};
