/** The last failover, step by step: what the arbiter knew, when it decided, how long the fabric took. */
import type { HistoryEvent } from '../../../core/wire/admin.ts';
import { html, type Markup } from './markup.ts';
import { instant, precise, shortId } from './words.ts';

/** One step, in milliseconds after the last sign of the old holder, or after the decision when that is not known. */
export interface Step {
  readonly label: string;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly words: string;
  readonly kind: 'wait' | 'decide' | 'fabric' | 'bad';
}

export interface Waterfall {
  readonly epoch: number;
  readonly from: string | null;
  readonly to: string | null;
  readonly reason: string;
  readonly at: number;
  readonly totalMs: number;
  readonly steps: readonly Step[];
}

const numberIn = (event: HistoryEvent, key: string): number | undefined => {
  const value = event.detail?.[key];
  return typeof value === 'number' ? value : undefined;
};

/** Steps of what happened after the decision; times relative to it. */
const stepOf = (event: HistoryEvent, decidedAt: number): Step[] => {
  const at = Math.max(0, event.at - decidedAt);
  switch (event.type) {
    case 'committed': {
      const moveMs = Math.min(at, numberIn(event, 'moveMs') ?? at);
      const words = `the fabric answered after ${precise(moveMs)}`;
      return [{ label: 'fabric', fromMs: at - moveMs, untilMs: at, words, kind: 'fabric' }];
    }
    case 'move-failed': {
      const words = String(event.detail?.['code'] ?? event.reason);
      return [{ label: 'refused', fromMs: at, untilMs: at, words, kind: 'bad' }];
    }
    case 'release-refused':
      return [{ label: 'not released', fromMs: at, untilMs: at, words: event.reason, kind: 'bad' }];
    default:
      return [];
  }
};

/** @param events newest first. @returns null when no change of holder is known */
export const waterfallOf = (events: readonly HistoryEvent[]): Waterfall | null => {
  const change = events.find(({ type, from }) => type === 'transfer' && from !== null);
  if (change === undefined) return null;
  const { epoch, from, to, reason, at } = change;
  const later = events.filter((event) => event.epoch === epoch && event.at >= at).toReversed();
  const waitMs = numberIn(change, 'lastBeatAgeMs') ?? 0;
  const shift = (step: Step): Step => ({
    ...step,
    fromMs: step.fromMs + waitMs,
    untilMs: step.untilMs + waitMs,
  });
  const wait: Step[] =
    waitMs === 0
      ? []
      : [
          {
            label: 'last beat',
            fromMs: 0,
            untilMs: waitMs,
            words: `${precise(waitMs)} old when it was decided`,
            kind: 'wait',
          },
        ];
  const hookMs = numberIn(change, 'hookMs');
  const prepared: Step[] =
    hookMs === undefined
      ? []
      : [
          {
            label: 'beforeMaster',
            fromMs: Math.max(0, waitMs - hookMs),
            untilMs: waitMs,
            words: `ran for ${precise(hookMs)}`,
            kind: 'wait',
          },
        ];
  const decided: Step = { label: 'decided', fromMs: waitMs, untilMs: waitMs, words: reason, kind: 'decide' };
  const after = later.flatMap((event) => stepOf(event, at)).map(shift);
  const steps = [...wait, ...prepared, decided, ...after.toSorted((a, b) => a.fromMs - b.fromMs)];
  return { epoch, from, to, reason, at, totalMs: Math.max(...steps.map(({ untilMs }) => untilMs)), steps };
};

/** Percent with one place: enough for the widest screen. */
const percent = (value: number): string => `${value.toFixed(1)}%`;

const stepRow = ({ label, fromMs, untilMs, words, kind }: Step, totalMs: number): Markup => {
  const whole = Math.max(1, totalMs);
  const left = percent((fromMs / whole) * 99);
  const width = percent(Math.max(0.6, ((untilMs - fromMs) / whole) * 99));
  return html`<li><span class="kl-at">${(fromMs / 1000).toFixed(3)}</span><span class="kl-step">${label}</span><span class="kl-track"><i class="kl-bar kl-bar-${kind}" style="left:${left};width:${width}"></i></span><span class="kl-words">${words}</span></li>`;
};

const name = (node: string | null): Markup =>
  node === null ? html`nobody` : html`<span class="kl-id" title="${node}">${shortId(node)}</span>`;

/** @param events newest first; null when they cannot be read */
export const lastFailover = (events: readonly HistoryEvent[] | null): Markup => {
  const fall = events === null ? null : waterfallOf(events);
  if (fall === null) return html`<p class="kl-empty">no change of holder on record</p>`;
  const { epoch, from, to, reason, at, totalMs, steps } = fall;
  return html`<p class="kl-lead">#${epoch} ${name(from)} → ${name(to)} · ${reason} · <b>${precise(totalMs)}</b> · <time>${instant(at)}</time></p>
  <ol class="kl-fall">${steps.map((step) => stepRow(step, totalMs))}</ol>`;
};
