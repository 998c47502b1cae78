/** `keepaloft-agent doctor`: looks at this host from every side and says what is wrong with it. Changes nothing. */
import { parseArgs, styleText } from 'node:util';
import { CONFIG_PATH_DEFAULT } from '../config.ts';
import { messageOf } from '../errors.ts';
import { createCredentials } from '../host/credentials.ts';
import { createImds } from '../host/imds.ts';
import { stateDirectory } from '../state.ts';
import { lookAtAgent, lookAtConfiguration } from './collect/agent.ts';
import { lookAtArbiter } from './collect/arbiter.ts';
import { agentMayPing, lookAtChecks } from './collect/checks.ts';
import { lookAtManagers } from './collect/managers.ts';
import { lookAtMetadata } from './collect/metadata.ts';
import { lookAtNetwork } from './collect/network.ts';
import { lookAtPrograms } from './collect/programs.ts';
import { lookAtRivals } from './collect/rivals.ts';
import { lookAtRouting } from './collect/routing.ts';
import { lookAtSockets } from './collect/sockets.ts';
import { diagnose } from './diagnose.ts';
import type { ArbiterFacts, ConfigurationFacts, HostFacts } from './facts.ts';
import { exitCodeOf } from './finding.ts';
import { type Look, reportDocument, reportLines } from './report.ts';

export const DOCTOR_HELP = `keepaloft-agent doctor [--config FILE] [--json]
Looks at this host and at its way to the arbiter, and says what is wrong and what to do about it. It changes nothing.
The arbiter is sent five signed requests without content, which it refuses without looking at any group.

  --config FILE   the agent's configuration [${CONFIG_PATH_DEFAULT}]
  --json          print one JSON document

Run it as root. Each line begins with ✓ (well), ! (it works, and will hurt one day), ✗ (it does not work) or – (it could
not be looked at), and names a stable code.
Exit: 0 nothing found, 1 warnings, 2 problems, 64 wrong arguments.

Examples:
  sudo keepaloft-agent doctor
  sudo keepaloft-agent doctor --json | jq -r '.findings[] | select(.verdict == "bad") | .code'
`;

/** sysexits' EX_USAGE, as the agent's own. */
const USAGE = 64;
const SILENT = { info: () => undefined, warn: () => undefined };

const arbiterOf = async (configuration: ConfigurationFacts): Promise<ArbiterFacts | undefined> => {
  if (configuration.kind !== 'read') return undefined;
  const { endpoint, region } = configuration.file;
  const imds = createImds();
  try {
    const credentials = createCredentials({ imds, log: SILENT });
    return await lookAtArbiter({ endpoint, region, ca: configuration.ca, credentials });
  } finally {
    imds.close();
  }
};

const lookAtHost = async (path: string): Promise<HostFacts> => {
  const configuration = await lookAtConfiguration(path);
  const file = configuration.kind === 'read' ? configuration.file : undefined;
  const vips = Object.values(file?.groups ?? {}).flatMap((group) => group.vips.map(({ address }) => address));
  const network = lookAtNetwork(file?.interface);
  const [metadata, arbiter, agent, programs, checks, routing] = await Promise.all([
    lookAtMetadata(),
    arbiterOf(configuration),
    lookAtAgent(stateDirectory()),
    file === undefined ? [] : lookAtPrograms(file),
    file === undefined ? [] : lookAtChecks(file),
    file === undefined ? undefined : lookAtRouting(file, network),
  ]);
  return {
    isRoot: process.geteuid?.() === 0,
    configuration,
    metadata,
    arbiter,
    agent,
    network: { ...network, routing },
    rivals: lookAtRivals(vips),
    managers: lookAtManagers(network.device),
    programs,
    checks,
    mayPing: agentMayPing(agent.pid),
    sockets: file === undefined ? undefined : lookAtSockets(file),
  };
};

const lookOf = (env: NodeJS.ProcessEnv): Look => {
  const isColourful = process.stdout.isTTY && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  return {
    unicode: /utf-?8/iu.test(env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || ''),
    paint: (colour, text) => (isColourful ? styleText(colour, text, { validateStream: false }) : text),
  };
};

interface Wanted {
  readonly config?: string;
  readonly json?: boolean;
  readonly help?: boolean;
}

/** What is wanted; undefined, and told, when it is not understood. */
const wantedIn = (args: readonly string[]): Wanted | undefined => {
  try {
    return parseArgs({
      args: [...args],
      options: { config: { type: 'string' }, json: { type: 'boolean' }, help: { type: 'boolean' } },
    }).values;
  } catch (cause) {
    process.stderr.write(`keepaloft-agent doctor: ${messageOf(cause)}\n\n${DOCTOR_HELP}`);
    return undefined;
  }
};

/** @returns the exit code */
export const runDoctor = async (args: readonly string[]): Promise<number> => {
  const wanted = wantedIn(args);
  if (wanted === undefined) return USAGE;
  if (wanted.help === true) {
    process.stdout.write(DOCTOR_HELP);
    return 0;
  }
  const facts = await lookAtHost(wanted.config ?? CONFIG_PATH_DEFAULT);
  const findings = diagnose(facts);
  const node = facts.metadata.kind === 'answers' ? facts.metadata.instanceId : null;
  const text =
    wanted.json === true
      ? JSON.stringify(reportDocument({ node }, findings), null, 2)
      : reportLines(findings, lookOf(process.env)).join('\n');
  process.stdout.write(`${text}\n`);
  return exitCodeOf(findings);
};
