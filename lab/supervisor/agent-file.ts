/** The agent.yaml of a host, as an enrolment writes it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { durationMs } from '../../core/time.ts';
import { type Addresses, agentGroupDocument } from '../../core/wire/compile.ts';
import type { GroupFile, KeepaloftFile } from '../../core/wire/config.ts';
import { LAB_REGION } from '../ends/credentials.ts';
import type { PlannedHost } from './plan.ts';

export interface AgentFileOptions {
  readonly file: KeepaloftFile;
  /** The hosts' own addresses. */
  readonly addresses: Addresses;
  readonly endpoint: string;
  readonly caFile: string;
  /** Who may run script checks: `nobody` exists only where the kernel maps it. */
  readonly scriptUser: string;
}

/** The group as an earlier deployment may have had it: it serves just as well, and is another configuration. */
const earlier = (group: GroupFile): GroupFile => ({
  ...group,
  hooks: { ...group.hooks, timeout: durationMs(group.hooks.timeout + 1000) },
});

/**
 * Writes the agent's file; it is read when the agent starts.
 * @param folder the host's own, which is made
 * @param which `earlier`: as if the deployment before had written it, and none since
 */
export const writeAgentFile = (
  host: PlannedHost,
  folder: string,
  { file, addresses, endpoint, caFile, scriptUser }: AgentFileOptions,
  which: 'newest' | 'earlier',
): void => {
  mkdirSync(join(folder, 'state'), { recursive: true, mode: 0o700 });
  const groups = Object.entries(file.groups).filter(([, group]) =>
    group.members.some((member) => member.instance === host.instanceId),
  );
  const document = {
    version: 1,
    endpoint,
    region: LAB_REGION,
    caFile,
    interface: 'eth0',
    scriptUser,
    groups: Object.fromEntries(
      groups.map(([name, group]) => [
        name,
        agentGroupDocument(which === 'newest' ? group : earlier(group), host.instanceId, addresses),
      ]),
    ),
  };
  writeFileSync(join(folder, 'agent.yaml'), stringify(document), { mode: 0o600 });
};
