/** Results of a comparison as short texts, for cells of tables. */
import type { Spread } from '../statistics.ts';
import { type Cell, isShorter, isThin, medianOutageMs, type Summary, summaryOf } from './cells.ts';
import type { FaultCase } from './faults.ts';

const MS_PER_S = 1000;

const digits = (value: number): number => (value >= 100 ? 0 : value >= 10 ? 1 : 2);

/** Milliseconds below a second, seconds from there on, each with as many digits as mean something. */
export const time = (ms: number): string => {
  if (ms === 0) return '0';
  return ms < MS_PER_S
    ? `${ms.toFixed(digits(ms))} ms`
    : `${(ms / MS_PER_S).toFixed(digits(ms / MS_PER_S))} s`;
};

const outageText = ({ median, min, max }: Spread): string =>
  min === max ? time(median) : `${time(median)} (${time(min)} – ${time(max)})`;

export const movesText = ({ min, max }: Spread): string => {
  if (min !== max) return `${min}–${max} moves`;
  return `${min} ${min === 1 ? 'move' : 'moves'}`;
};

/** One move is what a lethal fault should cause, and says nothing. */
const isWorthSaying = ({ moves }: Summary, { kind }: FaultCase): boolean =>
  kind === 'passing' || moves.min !== 1 || moves.max !== 1;

const darkText = ({ dark, tried }: Summary): string =>
  dark === tried ? `dark for good` : `dark for good in ${dark} of ${tried}`;

/** Everything about a cell. */
export const cellText = (cell: Cell, fault: FaultCase): string => {
  const summary = summaryOf(cell);
  if (summary === null) return 'no result';
  const { dark, outage, moves, failed } = summary;
  const parts = dark === 0 ? [] : [darkText(summary)];
  if (outage !== null) parts.push(`${dark === 0 ? '' : 'else '}${outageText(outage)}`);
  if (isWorthSaying(summary, fault)) parts.push(movesText(moves));
  if (isThin(cell)) parts.push(`only ${summary.tried} runs, ${failed} without a result`);
  return parts.join(', ');
};

/** The least that must be said. */
export const briefText = (cell: Cell, fault: FaultCase): string => {
  const summary = summaryOf(cell);
  if (summary === null) return 'no result';
  const { dark, outage, moves, tried } = summary;
  const parts = dark === 0 ? [] : [darkText(summary)];
  if (outage !== null) parts.push(`${dark === 0 ? '' : 'else '}${time(outage.median)}`);
  if (fault.kind === 'passing' || moves.max > 1) parts.push(movesText(moves));
  if (isThin(cell)) parts.push(`only ${tried} runs`);
  return parts.join(', ');
};

/**
 * The cells of a row whose median outage is the shortest, or as short. Never best is one that is dark in half of its runs
 * or more, and one with fewer runs than the others.
 */
export const bestOf = (cells: readonly Cell[]): ReadonlySet<Cell> => {
  const medians = cells
    .filter((cell) => cell.runs.length > 0 && !isThin(cell))
    .map((cell) => ({ cell, median: medianOutageMs(cell) }))
    .filter(({ median }) => Number.isFinite(median));
  const least = Math.min(...medians.map(({ median }) => median));
  return new Set(medians.filter(({ median }) => !isShorter(least, median)).map(({ cell }) => cell));
};
