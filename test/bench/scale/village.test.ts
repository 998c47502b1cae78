/** Proves that thousands of groups share no name, address, host or interface, and are configured as a deployment does. */
import { describe, expect, it } from 'vitest';
import { BenchError } from '../../../bench/errors.ts';
import { planVillage } from '../../../bench/scale/village.ts';
import { groupConfigSchema } from '../../../core/wire/item.ts';

describe('planVillage', () => {
  it('gives every group its own names and addresses', () => {
    const groups = planVillage(3000, 1000);
    const members = groups.flatMap((group) => group.members);
    const distinct = (values: readonly string[]): number => new Set(values).size;
    expect(distinct(groups.map(({ name }) => name))).toBe(3000);
    expect(distinct(members.map(({ node }) => node))).toBe(6000);
    expect(distinct(members.map(({ eni }) => eni))).toBe(6000);
    expect(distinct([...members.map(({ address }) => address), ...groups.map(({ vip }) => vip)])).toBe(9000);
  });

  it('makes configurations that the arbiter takes, with the lease that belongs to the heartbeat', () => {
    const [group] = planVillage(1, 5000);
    expect(groupConfigSchema.parse(group?.config)).toEqual(group?.config);
    expect([group?.config.heartbeatMs, group?.config.leaseMs]).toEqual([5000, 15_000]);
    expect(group?.profile).toMatchObject({
      heartbeatMs: 5000,
      leaseMs: 15_000,
      configHash: group?.config.hash,
    });
  });

  it('refuses more groups than the subnet holds', () => {
    expect(() => planVillage(30_000, 1000)).toThrow(BenchError);
  });
});
