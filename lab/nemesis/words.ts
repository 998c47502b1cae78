/** Strikes and rounds in words. Pure. */
import type { Round, Strike } from './schedule.ts';

const msPerSecond = 1000;

/** `4.1 s`, with as many decimals. */
export const seconds = (ms: number, decimals = 1): string => `${(ms / msPerSecond).toFixed(decimals)} s`;

/** `1 round`, `2 rounds` */
export const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;

const dials = ({ percent, ms, offsetMs, call, table }: Strike): string =>
  [
    call === undefined ? '' : ` ${call}`,
    table === undefined ? '' : ` in table ${table + 1}`,
    percent === undefined ? '' : ` ${percent} %`,
    ms === undefined ? '' : ` by ${ms} ms`,
    offsetMs === undefined ? '' : ` by ${seconds(offsetMs, 0)}`,
  ].join('');

const strikeWords = (strike: Strike): string => {
  const { kind, whom, group, atMs, forMs } = strike;
  const who = whom === 'cloud' ? '' : whom === 'all' ? ' all' : ` ${whom} of group ${group + 1}`;
  const when = atMs === 0 ? '' : ` after ${seconds(atMs)}`;
  return `${kind}${who}${dials(strike)} for ${seconds(forMs)}${when}`;
};

/** `kill holder of group 1 for 4.1 s; ec2-slow by 900 ms for 3.0 s after 1.2 s` */
export const planWords = ({ strikes }: Round): string => strikes.map(strikeWords).join('; ');
