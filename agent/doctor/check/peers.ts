/** Whether this host and its peers watch each other, where the configuration asks for it. Pure. */
import { MULTIHOP_PORT } from '../../../core/bfd/transport.ts';
import type { PeerFacts } from '../facts.ts';
import { type Finding, ok, unknown, warn } from '../finding.ts';

const ALLOW = `allow UDP ${MULTIHOP_PORT} between the members in the security groups and firewalls of both, and see whether its agent runs`;

const findingOf = ({ node, address, state, stopped }: PeerFacts): Finding => {
  if (state === 'up') return ok('peer-session-up', 'it and this host watch each other', node);
  if (state === undefined) {
    const told = `whether ${address} is watched cannot be told: no agent runs here, or it has not said so`;
    return unknown('peer-session-down', told, 'start the agent, then look again', node);
  }
  if (stopped)
    return warn('peer-session-down', `its agent at ${address} has stopped in order`, 'start it again', node);
  const told = `there is no session with ${address} (${state}): should it hold the group and die, only the lease tells`;
  return warn('peer-session-down', told, ALLOW, node);
};

export const peerFindings = (peers: readonly PeerFacts[]): Finding[] => peers.map(findingOf);
