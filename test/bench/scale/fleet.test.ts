/** Proves that simulated agents behave as agents: they take their roles, outlive a blackout, and claim from the dead. */
import { describe, expect, it } from 'vitest';
import type { Reply } from '../../../bench/scale/agent.ts';
import { Fleet } from '../../../bench/scale/fleet.ts';
import { randomOf } from '../../../bench/scale/random.ts';
import { StoryClock } from '../../../bench/scale/story-clock.ts';
import { planVillage } from '../../../bench/scale/village.ts';
import type { HeartbeatRequest } from '../../../core/wire/heartbeat.ts';

const GROUPS = 5;

const rehearsed = async (heartbeatMs = 1000) => {
  const clock = new StoryClock(1_800_000_000_000);
  const fleet = new Fleet(planVillage(GROUPS, heartbeatMs), clock, randomOf(1));
  return { clock, fleet, states: await fleet.rehearse() };
};

const serving = (fleet: Fleet): string[] =>
  fleet.agents.filter((agent) => agent.isServing).map(({ node }) => node);

describe('Fleet', () => {
  it.each([1000, 10_000])('brings every group to rest, heartbeat %i ms', async (heartbeatMs) => {
    const { fleet, states } = await rehearsed(heartbeatMs);
    expect(states.map(({ phase, epoch }) => `${phase} ${epoch}`)).toEqual(Array(GROUPS).fill('held 1'));
    expect(states.map(({ holder }) => holder)).toEqual(serving(fleet));
    expect(fleet.groups.map(({ vip }) => fleet.ownerOf(vip))).toEqual(serving(fleet));
    for (const { members } of states)
      for (const { at } of Object.values(members)) expect(Number.isInteger(at)).toBe(true);
  });

  it('lets standbys beat 150 ms after their holders', async () => {
    const { states } = await rehearsed();
    const gaps = states.map(({ holder, members }) => {
      const atOf = (isHolder: boolean): number =>
        Object.entries(members).find(([node]) => (node === holder) === isHolder)?.[1].at ?? 0;
      return (atOf(false) - atOf(true) + 1000) % 1000;
    });
    for (const gap of gaps) expect(Math.abs(gap - 150)).toBeLessThanOrEqual(5);
  });

  it('keeps serving while nobody answers, and retries', async () => {
    const { clock, fleet } = await rehearsed();
    let sent = 0;
    fleet.connect(() => {
      sent += 1;
    });
    const before = serving(fleet);
    await clock.play(clock.nowMs() + 60_000);
    expect(serving(fleet)).toEqual(before);
    expect(sent).toBeGreaterThan(2 * GROUPS * 60);
  });

  it('waits out a refusal by a busy arbiter', async () => {
    const { clock, fleet } = await rehearsed();
    let sent = 0;
    fleet.connect((_request: HeartbeatRequest, reply: (reply: Reply) => void) => {
      sent += 1;
      clock.after(1, () => reply({ kind: 'throttled' }));
    });
    await clock.play(clock.nowMs() + 10_000);
    // Once a heartbeat, not at the pace of retries.
    expect(sent).toBeLessThanOrEqual(2 * GROUPS * 11);
    expect(sent).toBeGreaterThanOrEqual(2 * GROUPS * 9);
  });

  it('claims the group of a dead holder, once it has heard nothing of it for long enough', async () => {
    const { clock, fleet } = await rehearsed();
    const holder = fleet.agents.find((agent) => agent.isMaster);
    holder?.die();
    await clock.play(clock.nowMs() + 8000);
    expect(serving(fleet)).toHaveLength(GROUPS);
    expect(serving(fleet)).not.toContain(holder?.node);
    expect(new Set(fleet.groups.map(({ vip }) => fleet.ownerOf(vip)))).toEqual(new Set(serving(fleet)));
  });
});
