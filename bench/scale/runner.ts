/** The process in which stories are played: nothing of the benchmark runs beside the handler. */
import { BenchError } from '../errors.ts';
import { FunctionLog } from './function-log.ts';
import { orderSchema, type Play, type SteadyOrder, type SteadyResult, say } from './messages.ts';
import { playDate } from './played-time.ts';
import { tellReturn } from './return-story.ts';
import { type Instruments, SteadyStory } from './steady-story.ts';
import { TrafficCounter } from './traffic.ts';

/** Each case plays its heartbeats in so many turns. */
const TURNS = 10;

const progress = (line: string): void => say({ kind: 'progress', line });

interface Part {
  readonly story: SteadyStory;
  readonly play: Play;
}

/** One play of each case: all warm first, then in turns. */
const playTogether = async (
  parts: readonly Part[],
  show: (story: SteadyStory) => void,
): Promise<SteadyResult[]> => {
  for (const { story, play } of parts) {
    show(story);
    await story.place(play.environments);
    await story.warmUp(play.warmUps);
  }
  for (let turn = 1; turn <= TURNS; turn += 1) {
    for (const { story, play } of parts) {
      show(story);
      await story.count(Math.ceil(play.beats / TURNS));
    }
    progress(`environments: ${parts[0]?.play.environments ?? 0}; turn ${turn} of ${TURNS}`);
  }
  return parts.map(({ story }) => story.result());
};

const tellSteady = async (order: SteadyOrder): Promise<SteadyResult[]> => {
  const instruments: Instruments = { traffic: new TrafficCounter(), log: new FunctionLog() };
  const cases = order.cases.map((one) => ({ ...one, story: new SteadyStory(order, one, instruments) }));
  for (const { story, groups, heartbeatMs } of cases) {
    progress(`groups: ${groups}, heartbeat ${heartbeatMs} ms: playing until they are quiet`);
    await story.prepare();
  }
  let shown = cases[0]?.story;
  playDate(() => shown?.clock.nowMs() ?? 0);
  const show = (story: SteadyStory): void => {
    shown = story;
  };
  const results: SteadyResult[] = [];
  const plays = Math.max(...order.cases.map((one) => one.plays.length));
  for (let index = 0; index < plays; index += 1) {
    const parts = cases.flatMap(({ story, plays }) =>
      plays.slice(index, index + 1).map((play) => ({ story, play })),
    );
    results.push(...(await playTogether(parts, show)));
  }
  return results;
};

const main = async (): Promise<void> => {
  const order = orderSchema.parse(JSON.parse(process.argv[2] ?? ''));
  if (order.kind === 'steady') say({ kind: 'steady', results: await tellSteady(order) });
  else say({ kind: 'return', result: await tellReturn(order, progress) });
};

// Whoever started this process has ended, so nobody waits for the result.
process.once('disconnect', () => process.exit(0));
try {
  await main();
} catch (error) {
  const told = error instanceof BenchError ? error.message : error instanceof Error ? error.stack : undefined;
  say({ kind: 'failed', message: told ?? String(error) });
}
process.disconnect();
