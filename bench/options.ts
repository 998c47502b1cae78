/** The command line of the benchmark. */
import { Command } from 'commander';
import { EXIT } from '../cli/exit-codes.ts';
import { CliError } from '../cli/failure.ts';
import { wholeNumber } from '../cli/options.ts';
import { SECTION_NAMES, SECTIONS, type SectionName } from './sections.ts';

const RUNS_MAX = 1000;

export interface Options {
  readonly sections: readonly SectionName[];
  /** Null: each section's own default. */
  readonly runs: number | null;
  /** Fewer cases and runs. */
  readonly quick: boolean;
  readonly json: boolean;
  readonly write: boolean;
  /** Writes the documents from what was measured before, and measures nothing. */
  readonly render: boolean;
}

type Flag = 'quick' | 'json' | 'write' | 'render';

const isSection = (name: string): name is SectionName => SECTION_NAMES.some((known) => known === name);

const summaries = SECTION_NAMES.map((name) => `  ${name.padEnd(10)} ${SECTIONS[name].summary}`).join('\n');

const epilogue = `
Sections, all of them when none is named:
${summaries}

Progress goes to standard error. Measure on a quiet machine: how busy it was stands beside every number.
Exit codes: 0 measured, whether the targets were reached or not (see --json); 1 a section could not be measured;
64 wrong usage; 130 interrupted.

Examples:
  npm run bench -- --write                       measure everything and write docs/numbers.md
  npm run bench -- bundle handler                two sections, printed only
  npm run bench -- failover --runs 30 --write    one section anew; the others keep their last results`;

const namesOf = (words: readonly string[]): SectionName[] => {
  const unknown = words.find((word) => !isSection(word));
  if (unknown !== undefined) {
    throw new CliError('unknown-section', `there is no section ${unknown}`, {
      remedy: `name some of: ${SECTION_NAMES.join(', ')}`,
      exitCode: EXIT.usage,
    });
  }
  return words.length === 0 ? [...SECTION_NAMES] : SECTION_NAMES.filter((name) => words.includes(name));
};

/** @throws CommanderError for help and wrong options, CliError for an unknown section */
export const parseOptions = (words: readonly string[]): Options => {
  const command = new Command('npm run bench --')
    .description('Measures Keepaloft on this machine: what is shipped, in the lab.')
    .argument('[section...]', 'what to measure')
    .option('--runs <n>', 'tries of each fault in failover, stability and versus', wholeNumber(1, RUNS_MAX))
    .option('--quick', 'fewer cases and runs, where a section has a short form')
    .option('--json', 'print one JSON document instead of tables')
    .option('--write', 'write bench/results/latest.json, docs/numbers.md and what is made of them')
    .option('--render', 'write the documents anew from the last results, and measure nothing')
    .addHelpText('after', epilogue)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .parse([...words], { from: 'user' });
  const { runs, ...flags } = command.opts<{ runs?: number } & Partial<Record<Flag, boolean>>>();
  const isOn = (flag: Flag): boolean => flags[flag] === true;
  return {
    sections: namesOf(command.args),
    runs: runs ?? null,
    quick: isOn('quick'),
    json: isOn('json'),
    write: isOn('write'),
    render: isOn('render'),
  };
};

/** The command that measures one section as it was measured now. */
export const commandFor = (name: SectionName, { runs, quick }: Pick<Options, 'runs' | 'quick'>): string =>
  `npm run bench -- ${name}${runs === null ? '' : ` --runs ${runs}`}${quick ? ' --quick' : ''}`;
