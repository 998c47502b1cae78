/** From facts to findings: the whole of what `keepaloft-agent doctor` thinks. Pure. */

import type { AgentFile } from '../../core/wire/config.ts';
import { agentFindings } from './check/agent.ts';
import { arbiterFindings } from './check/arbiter.ts';
import { checksFindings } from './check/checks.ts';
import { managerFindings } from './check/managers.ts';
import { metadataFindings } from './check/metadata.ts';
import { networkFindings } from './check/network.ts';
import { programsFindings } from './check/programs.ts';
import { rivalFindings } from './check/rivals.ts';
import { socketFindings } from './check/sockets.ts';
import type { HostFacts } from './facts.ts';
import { type Finding, unknown } from './finding.ts';

const observedIn = ({ groups }: AgentFile): string[] =>
  Object.values(groups)
    .filter(({ mode }) => mode === 'observe')
    .flatMap(({ vips }) => vips.map(({ address }) => address));

const hasLeases = ({ groups }: AgentFile): boolean =>
  Object.values(groups).some(
    ({ exclusive, kernelExpiry, mode }) => exclusive && kernelExpiry === 'address' && mode !== 'observe',
  );

export const diagnose = (facts: HostFacts): Finding[] => {
  const { isRoot, configuration, metadata, arbiter, agent, network, rivals, programs, checks, mayPing } =
    facts;
  const file = configuration.kind === 'read' ? configuration.file : undefined;
  const leases = Object.values(file?.groups ?? {}).map(({ timing }) => timing.lease);
  return [
    ...(isRoot ? [] : [unknown('not-root', 'this user may not see everything', 'run this as root')]),
    ...metadataFindings(metadata),
    ...agentFindings(configuration, agent),
    ...(arbiter === undefined ? [] : arbiterFindings(arbiter, Math.min(...leases))),
    ...(file === undefined ? [] : networkFindings(file, metadata, network)),
    ...(file === undefined ? [] : rivalFindings(rivals, observedIn(file))),
    ...(file === undefined ? [] : managerFindings(facts.managers, hasLeases(file))),
    ...programsFindings(programs),
    ...checksFindings(checks, mayPing),
    ...socketFindings(facts.sockets),
  ];
};
