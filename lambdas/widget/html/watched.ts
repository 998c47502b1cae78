/** What CloudWatch knows: the strip of alarms, and each group's metrics as small curves. */
import type { AlarmSight } from '../../cloudwatch/alarms.ts';
import type { Trace, Watched } from '../scene.ts';
import { html, type Markup } from './markup.ts';
import { badge, type Tone } from './states.ts';

const STATES: Readonly<Record<AlarmSight['state'], readonly [Tone, string]>> = {
  ALARM: ['bad', '▲'],
  OK: ['good', '✓'],
  INSUFFICIENT_DATA: ['off', '?'],
};

const WORST: readonly AlarmSight['state'][] = ['ALARM', 'INSUFFICIENT_DATA', 'OK'];

/** Alarms that ring come first. Of those that do not, only how many there are: they would hide the others. */
export const alarmStrip = ({ alarms, problem }: Watched): Markup | null => {
  if (problem !== null) return html`<p class="kl-strip"><span class="kl-empty">${problem}</span></p>`;
  if (alarms.length === 0) return null;
  const ringing = alarms
    .filter(({ state }) => state === 'ALARM')
    .map(({ name, state, reason }) => badge(...STATES[state], name, reason));
  const counts = WORST.filter((state) => state !== 'ALARM').flatMap((state) => {
    const count = alarms.filter((alarm) => alarm.state === state).length;
    const words = state === 'OK' ? `${count} alarms quiet` : `${count} without data`;
    return count === 0 ? [] : [badge(...STATES[state], words)];
  });
  return html`<p class="kl-strip">${ringing}${counts}</p>`;
};

const WIDTH = 120;
const HEIGHT = 24;

/** A polyline from the lowest value to the highest; a constant runs in the middle. */
const points = (values: readonly number[]): string => {
  const low = Math.min(...values);
  const span = Math.max(...values) - low;
  const step = WIDTH / Math.max(1, values.length - 1);
  return values
    .map((value, index) => {
      const share = span === 0 ? 0.5 : (value - low) / span;
      return `${(index * step).toFixed(1)},${(HEIGHT - 2 - share * (HEIGHT - 4)).toFixed(1)}`;
    })
    .join(' ');
};

const sparkline = ({ label, unit, values }: Trace): Markup | null => {
  const last = values.at(-1);
  if (last === undefined) return null;
  const shown = `${Number.isInteger(last) ? last : last.toFixed(1)}${unit}`;
  return html`<figure class="kl-spark"><figcaption>${label} <b>${shown}</b></figcaption><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${label}, now ${shown}"><polyline points="${points(values)}"/></svg></figure>`;
};

export const sparklines = (traces: readonly Trace[] = []): Markup | null => {
  const drawn = traces.map(sparkline).filter((one) => one !== null);
  return drawn.length === 0 ? null : html`<div class="kl-sparks">${drawn}</div>`;
};
