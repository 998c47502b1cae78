/** What members are called: in a lab by the names of its hosts, in the cloud by their instance ids. */
import type { GroupStatus } from '../../core/wire/admin.ts';
import { type NodeId, nodeIdSchema } from '../../core/wire/names.ts';
import { EXIT } from '../exit-codes.ts';
import { CliError } from '../failure.ts';
import type { Target } from './target.ts';

type Hosts = Target['hosts'];

export const nameOf = (node: string | null, hosts: Hosts): string =>
  node === null ? 'nobody' : (hosts.get(node) ?? node);

/** The same text with every instance called by its name. */
export const named = (text: string, hosts: Hosts): string =>
  [...hosts].reduce((words, [node, name]) => words.replaceAll(node, name), text);

/** Words for whoever holds a group or would take over: only a look at the group tells who that is. */
const ROLES = ['holder', 'standby'] as const;
export type Role = (typeof ROLES)[number];
export const isRole = (word: string): word is Role => (ROLES as readonly string[]).includes(word);

/** @throws CliError `unknown-node` when it is neither an instance id nor a host's name */
export const nodeNamed = (word: string, hosts: Hosts): NodeId => {
  const byName = [...hosts].find(([, name]) => name === word)?.[0];
  const parsed = nodeIdSchema.safeParse(byName ?? word);
  if (parsed.success) return parsed.data;
  const also = hosts.size === 0 ? '' : `${[...hosts.values()].join(', ')}, `;
  throw new CliError('unknown-node', `'${word}' names no member`, {
    remedy: `name one of: ${also}an instance id, holder, standby`,
    exitCode: EXIT.usage,
  });
};

/** @throws CliError `nobody` when nobody has that role now */
export const nodeInRole = (role: Role, group: GroupStatus): NodeId => {
  const node = role === 'holder' ? group.holder : group.standby;
  if (node !== null) return node;
  throw new CliError('nobody', `group ${group.name} has no ${role} now`, {
    remedy: 'wait for one, or name a member; `keepaloft status` shows them',
    exitCode: EXIT.usage,
  });
};
