/** The end of a run, for people and for a file. */
import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { FAULTS } from '../faults/table.ts';
import type { Failure, Tally } from './tally.ts';

const YEAR_MS = 365.25 * 86_400_000;
const HOUR_MS = 3_600_000;

export interface Report {
  readonly commit: string;
  readonly node: string;
  readonly cores: number;
  readonly cpu: string;
  readonly from: number;
  readonly seeds: number;
  readonly exclusiveSeeds: number;
  readonly groupYears: number;
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly seedsPerSecond: number;
  readonly groupYearsPerCoreHour: number;
  readonly heartbeats: number;
  readonly events: number;
  readonly transfers: number;
  readonly restedAfterMsMax: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly failures: readonly Failure[];
}

const git = (...args: string[]): string => {
  try {
    const cwd = fileURLToPath(new URL('../..', import.meta.url));
    return execFileSync('git', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    // A copy without its history, or a machine without git: the run counts all the same.
    return '';
  }
};

/** The commit, with `+` when core/ or sim/ differ from it. */
export const commitNow = (): string => {
  const commit = git('rev-parse', '--short=12', 'HEAD');
  if (commit === '') return 'unknown';
  return git('status', '--porcelain', '--', 'core', 'sim') === '' ? commit : `${commit}+`;
};

export const reportOf = (tally: Tally, from: number, wallMs: number): Report => {
  const years = tally.simulatedMs / YEAR_MS;
  return {
    commit: commitNow(),
    node: process.version,
    cores: availableParallelism(),
    cpu: cpus()[0]?.model ?? 'unknown',
    from,
    seeds: tally.seeds,
    exclusiveSeeds: tally.exclusive,
    groupYears: years,
    wallMs: Math.round(wallMs),
    cpuMs: Math.round(tally.cpuMs),
    seedsPerSecond: tally.seeds / (wallMs / 1000),
    groupYearsPerCoreHour: years / (tally.cpuMs / HOUR_MS),
    heartbeats: tally.heartbeats,
    events: tally.events,
    transfers: tally.transfers,
    restedAfterMsMax: tally.restedAfterMsMax,
    faults: Object.fromEntries(FAULTS.map(({ name }) => [name, tally.faults[name] ?? 0])),
    failures: tally.failures.toSorted((a, b) => a.seed - b.seed),
  };
};

const thousands = (count: number): string => Math.round(count).toLocaleString('en-US');

export const formatReport = (report: Report): string => {
  const seconds = report.wallMs / 1000;
  const faults = Object.entries(report.faults)
    .filter(([, begun]) => begun > 0)
    .map(([name, begun]) => `  ${name.padEnd(22)} ${thousands(begun).padStart(12)}`);
  return [
    `commit ${report.commit}, Node ${report.node}, ${report.cores} cores`,
    `${thousands(report.seeds)} seeds from ${report.from} (${thousands(report.exclusiveSeeds)} exclusive), ${report.groupYears.toFixed(3)} group-years in ${seconds.toFixed(0)} s: ` +
      `${report.seedsPerSecond.toFixed(0)} seeds/s, ${report.groupYearsPerCoreHour.toFixed(2)} group-years per core-hour`,
    `${thousands(report.heartbeats)} heartbeats, ${thousands(report.events)} events, ${thousands(report.transfers)} changes of holder; at rest at most ${(report.restedAfterMsMax / 1000).toFixed(0)} s after healing`,
    'faults:',
    ...faults,
    `${report.failures.length === 0 ? 'no' : report.failures.length} violation${report.failures.length === 1 ? '' : 's'}`,
  ].join('\n');
};
