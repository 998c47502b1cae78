/** A comparison as its tests want it: small, and plainly made up. */
import type { Results } from '../../../bench/sections.ts';
import type { Cell, VersusData } from '../../../bench/versus/cells.ts';
import type { HostAtRest } from '../../../bench/versus/rest.ts';
import type { VersusRun } from '../../../bench/versus/run.ts';

export const run = (outageMs: number, fields: Partial<VersusRun> = {}): VersusRun => ({
  outageMs,
  dark: false,
  moves: 1,
  fromHigher: true,
  stallMs: 0,
  repeats: 0,
  ...fields,
});

export const cell = (
  system: Cell['system'],
  fault: Cell['fault'],
  runs: VersusRun[],
  fields: Partial<Cell> = {},
): Cell => ({ api: 'fast', system, fault, runs, failures: [], ...fields });

const atRest = (
  system: HostAtRest['system'],
  role: HostAtRest['role'],
  rssKb: number,
  fields: Partial<HostAtRest> = {},
): HostAtRest => ({
  system,
  api: 'fast',
  role,
  processes: 2,
  rssKb,
  anonKb: 1024,
  cpuShare: 0.003,
  packetsInPerSecond: 1,
  packetsOutPerSecond: 2,
  ...fields,
});

/** Keepaloft slower after a kill, keepalived dark after a partition whenever its higher host was MASTER. */
export const data: VersusData = {
  versions: { keepalived: '2.2.7', aws: '2.9.19' },
  tookMs: 120_000,
  rest: {
    windowMs: 60_000,
    restless: [{ system: 'route-30', api: 'fast' }],
    hosts: [
      atRest('keepaloft', 'standby', 70 * 1024, { processes: 1 }),
      atRest('keepaloft', 'MASTER', 71 * 1024, { processes: 1 }),
      atRest('cli-30', 'standby', 13 * 1024),
      atRest('cli-30', 'standby', 99 * 1024, { api: 'slow' }),
    ],
  },
  cells: [
    cell('keepaloft', 'kill', [run(2500), run(2400), run(2600)]),
    cell('cli-30', 'kill', [run(500), run(480, { stallMs: 30, repeats: 2 }), run(520)]),
    cell('keepaloft', 'cut-peers', [run(0, { moves: 0 }), run(0, { moves: 0 })]),
    cell('cli-30', 'cut-peers', [
      run(29_000, { dark: true }),
      run(4, { fromHigher: false }),
      run(29_000, { dark: true }),
    ]),
    cell('keepaloft', 'throttle', [run(8200)]),
    cell('cli-30', 'throttle', [run(28_000, { dark: true, moves: 0 })]),
    cell('route-30', 'kill', [run(90)], { failures: ['waited in vain'] }),
    cell('keepaloft', 'kill', [run(3500)], { api: 'slow' }),
    cell('keepaloft', 'nothing', [run(0, { moves: 0 })]),
  ],
};

/** The same as a stored section. */
export const results: Results = {
  version: 1,
  sections: {
    versus: {
      measuredAt: '2026-11-20T10:00:00.000Z',
      command: 'npm run bench -- versus',
      machine: {
        cores: 2,
        cpu: 'a CPU',
        memoryMb: 4096,
        kernel: '6.18.0',
        node: 'v24.0.0',
        commit: 'abc123',
      },
      noise: { busyBefore: 0.015, stolen: 0, loadBefore: 0.1, loadAfter: 0.9 },
      data,
    },
  },
};
