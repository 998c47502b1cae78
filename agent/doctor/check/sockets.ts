/** Whether the connections of a VIP can be ended before it leaves this host. Pure. */
import type { SocketFacts } from '../facts.ts';
import { bad, type Finding, ok, unknown } from '../finding.ts';

const KERNEL_FIX = 'use a kernel with it, or take handover: reset-first out';

export const socketFindings = (facts: SocketFacts | undefined): Finding[] => {
  if (facts === undefined) return [];
  if (!facts.hasSs) {
    const told = 'there is no ss command: connections are not ended before a VIP leaves';
    return [bad('sockets-not-reset', told, 'install iproute2')];
  }
  if (facts.isBuiltIn === undefined) {
    const told = 'how this kernel was built cannot be read: it may not be able to end connections';
    return [unknown('sockets-not-reset', told, 'look at the agent’s log after a planned move')];
  }
  return facts.isBuiltIn
    ? [ok('sockets-reset', 'connections can be ended before a VIP leaves')]
    : [bad('sockets-not-reset', 'this kernel was built without CONFIG_INET_DIAG_DESTROY', KERNEL_FIX)];
};
