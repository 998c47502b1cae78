/** The members of one group as a table, which a narrow widget shows as one card each. */
import type { GroupStatus, MemberStatus } from '../../../core/wire/admin.ts';
import { DECLINE_WORDS } from '../../../core/wire/item.ts';
import type { View } from '../scene.ts';
import { type Action, actionButton } from './action.ts';
import { html, type Markup } from './markup.ts';
import { memberBadge } from './states.ts';
import { type MemberTold, memberTold } from './told.ts';
import { elapsed, shortId } from './words.ts';

const yesNo = (value: boolean | null): string => (value === null ? '?' : value ? 'yes' : 'no');

const banWords = ({ bannedWhy }: MemberStatus): string =>
  bannedWhy === undefined ? 'banned' : DECLINE_WORDS[bannedWhy];

/** What is to be known of a member beyond its state. */
const remarksOf = (member: MemberStatus): string[] => [
  ...(member.drained ? ['drained'] : []),
  ...(member.bannedMs === null ? [] : [`${banWords(member)} ${elapsed(member.bannedMs)}`]),
  ...(member.deaf ? ['hears nothing'] : []),
];

/** Each check with its mark, when the arbiter tells them; else the health that they come to. */
const healthCell = ({ health, degradedBy }: MemberStatus, { checks, fault }: MemberTold): Markup => {
  const why = fault !== null && html`<span class="kl-fault">${fault}</span>`;
  if (checks.length > 0) {
    return html`${checks.map(({ name, up }) => html`<span class="${up ? 'kl-check' : 'kl-check kl-check-down'}">${up ? '✓' : '✕'} ${name}</span>`)}${why}`;
  }
  if (health === null) return html`–`;
  return html`${health}${degradedBy.length > 0 && `, less ${degradedBy.join(', ')}`}${why}`;
};

/** Below a third of the lease a false failover is near. */
const LOW_LEASE = 1 / 3;

/** What is left of the holder's lease, as a number and as a bar. */
const leaseCell = (
  { leaseLeftMs }: MemberStatus,
  { leaseMinMs }: MemberTold,
  { leaseMs }: GroupStatus,
): Markup => {
  if (leaseLeftMs === null) return html`–`;
  const share = Math.min(1, leaseLeftMs / Math.max(1, leaseMs));
  const tone = share < LOW_LEASE ? 'kl-low' : '';
  return html`<span class="kl-lease"><span class="kl-meter ${tone}" aria-hidden="true"><i style="width:${Math.round(share * 100)}%"></i></span>${elapsed(leaseLeftMs)}${leaseMinMs !== null && html`<span class="kl-least">min ${elapsed(leaseMinMs)}</span>`}</span>`;
};

const drainAction = (member: MemberStatus, { name, epoch }: GroupStatus): Action => {
  const { node, drained } = member;
  const order = { do: drained ? 'undrain' : 'drain', group: name, node, ifEpoch: epoch } as const;
  const question = drained
    ? `Undrain ${node} in ${name}? It may hold the group again; nothing moves for that.`
    : `Drain ${node} in ${name}? It is kept away from the group. If it holds it, it is handed over as soon as a standby is there.`;
  return { label: drained ? 'Undrain' : 'Drain', question, order, tone: 'quiet' };
};

const cell = (label: string, content: Markup | string, kind = ''): Markup =>
  html`<td class="${kind}" data-label="${label}">${content}</td>`;

const memberRow = (member: MemberStatus, group: GroupStatus, { endpoint }: View): Markup => {
  const { node, state, priority, basePriority, beatAgeMs } = member;
  const told = memberTold(member);
  const remarks = remarksOf(member).map((words) => html`<span class="kl-remark">${words}</span>`);
  // What a silent member said last is no longer true of it.
  const vip = state === 'SILENT' ? '? / ?' : `${yesNo(member.bound)} / ${yesNo(member.inFabric)}`;
  return html`<tr class="kl-row-${state.toLowerCase()}">
    <th scope="row"><span class="kl-id" title="${node}">${shortId(node)}</span><span class="kl-address">${member.address}</span></th>
    ${cell('State', html`${memberBadge(member)}${remarks}`)}
    ${cell('Priority', String(priority ?? basePriority), 'kl-num')}
    ${cell('Beat', beatAgeMs === null ? '–' : elapsed(beatAgeMs), 'kl-num')}
    ${cell('Lease left', leaseCell(member, told, group), 'kl-num')}
    ${cell('Health', healthCell(member, told))}
    ${cell('VIP bound / fabric', vip)}
    ${endpoint === null ? null : html`<td class="kl-do">${actionButton(endpoint, drainAction(member, group))}</td>`}
  </tr>`;
};

const HEADS = [
  ['Member', ''],
  ['State', ''],
  ['Priority', 'kl-num'],
  ['Beat', 'kl-num'],
  ['Lease left', 'kl-num'],
  ['Health', ''],
  ['VIP bound / fabric', ''],
] as const;

export const memberTable = (group: GroupStatus, view: View): Markup => html`<table class="kl-members">
  <thead><tr>${HEADS.map(([head, kind]) => html`<th scope="col" class="${kind}">${head}</th>`)}${view.endpoint !== null && html`<th scope="col"><span class="kl-unseen">Orders</span></th>`}</tr></thead>
  <tbody>${group.members.map((member) => memberRow(member, group, view))}</tbody>
</table>`;
