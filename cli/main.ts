/** The `keepaloft` command. Only what every call needs is loaded here; each command brings its own parts. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import tab from '@bomb.sh/tab/commander';
import { Command, CommanderError } from 'commander';
import { addArbiterCommands } from './arbiter.ts';
import { addCloudCommands } from './cloud.ts';
import { EXIT, exitCodeHelp } from './exit-codes.ts';
import { explain, type Failure, Interrupted } from './failure.ts';
import { addImportCommand } from './import.ts';
import { addLabCommand } from './lab.ts';
import { addStartCommand } from './start.ts';
import { terminalOf } from './terminal.ts';

const manifest = fileURLToPath(new URL('../package.json', import.meta.url));

const version = (): string => {
  const parsed: unknown = JSON.parse(readFileSync(manifest, 'utf8'));
  return typeof parsed === 'object' && parsed !== null && 'version' in parsed ? String(parsed.version) : '?';
};

const examples = `
Examples:
  npm start                          the demonstration: a lab of three hosts, and a failover before your eyes
  keepaloft lab up --detach          a VPC of network namespaces with the real agents and Lambdas
  keepaloft lab status --watch       who holds the address
  keepaloft lab fault kill holder    kill -9 of the holder; the address moves
  keepaloft lab run kill-holder      play a scenario and measure the outage
  keepaloft status                   how the groups of an arbiter are, in the cloud or in a lab
  keepaloft doctor keepaloft.yaml    what is wrong with it, and what to do
  keepaloft failover mysql --wait    move a group to its best standby
  keepaloft init                     write a first keepaloft.yaml
  keepaloft import keepalived.conf   make one of what keepalived runs by
  keepaloft validate keepaloft.yaml  check a configuration
  keepaloft preflight                would it work where it is to be deployed?

${exitCodeHelp}
Environment: KEEPALOFT_ENDPOINT is the arbiter that operators' commands speak to, NO_COLOR switches colours off,
KEEPALOFT_DEBUG=1 shows the stack of an error.`;

const build = (setExit: (code: number) => void): Command => {
  const program = new Command('keepaloft')
    .description('A virtual IP that survives a host, in the cloud.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'explain a command')
    .helpCommand('help [command]', 'explain a command')
    .enablePositionalOptions()
    .addHelpText('after', examples)
    .showSuggestionAfterError(true)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  addStartCommand(program, setExit);
  addArbiterCommands(program, setExit);
  addCloudCommands(program, setExit);
  addLabCommand(program, setExit);
  addImportCommand(program, setExit);
  program
    .command('validate')
    .description('check a keepaloft.yaml and say what is wrong, with line and column')
    .argument('<file>', 'the configuration file')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  keepaloft validate keepaloft.yaml')
    .action(async (file: string, options: { json?: boolean }) => {
      const { validate } = await import('./validate.ts');
      setExit(await validate(file, options));
    });
  program
    .command('agent')
    .description("run the host's program of this version: keepaloft-agent with these arguments")
    .argument('[arguments...]', 'as `keepaloft agent --help` says')
    // They are the agent's to understand, also --help.
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (args: string[]) => {
      const { runAgent } = await import('./agent.ts');
      setExit(await runAgent(args));
    });
  // Last: it completes the commands that there are by now.
  tab(program, { completionCommandName: 'completion' });
  program.commands
    .find((command) => command.name() === 'completion')
    ?.description('print what makes a shell complete this command: bash, zsh, fish')
    .addHelpText('after', '\nExample:\n  source <(keepaloft completion bash)');
  return program;
};

/** Cause and remedy on standard error, each on its own line; with --json also a document on standard output. */
const report = (failure: Failure, error: unknown, wantsJson: boolean): void => {
  const { code, message, remedy } = failure;
  if (wantsJson) {
    process.stdout.write(`${JSON.stringify({ error: { code, message, remedy } })}\n`);
  }
  const terminal = terminalOf(process.stderr);
  terminal.line(`${terminal.paint('red', 'keepaloft:')} ${message}`);
  terminal.line(`  ${remedy}`);
  if (process.env['KEEPALOFT_DEBUG'] === '1' && error instanceof Error) {
    terminal.line(error.stack);
    for (let cause = error.cause; cause instanceof Error; cause = cause.cause) {
      terminal.line(`caused by ${cause.stack}`);
    }
    if (typeof error.cause === 'string') {
      terminal.line(error.cause);
    }
  }
};

/** Help and version end as errors in commander; they are none. */
const isPlainEnd = (error: unknown): boolean => error instanceof CommanderError && error.exitCode === 0;

const helpShown = 'commander.help';

/** Parses, runs, explains. @returns the exit code */
const run = async (argv: readonly string[]): Promise<number> => {
  let exitCode: number = EXIT.ok;
  const program = build((code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...argv]);
    return exitCode;
  } catch (error) {
    if (isPlainEnd(error)) {
      return EXIT.ok;
    }
    if (error instanceof CommanderError && error.code === helpShown) {
      // A group of commands without the command: commander wrote its help where errors go, and that is silent here.
      const group = program.commands.find((command) => command.name() === argv[2]) ?? program;
      process.stderr.write(group.helpInformation());
      return EXIT.usage;
    }
    const failure = explain(error);
    if (!(error instanceof Interrupted)) {
      report(failure, error, argv.includes('--json'));
    }
    return failure.exitCode;
  }
};

// A reader that went away (`keepaloft lab logs | head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.internal);
});
process.exitCode = await run(process.argv);
