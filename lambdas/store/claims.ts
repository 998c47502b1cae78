/**
 * Which group a VIP belongs to: no two groups may move one address. Written by deployments only, never read by a
 * heartbeat. The partition key is no group's name.
 *
 * | pk     | sk             | holds            |
 * | ------ | -------------- | ---------------- |
 * | `#vip` | `172.31.0.201` | {@link Claimant} |
 */
import * as z from 'zod/mini';
import { type Attributes, marshal, unmarshal } from '../../core/wire/attributes.ts';
import { groupNameSchema } from '../../core/wire/names.ts';
import { BadRequest, CorruptItem } from '../errors.ts';
import { keyOf, STATE_KEY } from './items.ts';
import type { Table } from './table.ts';

const CLAIM_PK = '#vip';

const claimantSchema = z.object({
  group: groupNameSchema,
  /** The resource of the deployment that speaks for the group. */
  owner: z.string(),
});
export type Claimant = z.infer<typeof claimantSchema>;

export interface Claims {
  /**
   * Makes every address the group's. The group's own are taken over from another owner; those of a group that does
   * not exist are free. @throws BadRequest naming the group that an address belongs to, and as `Store.load`
   */
  take(addresses: readonly string[], claimant: Claimant): Promise<void>;
  /** Gives up what is still this claimant's. @throws as `Store.load` */
  release(addresses: readonly string[], claimant: Claimant): Promise<void>;
  /** Whether another owner has taken one of the addresses. @throws as `Store.load` */
  isAnothers(addresses: readonly string[], claimant: Claimant): Promise<boolean>;
}

const parseClaimant = (address: string, item: Attributes): Claimant => {
  try {
    return claimantSchema.parse(unmarshal(item));
  } catch (cause) {
    throw new CorruptItem(CLAIM_PK, address, cause);
  }
};

/** `group` and `owner` are words of DynamoDB's expressions. */
const IS_HELD_BY = '#group = :group AND #owner = :owner';
const NAMES = { '#group': 'group', '#owner': 'owner' };
const valuesOf = ({ group, owner }: Claimant): Attributes => ({
  ':group': { S: group },
  ':owner': { S: owner },
});

export const createClaims = (table: Table): Claims => {
  const load = async (address: string): Promise<Claimant | undefined> => {
    const item = await table.get(keyOf(CLAIM_PK, address));
    return item === undefined ? undefined : parseClaimant(address, item);
  };

  const take = async (address: string, claimant: Claimant): Promise<void> => {
    const current = await load(address);
    if (current?.group === claimant.group && current.owner === claimant.owner) return;
    if (current !== undefined && current.group !== claimant.group) {
      const exists = (await table.get(keyOf(current.group, STATE_KEY))) !== undefined;
      if (exists) {
        throw new BadRequest(
          `${address} belongs to group ${current.group}: take it out of there and deploy, then deploy this. ` +
            'To rename a group, remove it under its old name first',
        );
      }
    }
    const item = { ...keyOf(CLAIM_PK, address), ...marshal(claimant) };
    const written = await table.put(
      current === undefined
        ? { item, condition: 'attribute_not_exists(pk)' }
        : { item, condition: IS_HELD_BY, names: NAMES, values: valuesOf(current) },
    );
    if (written.kind !== 'done') throw new BadRequest(`${address} was just claimed by others: deploy again`);
  };

  return {
    async take(addresses, claimant) {
      for (const address of addresses) await take(address, claimant);
    },
    async release(addresses, claimant) {
      for (const address of addresses) {
        const condition = { condition: IS_HELD_BY, names: NAMES, values: valuesOf(claimant) };
        await table.remove({ key: keyOf(CLAIM_PK, address), ...condition });
      }
    },
    async isAnothers(addresses, claimant) {
      const claims = await Promise.all(addresses.map(load));
      return claims.some((claim) => claim !== undefined && claim.owner !== claimant.owner);
    },
  };
};
