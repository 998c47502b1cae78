/** Groups by the thousand: names, addresses and configurations of groups of two members, as a deployment writes them. */
import type { GroupProfile } from '../../core/holder/types.ts';
import { compileGroup } from '../../core/wire/compile.ts';
import { keepaloftFileSchema } from '../../core/wire/config.ts';
import type { GroupConfig } from '../../core/wire/item.ts';
import { type EniId, eniIdSchema, type NodeId, nodeIdSchema } from '../../core/wire/names.ts';
import { BenchError } from '../errors.ts';

export const MEMBERS = 2;
const PRIORITIES = [200, 100];
/** Two members and a VIP. */
const ADDRESSES = MEMBERS + 1;
/** EC2 keeps the first addresses of a subnet for itself. */
const FIRST_ADDRESS = 16;
export const SUBNET_CIDR = '10.0.0.0/16';
const GROUPS_MAX = 20_000;

export interface PlannedMember {
  readonly node: NodeId;
  readonly eni: EniId;
  readonly address: string;
  readonly priority: number;
}

export interface PlannedGroup {
  readonly name: string;
  readonly vip: string;
  readonly config: GroupConfig;
  readonly profile: GroupProfile;
  readonly members: readonly PlannedMember[];
}

const addressOf = (index: number): string => `10.0.${index >> 8}.${index & 255}`;
const idOf = (prefix: string, index: number): string =>
  `${prefix}-0${(0x10_00_00 + index).toString(16).padStart(16, '0')}`;

const memberOf = (group: number, index: number): PlannedMember => {
  const host = group * MEMBERS + index;
  return {
    node: nodeIdSchema.parse(idOf('i', host)),
    eni: eniIdSchema.parse(idOf('eni', host)),
    address: addressOf(FIRST_ADDRESS + group * ADDRESSES + index),
    priority: PRIORITIES[index] ?? 1,
  };
};

/** @param heartbeatMs the lease is the default for it */
const groupOf = (index: number, heartbeatMs: number): PlannedGroup => {
  const name = `group-${String(index).padStart(5, '0')}`;
  const vip = addressOf(FIRST_ADDRESS + index * ADDRESSES + MEMBERS);
  const members = Array.from({ length: MEMBERS }, (_, member) => memberOf(index, member));
  const file = keepaloftFileSchema.parse({
    version: 1,
    groups: {
      [name]: {
        vips: [{ address: vip, fabric: 'secondary-ip' }],
        members: members.map(({ node, priority }) => ({ instance: node, priority })),
        timing: { heartbeat: `${heartbeatMs}ms` },
      },
    },
  }).groups[name];
  if (file === undefined) throw new BenchError(`the configuration of ${name} was lost`);
  const enrolments = Object.fromEntries(members.map(({ node, eni, address }) => [node, { eni, address }]));
  const config = compileGroup(name, file, enrolments);
  const { heartbeatMs: heartbeat, leaseMs, preemptDelayMs, hash } = config;
  const profile = { name, vips: [vip], configHash: hash, heartbeatMs: heartbeat, leaseMs, preemptDelayMs };
  return { name, vip, config, profile, members };
};

/** @throws BenchError when there are more groups than the subnet has addresses for */
export const planVillage = (groups: number, heartbeatMs: number): PlannedGroup[] => {
  if (groups > GROUPS_MAX) throw new BenchError(`${SUBNET_CIDR} has no room for ${groups} groups`);
  return Array.from({ length: groups }, (_, index) => groupOf(index, heartbeatMs));
};
