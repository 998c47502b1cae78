/** What a lab is doing, read from the arbiter's own item and from the fabric's own routes. */
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { formatBeat } from '../../core/beat.ts';
import { standbys } from '../../core/election/eligibility.ts';
import { epochMs, since } from '../../core/time.ts';
import { isUnseen } from '../../core/traits.ts';
import { unmarshal } from '../../core/wire/attributes.ts';
import {
  type GroupConfig,
  type GroupState,
  groupStateSchema,
  type MemberState,
} from '../../core/wire/item.ts';
import type { LabStatus } from '../control/types.ts';
import { LAB_REGION } from '../ends/credentials.ts';
import { LabError } from '../errors.ts';

type GroupStatus = LabStatus['groups'][number];

/** Reads group items past the lab's own DynamoDB faults. */
export class ItemReader {
  readonly #client: DynamoDBClient;
  readonly #table: string;

  constructor(endpoint: string, table: string) {
    this.#client = new DynamoDBClient({
      region: LAB_REGION,
      endpoint,
      credentials: { accessKeyId: 'lab', secretAccessKey: 'lab' },
    });
    this.#table = table;
  }

  async read(group: string): Promise<GroupState> {
    const { Item } = await this.#client.send(
      new GetItemCommand({
        TableName: this.#table,
        Key: { pk: { S: group }, sk: { S: 'state' } },
        ConsistentRead: true,
      }),
    );
    if (Item === undefined) {
      throw new LabError('no-such-group', `the arbiter has no group ${group}`, { remedy: 'restart the lab' });
    }
    return groupStateSchema.parse({ ...unmarshal(Item), group });
  }

  close(): void {
    this.#client.destroy();
  }
}

/** Silent: two heartbeats and a half without a report. */
const SILENT_HEARTBEATS = 2.5;

const memberStatus = (
  node: string,
  host: string,
  member: MemberState | undefined,
  state: GroupState,
  config: GroupConfig,
): GroupStatus['members'][number] => {
  const none = { priority: null, health: null, beat: null, ageMs: null, bound: null, inFabric: null };
  if (member === undefined) return { node, host, state: 'UNKNOWN', ...none };
  const ageMs = since(member.at, epochMs(Date.now()));
  const silent = ageMs > SILENT_HEARTBEATS * config.heartbeatMs;
  const living = state.holder === node ? 'MASTER' : member.health === 'fault' ? 'FAULT' : 'BACKUP';
  return {
    node,
    host,
    state: silent ? 'SILENT' : living,
    priority: member.priority,
    health: member.health,
    beat: formatBeat(member),
    ageMs,
    bound: member.bound,
    inFabric: isUnseen(config.vips) ? null : member.inFabric,
  };
};

/** @param hostOf names of hosts by instance id; @param owners who the fabric delivers each VIP to */
export const groupStatus = (
  state: GroupState,
  config: GroupConfig,
  hostOf: (node: string) => string,
  owners: Readonly<Record<string, string | null>>,
): GroupStatus => ({
  name: state.group,
  epoch: state.epoch,
  phase: state.phase,
  holder: state.holder,
  holderHost: state.holder === null ? null : hostOf(state.holder),
  reason: state.reason,
  repairs: state.repairs ?? 0,
  ...(state.paused === true ? { paused: true } : {}),
  ...(state.drained === undefined ? {} : { drained: state.drained.map(hostOf) }),
  vips: config.vips.map((vip) => ({
    address: vip.address,
    fabric: vip.fabric,
    owner: owners[vip.address] ?? null,
  })),
  members: Object.keys(config.members).map((node) =>
    memberStatus(node, hostOf(node), state.members[node], state, config),
  ),
});

/** The member that would take over now, for `standby` as a fault's target. */
export const bestStandbyOf = (state: GroupState, config: GroupConfig): string | undefined =>
  standbys(state, { now: epochMs(Date.now()), config, mayMove: false })[0]?.node;
