/** One group: how it is, its members, who held it, how it last failed over, and what may be ordered. */
import type { GroupFailure, GroupStatus } from '../../../core/wire/admin.ts';
import type { Scene, View } from '../scene.ts';
import { type Action, actionButton } from './action.ts';
import { html, type Markup } from './markup.ts';
import { memberTable } from './members.ts';
import { badge, groupBadges, isFailure } from './states.ts';
import { holderTimeline } from './timeline.ts';
import { groupTold } from './told.ts';
import { sparklines } from './watched.ts';
import { lastFailover } from './waterfall.ts';
import { elapsed, shortId } from './words.ts';

const failoverAction = ({ name, epoch, holder, standby }: GroupStatus): Action | null =>
  holder === null || standby === null
    ? null
    : {
        label: `Fail over to ${shortId(standby)}`,
        question: `Fail ${name} over from ${holder} to ${standby}? Clients are cut off for as long as the move takes.`,
        order: { do: 'failover', group: name, to: standby, ifEpoch: epoch },
        tone: 'main',
      };

const pauseAction = ({ name, epoch, paused }: GroupStatus): Action => ({
  label: paused ? 'Resume' : 'Pause',
  question: paused
    ? `Resume ${name}? What was due meanwhile is done.`
    : `Pause ${name}? Nothing moves until it is resumed: a holder that dies is not replaced.`,
  order: { do: paused ? 'resume' : 'pause', group: name, ifEpoch: epoch },
  tone: 'quiet',
});

/** The reason goes with every order of this group: the dashboard hands on what stands in its fields. */
const orders = (group: GroupStatus, { endpoint }: View): Markup | null => {
  if (endpoint === null) return null;
  const failover = failoverAction(group);
  const actions = failover === null ? [pauseAction(group)] : [failover, pauseAction(group)];
  return html`<div class="kl-orders">
    <label class="kl-reason"><span class="kl-unseen">Reason for an order in ${group.name}</span><input name="reason-${group.name}" maxlength="160" placeholder="reason, kept in the history" autocomplete="off"></label>
    ${actions.map((action) => actionButton(endpoint, action))}
  </div>`;
};

/** What a group that only observes would have done. */
const wouldWords = (group: GroupStatus): string[] => {
  const { would } = groupTold(group);
  if (would === null || would === undefined) return [];
  const to = would.to === null ? 'nobody' : shortId(would.to);
  return [`would ${would.to === group.holder ? 'move it back' : 'move it'} to ${to} (${would.reason})`];
};

/** What happened lately that nobody may have noticed. */
const remarks = (group: GroupStatus): string[] => [...wouldWords(group), ...pastRemarks(group)];
const pastRemarks = ({ handover, repairs, transfers }: GroupStatus): string[] => [
  ...(handover === null ? [] : [`failover to ${handover.to} ordered ${elapsed(handover.ageMs)} ago`]),
  ...(repairs === 0 ? [] : [`moved back ${repairs} times after another hand had moved it`]),
  ...(transfers < 2 ? [] : [`${transfers + 1} changes of holder, each within an hour of the one before`]),
];

const nextWords = ({ holder, next, paused, leaseMs }: GroupStatus): string | null => {
  if (holder === null) return null;
  if (next === null) return `If ${shortId(holder)} dies: nobody takes over${paused ? ' (paused)' : ''}.`;
  return `If ${shortId(holder)} dies: ${shortId(next)} takes over after ${elapsed(leaseMs)} of silence.`;
};

/** What the cloud itself has said of where the VIPs are. */
const fabricBadge = (group: GroupStatus): Markup | null => {
  const { fabric } = groupTold(group);
  if (fabric === null) return null;
  const title = `looked ${elapsed(fabric.ageMs)} ago`;
  return fabric.confirmed ? badge('good', '✓', 'fabric', title) : badge('warn', '?', 'fabric', title);
};

const heading = (group: GroupStatus): Markup => {
  const { name, vips, epoch, phase, phaseMs, reason, exclusive } = group;
  const since = `${phase} for ${elapsed(phaseMs)}${reason === '' ? '' : ` (${reason})`}`;
  return html`<header><h3>${name}</h3>${groupBadges(group)}${groupTold(group).isObserved && badge('calm', '◎', 'OBSERVED', 'it decides and tells, and moves nothing')}${fabricBadge(group)}<span class="kl-vips">${vips.map(({ address, fabric }) => html`<span class="kl-vip" title="${fabric}">${address}</span>`)}</span>
  <span class="kl-facts">epoch ${epoch} · ${since}${exclusive && ' · exclusive'}</span></header>`;
};

/** A group whose item cannot be read stands in its place with the reason. */
const failed = ({ name, error }: GroupFailure): Markup =>
  html`<section class="kl-group kl-edge-bad" data-group="${name}"><header><h3>${name}</h3>${badge('bad', '✕', error.code)}</header><p>${error.message}</p></section>`;

const EDGE: Readonly<Record<GroupStatus['health'], string>> = { ok: 'good', degraded: 'warn', down: 'bad' };

export const groupSection = (group: GroupStatus | GroupFailure, scene: Scene): Markup => {
  if (isFailure(group)) return failed(group);
  const events = scene.histories[group.name] ?? null;
  const next = nextWords(group);
  return html`<section class="kl-group kl-edge-${EDGE[group.health]}" data-group="${group.name}">
    ${heading(group)}
    ${memberTable(group, scene.view)}
    ${[...(next === null ? [] : [next]), ...remarks(group)].map((words) => html`<p class="kl-note">${words}</p>`)}
    ${orders(group, scene.view)}
    <div class="kl-pair">
      <div><h4>Holder</h4>${holderTimeline(group, events, scene.status.at)}</div>
      <div><h4>Last failover</h4>${lastFailover(events)}</div>
    </div>
    ${sparklines(scene.watched.traces[group.name])}
  </section>`;
};
