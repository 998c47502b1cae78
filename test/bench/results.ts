/** Results as the benchmark's tests want them: small, and plainly made up. */
import type { Results } from '../../bench/sections.ts';

const spread = (value: number) => ({
  count: 25,
  min: value - 1,
  median: value,
  p99: value + 1,
  max: value + 2,
});

const around = (command: string) => ({
  measuredAt: '2026-11-20T10:00:00.000Z',
  command,
  machine: { cores: 2, cpu: 'a CPU', memoryMb: 4096, kernel: '6.18.0', node: 'v24.0.0', commit: 'abc123' },
  noise: { busyBefore: 0.015, stolen: 0, loadBefore: 0.1, loadAfter: 0.9 },
});

/** @param importMs what the import took */
export const bundleResults = (importMs: number): Results => ({
  version: 1,
  sections: {
    bundle: {
      ...around('npm run bench -- bundle'),
      data: {
        sizes: [{ path: 'dist/lambdas/heartbeat/index.mjs', bytes: 400_000, gzipBytes: 100_000 }],
        bundleImportMs: spread(importMs),
        emptyImportMs: spread(1),
      },
    },
  },
});

type Run = NonNullable<Results['sections']['failover']>['data']['cases'][number]['runs'][number];
const run = (outageMs: number, fields: Partial<Run> = {}): Run => ({
  outageMs,
  lost: Math.round(outageMs / 2),
  moves: 1,
  owners: ['host1', 'host2'],
  toBest: true,
  stallMs: 0,
  reason: 'resign',
  fabricMs: 5,
  checkDownMs: null,
  servedMs: outageMs + 1,
  steps: [
    { atMs: 0, what: 'fault', detail: 'stop host1' },
    { atMs: outageMs, what: 'fabric applied', detail: '' },
  ],
  ...fields,
});

/**
 * Clean stops: one as it should be, one while the machine stood still, one that moved twice. Dead services: one
 * without a word from the agent about its check.
 */
export const failoverResults = (): Results => ({
  version: 1,
  sections: {
    failover: {
      ...around('npm run bench -- failover'),
      data: {
        cases: [
          {
            name: 'clean stop',
            what: 'SIGTERM',
            judged: 'beyond fabric',
            runs: [run(12), run(90, { stallMs: 70 }), run(20, { moves: 2 })],
            failures: ['waited in vain'],
          },
          {
            name: 'service dead',
            what: 'killed',
            judged: 'beyond check and fabric',
            runs: [run(1500, { checkDownMs: 1450 }), run(1999, { checkDownMs: 1900 }), run(1800)],
            failures: [],
          },
        ],
      },
    },
  },
});
