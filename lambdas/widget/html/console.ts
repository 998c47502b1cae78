/** The whole widget: one element with its own style sheet, without a script. */
import type { StatusResponse } from '../../../core/wire/admin.ts';
import type { Notice, Scene } from '../scene.ts';
import { groupSection } from './group.ts';
import { html, Markup } from './markup.ts';
import { badge } from './states.ts';
import { STYLE } from './style.ts';
import { sweepTold } from './told.ts';
import { alarmStrip } from './watched.ts';
import { elapsed, instant } from './words.ts';

/** The style sheet is ours and holds no value of anybody's. */
const style = new Markup(`<style>${STYLE}</style>`);

const brakeNote = ({ brake }: StatusResponse): Markup | null => {
  if (brake === null) return html`<p class="kl-strip">${badge('warn', '▲', 'the brake cannot be read')}</p>`;
  if (!brake.engaged) return null;
  const words = `Too many groups fell silent at once. Nobody is replaced for silence for ${elapsed(brake.leftMs)}.`;
  return html`<p class="kl-strip">${badge('bad', '▲', 'BRAKE')} ${words}</p>`;
};

const sweepWords = (status: StatusResponse): string => {
  const ageMs = sweepTold(status);
  if (ageMs === undefined) return '';
  return ageMs === null ? ' No sweep yet.' : ` Last sweep ${elapsed(ageMs)} ago.`;
};

const noticeLine = (notice: Notice | null): Markup | null =>
  notice &&
  html`<p class="kl-notice kl-notice-${notice.kind}" role="status"><span aria-hidden="true">${notice.kind === 'done' ? '✓' : '✕'}</span> ${notice.text}</p>`;

export const consoleHtml = (scene: Scene): Markup => {
  const { status, view, watched, notice } = scene;
  const look = `kl kl-theme-${view.theme} ${view.isNarrow ? 'kl-narrow' : 'kl-wide'}`;
  return html`<div class="cwdb-no-default-styles"></div>${style}<div class="${look}">
  ${noticeLine(notice)}${brakeNote(status)}${alarmStrip(watched)}
  ${status.groups.length === 0 && html`<p class="kl-empty">no group is deployed</p>`}
  ${status.groups.map((group) => groupSection(group, scene))}
  <footer>${status.after !== undefined && html`More groups come after ${status.after}: they are in keepaloft status. `}As of ${instant(status.at)}, by the arbiter’s clock.${sweepWords(status)}</footer>
</div>`;
};

/** What stands in place of the widget when nothing can be shown. */
export const troubleHtml = (code: string, message: string, theme: 'dark' | 'light'): Markup =>
  html`<div class="cwdb-no-default-styles"></div>${style}<div class="kl kl-theme-${theme}"><p class="kl-notice kl-notice-refused" role="alert"><b>${code}</b> ${message}</p></div>`;
