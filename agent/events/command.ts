/** `keepaloft-agent events`: follows the event socket of the agent on this host, for people and for pipes. */
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { type HostEvent, hostEventSchema } from '../../core/wire/host-event.ts';
import { messageOf } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { eventsDirectory, SOCKET_NAME } from './socket.ts';

/** Where the unit has it. */
const SERVICE_PATH = `/run/keepaloft/${SOCKET_NAME}`;

export const EVENTS_HELP = `keepaloft-agent events [--socket PATH] [--json]
Follows what happens on this host, as the running agent tells it: first how each group is, then each change.

  --socket PATH   the agent's event socket [${SERVICE_PATH}, else beside its state]
  --json          the lines as they are, one JSON document each; docs/hooks.md says what is in them

It ends with the agent. Exit: 0 the agent has ended or nobody reads any more, 1 there is no agent to listen to, 64 wrong
arguments.

Examples:
  sudo keepaloft-agent events
  sudo keepaloft-agent events --json | jq -r 'select(.event == "state") | .state'
`;

const USAGE = 64;

const list = (values: readonly string[]): string => (values.length === 0 ? 'nothing' : values.join(', '));

const saidOf = (event: HostEvent): string => {
  switch (event.event) {
    case 'state':
      return `${event.state} at epoch ${event.epoch}, priority ${event.priority}, ${list(event.bound)} bound`;
    case 'bound':
    case 'unbound':
      return `${list(event.vips)} ${event.event}`;
    case 'check': {
      const detail = event.detail === '' ? '' : `: ${event.detail}`;
      return `check ${event.check} is ${event.up ? 'up' : 'down'}, priority ${event.priority}${detail}`;
    }
    case 'hook': {
      const how = event.ok ? 'ran' : `failed${event.code === null ? '' : ` with ${event.code}`}`;
      return `hook ${event.hook} (${event.state}) ${how} in ${event.durationMs} ms`;
    }
    case 'released':
      return `let go at epoch ${event.epoch}, and the arbiter knows`;
    case 'arbiter':
      return event.answers ? 'the arbiter answers' : 'the arbiter does not answer';
  }
};

/** One line for people. What another version of the agent says is shown as it came. */
export const readable = (line: string): string => {
  let parsed: ReturnType<typeof hostEventSchema.safeParse>;
  try {
    parsed = hostEventSchema.safeParse(JSON.parse(line));
  } catch {
    return line;
  }
  if (!parsed.success) return line;
  const event = parsed.data;
  const who = 'group' in event ? `${event.group}  ` : '';
  return `${event.at}${event.present === true ? ' now ' : '     '}${who}${saidOf(event)}`;
};

const pathOf = (given: string | undefined): string => {
  if (given !== undefined) return given;
  const beside = join(eventsDirectory(), SOCKET_NAME);
  return [beside, SERVICE_PATH].find((path) => existsSync(path)) ?? SERVICE_PATH;
};

const remedyFor = (cause: unknown): string =>
  cause instanceof Error && 'code' in cause && cause.code === 'EACCES'
    ? 'run this as root, or as a member of the group of the socket'
    : 'is the agent running (systemctl status keepaloft-agent)? Its log says if it has no event socket';

/** @returns when the agent has ended, or could not be reached, which is told */
export const followEvents = (path: string, write: (line: string) => void): Promise<ExitCode> =>
  new Promise((resolve) => {
    const socket = connect(path);
    socket.once('error', (cause) => {
      process.stderr.write(`keepaloft-agent events: ${path}: ${messageOf(cause)}\n${remedyFor(cause)}\n`);
      resolve(EXIT.failure);
    });
    createInterface({ input: socket, crlfDelay: Infinity })
      .on('line', write)
      // What went wrong with the socket has been told there.
      .on('error', () => undefined)
      .once('close', () => resolve(EXIT.ok));
  });

interface Wanted {
  readonly socket?: string;
  readonly json?: boolean;
  readonly help?: boolean;
}
const wantedIn = (args: readonly string[]): Wanted | undefined => {
  try {
    return parseArgs({
      args: [...args],
      options: { socket: { type: 'string' }, json: { type: 'boolean' }, help: { type: 'boolean' } },
    }).values;
  } catch (cause) {
    process.stderr.write(`keepaloft-agent events: ${messageOf(cause)}\n\n${EVENTS_HELP}`);
    return undefined;
  }
};

/** @returns the exit code */
export const runEvents = async (args: readonly string[]): Promise<number> => {
  const wanted = wantedIn(args);
  if (wanted === undefined) return USAGE;
  if (wanted.help === true) {
    process.stdout.write(EVENTS_HELP);
    return EXIT.ok;
  }
  const nobodyReads = new Promise<ExitCode>((resolve) => {
    process.stdout.on('error', () => resolve(EXIT.ok));
  });
  const shown = wanted.json === true ? (line: string): string => line : readable;
  const followed = followEvents(
    pathOf(wanted.socket),
    (line) => void process.stdout.write(`${shown(line)}\n`),
  );
  return Promise.race([followed, nobodyReads]);
};
