/** The Keepaloft agent: `keepaloft-agent [--config FILE] [--check] [--version] [--help]`, and the commands `enroll`, `doctor` and `events`. */
import { parseArgs } from 'node:util';
import { DocumentError } from '../core/wire/document.ts';
import manifest from '../package.json' with { type: 'json' };
import { CONFIG_PATH_DEFAULT, readAgentConfig } from './config.ts';
import { runDoctor } from './doctor/main.ts';
import { ENROLL_HELP, enroll, parseEnrol } from './enrol/command.ts';
import { AgentError, messageOf } from './errors.ts';
import { runEvents } from './events/command.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { runAgent } from './run.ts';
import { isOnTrial } from './trial.ts';

const HELP = `keepaloft-agent ${manifest.version}
Reports this host's health to the arbiter, binds its virtual IPs and runs hooks.

  enroll          fetch the configuration from the arbiter; "enroll --help" says more
  doctor          look at this host and say what is wrong with it; "doctor --help" says more
  events          follow what happens on this host; "events --help" says more

  --config FILE   the configuration [${CONFIG_PATH_DEFAULT}]
  --check         read the configuration, say whether it is right, and end
  --version       print the version
  --help          print this

SIGTERM hands over and stops. SIGUSR2 stops without handing over: the VIPs stay, no hook runs, and the agent that
is started next, a newer version perhaps, goes on within the lease. SIGHUP reads the configuration again without
moving a VIP.
Exit: 0 stopped in order, 64 wrong arguments, 69 a newly installed version was not answered, 73 another agent runs
here, 75 superseded, 78 wrong configuration, or a group needs nft and this host has none.
`;

/** Failures that a new start would only repeat, or that belong to another agent. */
const EXIT_OF: Readonly<Record<string, ExitCode>> = {
  locked: EXIT.locked,
  'no-nft-command': EXIT.config,
  'nft-refused': EXIT.config,
  'foreign-program': EXIT.config,
  'untrusted-file': EXIT.config,
};

const explain = (cause: unknown): ExitCode => {
  if (cause instanceof DocumentError) {
    process.stderr.write(`${cause.message}\n`);
    return EXIT.config;
  }
  if (cause instanceof AgentError) {
    process.stderr.write(`keepaloft-agent: ${cause.message}\n${cause.remedy}\n`);
    return EXIT_OF[cause.code] ?? EXIT.failure;
  }
  process.stderr.write(`keepaloft-agent: ${messageOf(cause)}\n`);
  return EXIT.failure;
};

const enrollWith = async (args: readonly string[]): Promise<number> => {
  let wanted: ReturnType<typeof parseEnrol>;
  try {
    wanted = parseEnrol(args);
  } catch (cause) {
    process.stderr.write(`keepaloft-agent: ${messageOf(cause)}\n\n${ENROLL_HELP}`);
    return 64;
  }
  if (wanted !== undefined) return enroll(wanted, manifest.version);
  process.stdout.write(ENROLL_HELP);
  return EXIT.ok;
};

const main = async (): Promise<number> => {
  const [command, ...args] = process.argv.slice(2);
  if (command === 'doctor') return runDoctor(args);
  if (command === 'events') return runEvents(args);
  if (command === 'enroll') return enrollWith(args);
  let values: { config?: string; check?: boolean; version?: boolean; help?: boolean };
  try {
    ({ values } = parseArgs({
      options: {
        config: { type: 'string' },
        check: { type: 'boolean' },
        version: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    }));
  } catch (cause) {
    process.stderr.write(`keepaloft-agent: ${messageOf(cause)}\n\n${HELP}`);
    return 64;
  }
  const path = values.config ?? CONFIG_PATH_DEFAULT;
  if (values.help === true) process.stdout.write(HELP);
  else if (values.version === true) process.stdout.write(`${manifest.version}\n`);
  else if (values.check === true) {
    await readAgentConfig(path);
    process.stdout.write(`${path}: right\n`);
  } else return runAgent(path, manifest.version);
  return EXIT.ok;
};

/** A new version that cannot start is started once more, whatever the reason, so that the guard can put back the old. */
const onTrial = (code: number): number =>
  code === EXIT.config && isOnTrial(manifest.version) ? EXIT.failure : code;

// Sockets kept alive must not keep a stopped agent alive.
void main()
  .catch(explain)
  .then((code) => process.exit(onTrial(code)));
