/** `keepaloft lab run`: plays a scenario in a lab of its own, or in one that runs. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launchLab } from '../../lab/control/launch.ts';
import type { LabInfo } from '../../lab/control/types.ts';
import { LabError } from '../../lab/errors.ts';
import { requireProgram } from '../../lab/net/exec.ts';
import { rehearsalOf } from '../../lab/rehearsal/rehearsal.ts';
import { type LoadedScenario, loadScenario, readConfig, scenarioNames } from '../../lab/scenario/file.ts';
import { type PlayedStep, playScenario, type ScenarioResult } from '../../lab/scenario/player.ts';
import { daemonsIn } from '../../lab/scenario/services.ts';
import { stageOf } from '../../lab/scenario/stage.ts';
import { listLabDirectories } from '../../lab/state.ts';
import { sweepStale } from '../../lab/sweep.ts';
import { EXIT } from '../exit-codes.ts';
import { watchInterrupt } from '../interrupt.ts';
import { type Terminal, terminalOf } from '../terminal.ts';
import { findLab } from './find.ts';
import { takeDown } from './take-down.ts';
import { timelineLines } from './timeline-lines.ts';

const secondMs = 1000;

const stepLine = (step: PlayedStep, terminal: Terminal): string => {
  const [good, bad] = terminal.unicode ? ['✓', '✗'] : ['ok', 'FAILED'];
  const sign = step.ok ? terminal.paint('green', good) : terminal.paint('red', bad);
  const at = terminal.paint('dim', (step.atMs / secondMs).toFixed(3).padStart(8));
  const detail = step.detail === '' ? '' : `  ${step.ok ? terminal.paint('dim', step.detail) : step.detail}`;
  return `${at}  ${sign} ${step.text}${detail}`;
};

const launch = async (loaded: LoadedScenario, terminal: Terminal, signal: AbortSignal): Promise<LabInfo> => {
  const { hosts, ackMs, propagationMs, addressesPerInterface, services } = loaded.scenario.lab;
  await sweepStale({ log: (line) => terminal.line(line) });
  const folder = loaded.config === null ? null : mkdtempSync(join(tmpdir(), 'keepaloft-scenario-'));
  try {
    const config = folder === null ? null : join(folder, 'keepaloft.yaml');
    if (config !== null) {
      writeFileSync(config, loaded.config ?? '');
    }
    return await launchLab(
      {
        ...(config === null ? {} : { config }),
        ...(hosts === undefined ? {} : { hosts }),
        ...(ackMs === undefined ? {} : { ackMs }),
        ...(propagationMs === undefined ? {} : { propagationMs }),
        ...(addressesPerInterface === undefined ? {} : { addressesPerInterface }),
        services: daemonsIn(services),
      },
      { onProgress: (sentence) => terminal.line(terminal.paint('dim', sentence)), signal },
    );
  } finally {
    if (folder !== null) {
      rmSync(folder, { recursive: true, force: true });
    }
  }
};

const printResult = (result: ScenarioResult, terminal: Terminal): void => {
  if (result.timeline !== null) {
    terminal.line();
    for (const line of timelineLines(result.timeline, terminal)) {
      terminal.line(line);
    }
  }
  terminal.line();
  terminal.line(
    result.ok
      ? `${terminal.paint('green', 'passed')}: ${result.name}`
      : `${terminal.paint('red', 'failed')}: ${result.name}: ${result.steps.at(-1)?.text} (${result.steps.at(-1)?.detail})`,
  );
};

const listScenarios = (terminal: Terminal): number => {
  terminal.line('Scenarios that come with the lab (keepaloft lab run NAME):');
  for (const name of scenarioNames()) {
    const { scenario } = loadScenario(name);
    terminal.line(`  ${terminal.paint('bold', name.padEnd(18))} ${scenario.description.split('\n')[0]}`);
  }
  return EXIT.ok;
};

interface RunOptions {
  lab?: string;
  json?: boolean;
  /** A keepaloft.yaml to rehearse. */
  config?: string;
}

/** What is to be played; undefined: nothing is named. @throws LabError `bad-request` where two things are */
const load = (nameOrPath: string | undefined, { lab, config }: RunOptions): LoadedScenario | undefined => {
  if (config === undefined) return nameOrPath === undefined ? undefined : loadScenario(nameOrPath);
  if (nameOrPath !== undefined || lab !== undefined) {
    throw new LabError('bad-request', '--config plays its own story, in a lab of its own', {
      remedy: 'leave the scenario and --lab out; a scenario names its groups itself, as lab.configFile',
    });
  }
  return rehearsalOf({
    name: config,
    text: readConfig(config),
    program: requireProgram('true', 'coreutils'),
  });
};

export const run = async (nameOrPath: string | undefined, options: RunOptions): Promise<number> => {
  const terminal = terminalOf(options.json === true ? process.stderr : process.stdout);
  const loaded = load(nameOrPath, options);
  if (loaded === undefined) {
    return listScenarios(terminal);
  }
  const interrupt = watchInterrupt();
  let own: LabInfo | null = null;
  try {
    terminal.line(`${terminal.paint('bold', loaded.scenario.name)}: ${loaded.scenario.description.trim()}`);
    const info =
      options.lab === undefined
        ? (own = await launch(loaded, terminal, interrupt.signal))
        : await findLab(options.lab).client.info();
    const result = await playScenario(loaded.scenario, stageOf(info), {
      signal: interrupt.signal,
      onStep: (step) => terminal.line(stepLine(step, terminal)),
    });
    printResult(result, terminal);
    if (options.json === true) {
      process.stdout.write(`${JSON.stringify({ version: 1, lab: info.lab, ...result }, null, 2)}\n`);
    }
    return result.ok ? EXIT.ok : EXIT.failed;
  } finally {
    const directory = listLabDirectories().find((lab) => lab.labId === own?.lab);
    if (directory !== undefined) {
      await takeDown(directory);
    }
    interrupt.dispose();
  }
};
