/** The line above a group's members: where its VIPs are, and what a person must not miss. Pure. */
import type { GroupStatus, MemberStatus } from '../../core/wire/admin.ts';
import { glyphs, type Look } from '../glyphs.ts';
import { elapsed, hourOf } from '../table.ts';
import { nameOf } from './names.ts';
import type { Target } from './target.ts';

type Hosts = Target['hosts'];

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

/** Why a member may not serve, in its checks' own words. */
const faultWords = ({ node, state, detail }: MemberStatus, at: number, hosts: Hosts): string[] => {
  if (state !== 'FAULT' || detail === undefined || detail === null) return [];
  const { fault, ageMs, checks } = detail;
  const down = checks.filter(({ up }) => !up).map(({ name }) => name);
  const why = fault ?? (down.join(', ') || 'a check fails');
  return [`${nameOf(node, hosts)} FAULT: ${why} since ${hourOf(at - ageMs)}`];
};

/** @param at the arbiter's clock */
export const faultsOf = ({ members }: GroupStatus, at: number, hosts: Hosts): string[] =>
  members.flatMap((member) => faultWords(member, at, hosts));

/** The cloud's word where the arbiter has it and it is of now; else the holder's own. */
const fabricWords = (group: GroupStatus, hosts: Hosts, look: Look): string[] => {
  const signs = glyphs(look);
  const { fabric, transferMs, phaseMs } = group;
  const yes = `fabric ${look.paint('green', signs.ok)}`;
  const no = `fabric ${look.paint('red', signs.dead)}`;
  if (fabric?.confirmed === true) return [`${yes} confirmed ${elapsed(fabric.ageMs)} ago`];
  const isCurrent = fabric !== undefined && fabric !== null && fabric.ageMs < (transferMs ?? phaseMs);
  if (isCurrent) {
    const elsewhere = fabric.vips
      .filter(({ node }) => node !== group.holder)
      .map(
        ({ address, node, eni }) =>
          `${address} at ${node === null ? (eni ?? 'nobody') : nameOf(node, hosts)}`,
      );
    if (elsewhere.length > 0) return [`${no} ${elsewhere.join(', ')} ${elapsed(fabric.ageMs)} ago`];
  }
  const holder = group.members.find(({ node }) => node === group.holder);
  if (holder === undefined || holder.inFabric === null) return [];
  return [holder.inFabric ? yes : no];
};

/** @param mode shown where it is not that of the whole arbiter */
export const groupLine = (
  group: GroupStatus,
  at: number,
  hosts: Hosts,
  look: Look,
  mode?: GroupStatus['mode'],
): string => {
  const colour = group.health === 'down' ? 'red' : 'yellow';
  const told = warnings(group);
  // Where nobody can take over, why is part of the alarm; elsewhere it stands below.
  const why = told.length > 0 ? faultsOf(group, at, hosts) : [];
  return [
    look.paint('bold', group.name),
    group.vips.map((vip) => vip.address).join(' '),
    `epoch ${group.epoch}`,
    `${group.phase} ${elapsed(group.phaseMs)}${group.reason === '' ? '' : ` (${group.reason})`}`,
    ...fabricWords(group, hosts, look),
    ...(mode === undefined ? [] : [mode.toUpperCase()]),
    ...told.map((words) => look.paint(colour, `${glyphs(look).warn} ${words}`)),
    ...why,
  ].join('  ');
};
