/** `keepaloft lab nemesis`: minutes of random faults in a lab, and a verdict on what followed. */

import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Mode } from '../../lab/nemesis/catalogue.ts';
import { type FabricName, vipsOf } from '../../lab/nemesis/fabrics.ts';
import { type HistoryEvent, toJsonLines } from '../../lab/nemesis/history.ts';
import { type Outcome, outcomeOf } from '../../lab/nemesis/outcome.ts';
import { repeatWords, reportText, summaryLines, violationLines } from '../../lab/nemesis/report.ts';
import { runNemesis } from '../../lab/nemesis/run.ts';
import { blackoutOf, ROUNDS_MAX, type Round, scheduleOf } from '../../lab/nemesis/schedule.ts';
import { EXIT } from '../exit-codes.ts';
import { CliError } from '../failure.ts';
import { watchInterrupt } from '../interrupt.ts';
import { type Terminal, terminalOf } from '../terminal.ts';

export interface NemesisOptions {
  minutes: number;
  fabric: FabricName;
  mode: Mode;
  groups: number;
  seed?: string;
  /** Ends after so many rounds. */
  rounds?: number;
  /** Plays this round of the schedule alone. */
  round?: number;
  /** Minutes without the arbiter, and nothing else. */
  blackout?: number;
  report?: string;
  json?: boolean;
}

const msPerMinute = 60_000;
const seedBytes = 4;
/** After a blackout false claims would come with the first heartbeats: a lease and a streak later all is said. */
const blackoutCalmMs = 15_000;

const roundsOf = (options: NemesisOptions, seed: string): Round[] => {
  if (options.blackout !== undefined) {
    if (options.mode === 'exclusive')
      throw new CliError(
        'no-such-blackout',
        'without the arbiter an exclusive group stops serving: that is its purpose',
        {
          remedy: 'use --blackout with --mode fenced',
          exitCode: EXIT.usage,
        },
      );
    return blackoutOf(options.blackout * msPerMinute, blackoutCalmMs);
  }
  const wanted = options.round ?? options.rounds ?? ROUNDS_MAX;
  const { fabric, mode, groups } = options;
  const rounds = scheduleOf({ seed, groups, vips: vipsOf(fabric, mode, groups), rounds: wanted });
  return options.round === undefined ? rounds : rounds.slice(-1);
};

/** Says how far the run is: in place on a terminal, otherwise one line a round. */
const progressOn = (
  terminal: Terminal,
): { sentence: (text: string) => void; event: (event: HistoryEvent) => void } => {
  let round = '';
  const show = (text: string): void => terminal.redraw([text]);
  return {
    sentence: show,
    event: (event) => {
      if (event.kind === 'round') {
        round = `round ${event.round}: ${event.plan}`;
        show(round);
      } else if (!terminal.isLive) return;
      else if (event.kind === 'strike') show(`${round}  [${event.strike} ${event.hosts.join(' ')}]`);
      else if (event.kind === 'quiet') show(`${round}  [waiting for rest]`);
      else if (event.kind === 'converged') show(`${round}  [at rest]`);
    },
  };
};

const writeReport = (
  path: string,
  outcome: Outcome,
  history: readonly HistoryEvent[],
  repeat: string,
): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, reportText(outcome, history, repeat));
  writeFileSync(`${path}.jsonl`, toJsonLines(history));
};

export const nemesis = async (options: NemesisOptions): Promise<number> => {
  const seed = options.seed ?? randomBytes(seedBytes).toString('hex');
  const schedule = roundsOf(options, seed);
  const interrupt = watchInterrupt();
  const out = terminalOf(process.stdout);
  const progress = progressOn(options.json === true ? terminalOf(process.stderr) : out);
  let history: HistoryEvent[];
  try {
    history = await runNemesis({
      fabric: options.fabric,
      mode: options.mode,
      seed,
      groups: options.groups,
      rounds: schedule,
      forMs: options.minutes * msPerMinute,
      signal: interrupt.signal,
      onProgress: progress.sentence,
      onEvent: progress.event,
    });
  } finally {
    interrupt.dispose();
  }
  const outcome = outcomeOf(history);
  const { minutes, rounds, round, blackout } = options;
  const repeat = repeatWords(outcome, { minutes, rounds, round, blackoutMinutes: blackout });
  const path = resolve(
    options.report ?? join(tmpdir(), `keepaloft-nemesis-${options.fabric}-${options.mode}-${seed}.txt`),
  );
  writeReport(path, outcome, history, repeat);
  if (options.json === true) out.line(JSON.stringify(outcome));
  else {
    const lines = [...violationLines(outcome, history), '', ...summaryLines(outcome)];
    for (const line of [...lines, `  log         ${path}`, `  repeat      ${repeat}`]) out.line(line);
  }
  if (outcome.violations.length > 0) return EXIT.failed;
  return outcome.interrupted ? EXIT.interrupted : EXIT.ok;
};
