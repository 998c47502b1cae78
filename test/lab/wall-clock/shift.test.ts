// Proves that a process whose wall clock is shifted sees it in every way in which it can ask for the date, and that its
// boot clock and timers do not notice. In a process of its own: the date of this one is needed by other tests.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { clockVariable } from '../../../lab/wall-clock/shift.ts';

const run = promisify(execFile);
const file = (name: string): string =>
  fileURLToPath(new URL(`../../../lab/wall-clock/${name}`, import.meta.url));
const OFFSET_MS = -7_200_000;
/** The process starts and prints within this. */
const SLACK_MS = 9000;

const seenSchema = z.object({
  now: z.number(),
  made: z.number(),
  called: z.number(),
  fixed: z.string(),
  isDate: z.boolean(),
  parsed: z.number(),
});

const LOOK = `JSON.stringify({
  now: Date.now(), made: new Date().getTime(), called: Date.parse(Date()), fixed: new Date(0).toISOString(),
  isDate: new Date() instanceof Date, parsed: Date.parse('2026-01-01T00:00:00Z'),
})`;

describe('a shifted wall clock', () => {
  it('is what an agent sees that was started with one', async () => {
    const { stdout } = await run(process.execPath, ['--import', file('preload.ts'), '-p', LOOK], {
      env: { ...process.env, [clockVariable]: String(OFFSET_MS), NODE_NO_WARNINGS: '1' },
    });
    const seen = seenSchema.parse(JSON.parse(stdout));
    const expected = Date.now() + OFFSET_MS;
    // Within a second, because the text of a date has whole seconds.
    for (const ms of [seen.now, seen.made, seen.called]) {
      expect(ms).toBeGreaterThan(expected - SLACK_MS);
      expect(ms).toBeLessThanOrEqual(expected);
    }
    expect(seen).toMatchObject({
      fixed: '1970-01-01T00:00:00.000Z',
      isDate: true,
      parsed: Date.UTC(2026, 0, 1),
    });
  });

  it('can be set again and put right while the process runs, and monotonic time goes on', async () => {
    const script = `
      import { shiftWallClock } from '${file('shift.ts')}';
      const real = Date.now();
      const before = performance.now();
      shiftWallClock(3_600_000); const ahead = Date.now() - real;
      shiftWallClock(-3_600_000); const behind = Date.now() - real;
      shiftWallClock(0); const right = Date.now() - real;
      console.log(JSON.stringify({ ahead, behind, right, monotonic: performance.now() - before }));`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], {
      env: { ...process.env, NODE_NO_WARNINGS: '1' },
    });
    const { ahead, behind, right, monotonic } = z
      .object({ ahead: z.number(), behind: z.number(), right: z.number(), monotonic: z.number() })
      .parse(JSON.parse(stdout));
    expect(ahead).toBeGreaterThanOrEqual(3_600_000);
    expect(ahead).toBeLessThan(3_600_000 + SLACK_MS);
    expect(behind).toBeLessThan(-3_600_000 + SLACK_MS);
    expect(right).toBeLessThan(SLACK_MS);
    expect(monotonic).toBeLessThan(SLACK_MS);
  });
});
