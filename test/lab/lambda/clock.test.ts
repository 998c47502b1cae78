// Proves that the wall clocks of a function's environments can be put off and right again, those started later included,
// and that a freeze can be ended before its time.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LabClock } from '../../../lab/ends/clock.ts';
import { LambdaRuntime } from '../../../lab/lambda/runtime.ts';
import { storeOf } from '../ends/small-vpc.ts';

const SOURCE = `export const handler = async () => Date.now();`;
const NAME = 'clock';
const OFFSET_MS = 3_600_000;
/** An invocation, on a busy machine. */
const SLACK_MS = 8000;
const FROZEN_MS = 60_000;

const clock = new LabClock();
const credentials = storeOf(clock);
let folder = '';
let runtime: LambdaRuntime;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keepaloft-test-'));
  await writeFile(join(folder, 'index.mjs'), SOURCE);
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(async () => {
  runtime = new LambdaRuntime({ clock, credentials, processEnv: { KEEPALOFT_LAB: 'test' } });
  await runtime.deploy({ name: NAME, artefact: join(folder, 'index.mjs'), prewarm: 1 });
});
afterEach(() => runtime.close());

/** How far the function's clock is from this process's. */
const offset = async (): Promise<number> => {
  const outcome = await runtime.invoke(NAME, {});
  if (!outcome.ok) throw new Error(outcome.error.errorMessage);
  return Number(outcome.payload) - Date.now();
};

describe('the clock of a function', () => {
  it('is the machine’s, is put off, and is put right', async () => {
    expect(Math.abs(await offset())).toBeLessThan(SLACK_MS);
    runtime.shiftClock(NAME, OFFSET_MS);
    expect(Math.abs((await offset()) - OFFSET_MS)).toBeLessThan(SLACK_MS);
    runtime.shiftClock(NAME, 0);
    expect(Math.abs(await offset())).toBeLessThan(SLACK_MS);
  });

  it('is off in environments that start while it is', async () => {
    runtime.shiftClock(NAME, -OFFSET_MS);
    await runtime.recycle(NAME);
    expect(Math.abs((await offset()) + OFFSET_MS)).toBeLessThan(SLACK_MS);
  });
});

describe('a frozen function', () => {
  it('goes on as soon as it is thawed', async () => {
    runtime.freeze(NAME, FROZEN_MS);
    const answer = offset();
    const early = await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 200, 'frozen'))]);
    expect(early).toBe('frozen');
    runtime.thaw(NAME);
    expect(Math.abs(await answer)).toBeLessThan(SLACK_MS);
  });
});
