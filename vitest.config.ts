import { defineConfig } from 'vitest/config';

/** A unit test that needs longer than this, on a busy machine, waits for something that will not come. */
const unitTestMsMax = 20_000;
/** An end-to-end test brings up a whole lab and may sit through several leases. */
const e2eTestMsMax = 120_000;
/** A test of `npm run test:long` sits through minutes of a fault. */
const longTestMsMax = 180_000;

/**
 * Long suites that ask what happens and not how soon, and look at nothing but their own lab: two at a time do not disturb each other.
 * All others have the machine to themselves.
 */
const together = [
  'alarm-check',
  'alarms',
  'before-master',
  'cloud',
  'console',
  'host-checks',
  'host-routes',
  'lab-faults',
].map((name) => `test/long/${name}.test.ts`);

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/long/**', 'test/examples/**'],
          testTimeout: unitTestMsMax,
          hookTimeout: unitTestMsMax,
          // No unit test patches a module or a global for good, so files may share one worker's modules.
          isolate: false,
          pool: 'forks',
          // By default one core is left to others: half of a machine of two.
          maxWorkers: '100%',
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: e2eTestMsMax,
          hookTimeout: e2eTestMsMax,
          // Two labs at once on a small machine would disturb each other's measured outages.
          fileParallelism: false,
          pool: 'forks',
        },
      },
      {
        test: {
          name: 'long',
          include: ['test/long/**/*.test.ts'],
          exclude: together,
          testTimeout: longTestMsMax,
          hookTimeout: e2eTestMsMax,
          fileParallelism: false,
          pool: 'forks',
        },
      },
      {
        test: {
          name: 'together',
          include: together,
          testTimeout: longTestMsMax,
          hookTimeout: e2eTestMsMax,
          pool: 'forks',
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'examples',
          include: ['test/examples/**/*.test.ts'],
          testTimeout: longTestMsMax,
          hookTimeout: e2eTestMsMax,
          fileParallelism: false,
          pool: 'forks',
        },
      },
    ],
    coverage: {
      provider: 'v8',
      include: ['core/**', 'lambdas/**', 'agent/**', 'cli/**', 'lab/**', 'lib/**', 'bin/**'],
      reporter: ['text-summary', 'html'],
    },
  },
});
