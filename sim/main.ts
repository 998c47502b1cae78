/** `npm run sim`: see `--help`. */
import { writeFileSync } from 'node:fs';
import { explain } from './cli/failure.ts';
import { HELP, type Options, readOptions, UsageError } from './cli/options.ts';
import { runPool } from './cli/pool.ts';
import { formatReport, type Report, reportOf } from './cli/report.ts';
import type { Tally } from './cli/tally.ts';
import { drawPlan } from './plan/draw.ts';
import { runPlan } from './run.ts';

const MINUTE_MS = 60_000;
const YEAR_MS = 365.25 * 86_400_000;
/** A line for people who watch, and one now and then for a log. */
const PROGRESS_MS = { terminal: 1000, log: 30_000 } as const;
/** Of the failing seeds, so many are told in full. */
const TOLD_MAX = 3;
const EXIT = { ok: 0, violation: 1, usage: 64 } as const;

const print = (text: string): void => void process.stdout.write(`${text}\n`);
const say = (text: string): void => void process.stderr.write(text);

const progress = () => {
  const startedAt = performance.now();
  const { isTTY } = process.stderr;
  let saidAt = startedAt;
  let told = 0;
  return (tally: Tally): void => {
    // At once: a long run that is stopped must not take what it has found with it.
    for (const { seed, invariant, what } of tally.failures.slice(told))
      say(`${isTTY ? '\r\u001b[K' : ''}seed ${seed}: ${invariant}: ${what}\n`);
    told = tally.failures.length;
    const now = performance.now();
    if (now - saidAt < (isTTY ? PROGRESS_MS.terminal : PROGRESS_MS.log)) return;
    saidAt = now;
    const seconds = (now - startedAt) / 1000;
    const line = `${tally.seeds} seeds, ${(tally.seeds / seconds).toFixed(0)}/s, ${(tally.simulatedMs / YEAR_MS).toFixed(2)} group-years, ${tally.failures.length} violations`;
    say(isTTY ? `\r\u001b[K${line}` : `${line}\n`);
  };
};

const runOne = (seed: number, { trace, only }: Options): number => {
  const plan = drawPlan(seed, new Set(only));
  print(explain(plan, trace));
  return runPlan(plan).violation === undefined ? EXIT.ok : EXIT.violation;
};

const tell = (report: Report, options: Options): void => {
  // Who reads JSON has the seeds, and asks for what he wants to see.
  for (const { seed } of options.json ? [] : report.failures.slice(0, TOLD_MAX))
    say(`\n${explain(drawPlan(seed, new Set(options.only)), false)}\n`);
  const rest = report.failures.slice(TOLD_MAX);
  for (const { seed, invariant, what } of rest) say(`also seed ${seed}: ${invariant}: ${what}\n`);
  if (options.json) print(JSON.stringify(report, undefined, 2));
  else print(formatReport(report));
  if (options.report !== undefined)
    writeFileSync(options.report, `${JSON.stringify(report, undefined, 2)}\n`);
};

const runMany = async (options: Options): Promise<number> => {
  const startedAt = performance.now();
  const { from, seeds, workers, only, minutes } = options;
  const endsAt = startedAt + minutes * MINUTE_MS;
  const onProgress = progress();
  const tally = await runPool({
    from,
    seeds,
    workers,
    only,
    endsAt,
    failuresMax: options.failures,
    onProgress,
  });
  if (process.stderr.isTTY) say('\n');
  tell(reportOf(tally, from, performance.now() - startedAt), options);
  return tally.failures.length === 0 ? EXIT.ok : EXIT.violation;
};

const main = async (argv: readonly string[]): Promise<number> => {
  try {
    const options = readOptions(argv);
    if (options.help) {
      print(HELP);
      return EXIT.ok;
    }
    return options.seed === undefined ? await runMany(options) : runOne(options.seed, options);
  } catch (thrown) {
    if (!(thrown instanceof UsageError)) throw thrown;
    say(`${thrown.message}\n`);
    return EXIT.usage;
  }
};

process.exitCode = await main(process.argv.slice(2));
