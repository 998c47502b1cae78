/** One member of a group as a row of the status table. Pure. */
import type { MemberStatus } from '../../core/wire/admin.ts';
import { DECLINE_WORDS } from '../../core/wire/item.ts';
import { glyphs, type Look } from '../glyphs.ts';
import { elapsed } from '../table.ts';
import { nameOf } from './names.ts';
import type { Target } from './target.ts';

export const MEMBER_HEADS = ['  NODE', 'STATE', 'PRIO', 'BEAT', 'LEASE LEFT', 'CHECKS', 'VIP bound/fabric'];

const banWords = ({ bannedWhy }: MemberStatus): string =>
  bannedWhy === undefined ? 'banned' : DECLINE_WORDS[bannedWhy];

const stateCell = (member: MemberStatus, look: Look): string => {
  const signs = glyphs(look);
  const marks = [
    ...(member.drained ? ['drained'] : []),
    ...(member.bannedMs === null ? [] : [`${banWords(member)} ${elapsed(member.bannedMs)}`]),
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

const leaseCell = ({ leaseLeftMs, leaseMinMs }: MemberStatus): string => {
  if (leaseLeftMs === null) return '-';
  const least = leaseMinMs === undefined || leaseMinMs === null ? '' : ` (min ${elapsed(leaseMinMs)})`;
  return `${elapsed(leaseLeftMs)}${least}`;
};

/** What is known without the member's own words: by an older arbiter, or while they cannot be read. */
const healthWords = ({ health, degradedBy }: MemberStatus, look: Look): string => {
  if (health === null) return '-';
  if (health === 'fault') return look.paint('red', 'fault');
  return degradedBy.length === 0 ? 'ok' : `ok${look.paint('yellow', ` less ${degradedBy.join(', ')}`)}`;
};

const checksCell = (member: MemberStatus, look: Look): string => {
  const signs = glyphs(look);
  const { detail, health } = member;
  if (detail === undefined || detail === null || health === null) return healthWords(member, look);
  if (detail.checks.length === 0) return health === 'fault' ? healthWords(member, look) : 'none';
  return detail.checks
    .map(({ name, up }) => `${name} ${up ? look.paint('green', signs.ok) : look.paint('red', signs.dead)}`)
    .join(' ');
};

const yesNo = (value: boolean | null): string => (value === null ? '?' : value ? 'yes' : 'no');

export const memberRow = (member: MemberStatus, hosts: Target['hosts'], look: Look): string[] => [
  `  ${nameOf(member.node, hosts)}`,
  stateCell(member, look),
  member.priority === null ? '-' : String(member.priority),
  member.beatAgeMs === null ? '-' : elapsed(member.beatAgeMs),
  leaseCell(member),
  checksCell(member, look),
  // What a silent member said last is no longer true of it.
  member.state === 'SILENT' ? '?/?' : `${yesNo(member.bound)}/${yesNo(member.inFabric)}`,
];
