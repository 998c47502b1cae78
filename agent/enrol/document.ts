/** From the arbiter's answer to the text of agent.yaml: the groups are the arbiter's, everything else is the host's. */
import { parse, stringify } from 'yaml';
import * as z from 'zod/mini';
import { type AgentFile, agentFileSchema } from '../../core/wire/config.ts';
import { readDocument } from '../../core/wire/document.ts';
import type { EnrolResponse } from '../../core/wire/enrol.ts';

/** What the arbiter does not know of a host. */
export interface HostPart {
  readonly endpoint: string;
  readonly region: string;
  readonly caFile?: string | undefined;
  readonly interface?: string | undefined;
  readonly scriptUser?: string | undefined;
  readonly logLevel?: string | undefined;
}

const HEADING = `# Fetched from the arbiter by keepaloft-agent, which writes it anew whenever the arbiter has another one. Groups are
# changed by a deployment; interface, scriptUser, logLevel, endpoint, region and caFile are this host's and stay.
`;

const groupsSchema = z.object({ groups: z.record(z.string(), z.unknown()) });

/** The groups of a file as they stand in it; none when there is no such file. */
const groupsIn = (text: string | undefined): Record<string, unknown> => {
  if (text === undefined) return {};
  const parsed = groupsSchema.safeParse(parse(text));
  return parsed.success ? parsed.data.groups : {};
};

/**
 * The file for an answer. A group that the arbiter refuses to tell, though it names this host, stays as it was.
 * @param before the file as it stands now
 */
export const fileText = (answer: EnrolResponse, host: HostPart, before: string | undefined): string => {
  const { endpoint, region, caFile, scriptUser, logLevel } = host;
  const kept = Object.entries(groupsIn(before)).filter(([name]) => answer.refused?.[name] !== undefined);
  const document = {
    version: 1,
    enrolled: true,
    endpoint,
    region,
    caFile,
    interface: host.interface,
    scriptUser,
    logLevel,
    groups: { ...Object.fromEntries(kept), ...answer.config.groups },
  };
  return HEADING + stringify(document, { aliasDuplicateObjects: false });
};

/** @throws DocumentError with everything that this version of the agent does not understand */
export const readText = (path: string, text: string): AgentFile => readDocument(path, text, agentFileSchema);
