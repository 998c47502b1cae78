/** A process in the time of a story, for `played-time.test.ts`: tells what its clocks and timers show. */
import { setTimeout as sleep } from 'node:timers/promises';
import { playDate, playTimers } from '../../../bench/scale/played-time.ts';
import { StoryClock } from '../../../bench/scale/story-clock.ts';

const START_MS = 1_800_000_000_000;
const clock = new StoryClock(START_MS);
playDate(() => clock.nowMs());
playTimers(clock);

const seen: string[] = [];
const note = (what: string): void => {
  seen.push(`${what} ${Date.now() - START_MS}`);
};

const aborted = async (): Promise<void> => {
  const signal = AbortSignal.timeout(2000);
  await sleep(9000, undefined, { signal }).catch((error: unknown) => {
    note(error instanceof Error ? error.name : 'no error');
  });
  note(signal.aborted ? 'aborted' : 'not aborted');
};

clock.work(async () => {
  await sleep(1000);
  note('slept');
});
clock.work(aborted);
// As an SDK does that waits before it repeats a call: the clock is not told that this is waited for.
clock.work(async () => {
  await new Promise<void>((resolve) => {
    setTimeout(resolve, 3000);
  });
  note('waited');
  await sleep(500);
  note('waited on');
});
setTimeout(() => note('timer'), 1500);
clearTimeout(setTimeout(() => note('never'), 1600));
await clock.play(START_MS + 10_000);
const dates = [
  new Date().toISOString(),
  new Date(0).toISOString(),
  String(new Date() instanceof Date),
  typeof Date.UTC(2026),
];
process.send?.({ seen, dates });
process.disconnect();
