/** Who held a group and when, from what was decided: one lane a member, gaps where nobody held it. */
import type { GroupStatus, HistoryEvent } from '../../../core/wire/admin.ts';
import { html, type Markup } from './markup.ts';
import { elapsed, instant, shortId } from './words.ts';

/** One stretch of time with one holder. */
export interface Reign {
  readonly node: string;
  readonly epoch: number;
  readonly reason: string;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** At least so much is drawn, and at most; what is older is told by the history. */
const SPAN_MS_MIN = 60_000;
const SPAN_MS_MAX = 24 * 3_600_000;
/** So many changes of holder fit before they become a blur. */
const REIGNS_MAX = 40;

/**
 * @param events newest first
 * @param now the arbiter's clock
 * @returns oldest first. A reign begins when the fabric has answered, and ends with the next transfer.
 */
export const reignsOf = (events: readonly HistoryEvent[], now: number): Reign[] => {
  const reigns: Reign[] = [];
  let open: Reign | undefined;
  for (const { type, epoch, to, at, reason } of events.toReversed()) {
    if (type === 'transfer' && open !== undefined) {
      reigns.push({ ...open, untilMs: Math.max(open.fromMs, at) });
      open = undefined;
    }
    if (type === 'committed' && to !== null && open?.epoch !== epoch) {
      open = { node: to, epoch, reason, fromMs: at, untilMs: at };
    }
  }
  if (open !== undefined) reigns.push({ ...open, untilMs: Math.max(open.fromMs, now) });
  return reigns.slice(-REIGNS_MAX);
};

const LANE_PX = 22;
const WIDTH = 1000;

interface Scale {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** From the first reign that is known, padded, but a day at most. */
const scaleOf = (reigns: readonly Reign[], now: number): Scale => {
  const first = reigns[0]?.fromMs ?? now;
  const spanMs = Math.min(SPAN_MS_MAX, Math.max(SPAN_MS_MIN, (now - first) * 1.04));
  return { fromMs: now - spanMs, untilMs: now };
};

const bar = (reign: Reign, lane: number, { fromMs, untilMs }: Scale): Markup | null => {
  const span = untilMs - fromMs;
  const left = (Math.max(0, reign.fromMs - fromMs) / span) * WIDTH;
  const right = (Math.max(0, reign.untilMs - fromMs) / span) * WIDTH;
  if (right <= 0) return null;
  const title = `#${reign.epoch} ${reign.node} (${reign.reason}), from ${instant(reign.fromMs)} for ${elapsed(reign.untilMs - reign.fromMs)}`;
  return html`<rect x="${left.toFixed(1)}" y="${lane * LANE_PX + 4}" width="${Math.max(3, right - left).toFixed(1)}" height="${LANE_PX - 8}" rx="3" class="kl-reign"><title>${title}</title></rect>`;
};

/** @param events newest first; null when they cannot be read */
export const holderTimeline = (
  group: GroupStatus,
  events: readonly HistoryEvent[] | null,
  now: number,
): Markup => {
  if (events === null) return html`<p class="kl-empty">the history cannot be read</p>`;
  const reigns = reignsOf(events, now);
  if (reigns.length === 0) return html`<p class="kl-empty">nobody has held it yet</p>`;
  const scale = scaleOf(reigns, now);
  const nodes = group.members.map(({ node }) => node);
  const height = nodes.length * LANE_PX;
  const lanes = nodes.map(
    (_, lane) =>
      html`<line x1="0" x2="${WIDTH}" y1="${lane * LANE_PX + LANE_PX / 2}" y2="${lane * LANE_PX + LANE_PX / 2}" class="kl-lane"/>`,
  );
  const bars = reigns.map((reign) => {
    const lane = nodes.indexOf(reign.node);
    return lane < 0 ? null : bar(reign, lane, scale);
  });
  return html`<div class="kl-timeline">
    <div class="kl-lanes">${nodes.map((node) => html`<span class="kl-id" title="${node}">${shortId(node)}</span>`)}</div>
    <div class="kl-chart"><svg viewBox="0 0 ${WIDTH} ${height}" preserveAspectRatio="none" style="height:${height}px" role="img" aria-label="who held ${group.name} and when">${lanes}${bars}</svg>
    <div class="kl-axis"><span>${elapsed(scale.untilMs - scale.fromMs)} ago</span><span>now</span></div></div>
  </div>`;
};
