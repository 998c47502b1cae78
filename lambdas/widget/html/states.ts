/** States as a mark, a word and a colour: nobody has to tell red from green to read them. */
import type { GroupFailure, GroupStatus, MemberStatus } from '../../../core/wire/admin.ts';
import { html, type Markup } from './markup.ts';

/** Colours of the style sheet. */
export type Tone = 'good' | 'warn' | 'bad' | 'calm' | 'off';

export const badge = (tone: Tone, mark: string, word: string, title = ''): Markup =>
  html`<span class="kl-badge kl-${tone}" title="${title}"><span class="kl-mark" aria-hidden="true">${mark}</span>${word}</span>`;

const MEMBER: Readonly<Record<MemberStatus['state'], readonly [Tone, string, string, string]>> = {
  MASTER: ['good', '●', 'MASTER', 'the arbiter names it the holder'],
  BACKUP: ['calm', '○', 'BACKUP', 'ready to take over'],
  FAULT: ['bad', '✕', 'FAULT', 'its checks fail'],
  SILENT: ['bad', '◌', 'SILENT', 'its heartbeats have stopped'],
  LEFT: ['off', '◦', 'LEFT', 'it said that it is leaving'],
  UNSEEN: ['off', '◦', 'UNSEEN', 'it has never sent a heartbeat'],
};

export const memberBadge = ({ state }: MemberStatus): Markup => badge(...MEMBER[state]);

/** Why an address is not served, by the group's phase. */
const DOWN: Readonly<Record<GroupStatus['phase'], string>> = {
  vacant: 'NO HOLDER',
  moving: 'MOVING',
  releasing: 'BEING RELEASED',
  held: 'NOT SERVED',
};

export const isFailure = (group: GroupStatus | GroupFailure): group is GroupFailure => 'error' in group;

const downBadge = ({ phase }: GroupStatus): Markup => {
  const isPassing = phase === 'moving' || phase === 'releasing';
  return isPassing ? badge('warn', '◐', DOWN[phase]) : badge('bad', '✕', DOWN[phase]);
};

/** What must not be missed of a group, worst first; that it is well, when there is nothing. */
export const groupBadges = (group: GroupStatus): Markup[] => {
  const { health, paused, standby, phase } = group;
  const found = [
    ...(health === 'down' ? [downBadge(group)] : []),
    ...(paused ? [badge('warn', '❚❚', 'PAUSED', 'a holder that dies is not replaced')] : []),
    ...(standby === null && phase === 'held'
      ? [badge('warn', '▲', 'NO STANDBY', 'the next failure is an outage')]
      : []),
  ];
  return found.length > 0 ? found : [badge('good', '✓', 'OK', 'served, and somebody could take over')];
};
