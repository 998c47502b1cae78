/** What everybody thinks and has at one moment. */
import { VIP } from '../fixtures.ts';
import type { Host } from '../story/host.ts';
import type { World } from '../story/world.ts';
import { named, secondsOf } from './tape.ts';

const NAME_COLUMNS = 8;
const STATE_COLUMNS = 9;

const groupWords = ({ arbiter }: World): string => {
  const { epoch, phase, holder, reason, paused, drained = [], handover } = arbiter.state;
  const parts = [
    `epoch ${epoch} ${phase}${holder === null ? '' : ` by ${holder}`} (${reason})`,
    ...(paused === true ? ['paused'] : []),
    ...(drained.length > 0 ? [`drained: ${drained.join(' ')}`] : []),
    ...(handover === undefined ? [] : [`ordered to ${handover.to}`]),
  ];
  return parts.join(', ');
};

const stateOf = (host: Host): string => {
  if (!host.up) return 'dead';
  if (!host.agentRuns) return 'no agent';
  if (host.frozen) return 'frozen';
  return host.hung ? 'hangs' : host.role;
};

/** What the host's agent says of itself, and what its kernel and the fabric really have. */
const hostWords = (host: Host, { arbiter, fabric }: World): string => {
  const member = arbiter.state.members[host.node];
  const health = host.serviceRuns ? '' : 'service down';
  const parts = [
    ...(host.up && health !== '' ? [health] : []),
    ...(member === undefined ? [] : [`priority ${member.priority}`]),
    ...(host.up && host.bound.has(VIP) ? ['VIP bound'] : []),
    ...(fabric.owners.get(VIP) === host.eni ? ['fabric leads here'] : []),
  ];
  return parts.join(', ');
};

const line = (name: string, state: string, words: string): string =>
  named(`${named(name).padEnd(NAME_COLUMNS)}  ${state.padEnd(STATE_COLUMNS)}${words}`).trimEnd();

export const statusLines = (world: World, nowMs: number): string[] => {
  const by = world.server === undefined ? 'no answer' : `answered by ${world.server.node}`;
  return [
    named(`${'group'.padEnd(NAME_COLUMNS)}  at ${secondsOf(nowMs)} ${groupWords(world)}`),
    ...world.hosts.map((host) => line(host.node, stateOf(host), hostWords(host, world))),
    named(`${'client'.padEnd(NAME_COLUMNS)}  ${by}, ${secondsOf(world.outageMs)} s without an answer in all`),
  ];
};
