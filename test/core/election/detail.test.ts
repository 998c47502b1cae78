/** Proves that what a member says of itself is kept when it says something new, and only then. */
import { describe, expect, it } from 'vitest';
import type { Effect } from '../../../core/election/types.ts';
import { type MemberDetail, memberDetailSchema } from '../../../core/wire/detail.ts';
import type { GroupReport } from '../../../core/wire/heartbeat.ts';
import { at, B, BOOT, beatOf, ctxAt, groupConfig, heldState, run, TWO_VIPS, VIP, VIP2 } from '../fixtures.ts';

const detailIn = (effects: readonly Effect[]): MemberDetail | undefined =>
  effects.find((effect) => effect.kind === 'detail')?.detail;
const before = run(heldState(), beatOf(B)).state;
/** What is kept of B's next heartbeat. */
const kept = (over: Partial<GroupReport>, seq = 12, boot = BOOT): MemberDetail | undefined =>
  detailIn(run(before, beatOf(B, over, seq, boot)).effects);

describe('detail: kept', () => {
  it('when a member is first heard, with its beat and the instant', () => {
    const detail = detailIn(run(heldState(), beatOf(B), ctxAt(250)).effects);
    expect(memberDetailSchema.parse(detail)).toEqual({
      boot: BOOT,
      seq: 11,
      at: at(250),
      configHash: 'abc',
      down: [],
      vips: { [VIP]: { bound: false, inFabric: false } },
    });
  });

  it.each<[string, Partial<GroupReport>]>([
    ['a check goes down', { down: ['mysqld'] }],
    ['its health changes', { health: 'fault' }],
    ['the kernel has the VIP', { vips: { [VIP]: { bound: true, inFabric: false } } }],
    ['the cloud lists the VIP', { vips: { [VIP]: { bound: false, inFabric: true } } }],
    ['it runs another configuration', { configHash: 'def' }],
  ])('when %s', (_, over) => {
    expect(kept(over)).toMatchObject({ seq: 12 });
  });

  it('when its agent has started anew: it may be another agent', () => {
    expect(kept({}, 1, BOOT + 1)).toMatchObject({ boot: BOOT + 1, seq: 1 });
  });

  it('with what the failing checks said, and the VIPs of the group alone', () => {
    const report = { health: 'fault', fault: 'check db: refused', down: ['db', 'a'] } as const;
    const vips = { [VIP2]: { bound: true, inFabric: true }, '10.0.0.9': { bound: true, inFabric: true } };
    const config = groupConfig({ vips: [...TWO_VIPS] });
    const { effects } = run(
      before,
      beatOf(B, { ...report, down: [...report.down], vips }, 12),
      ctxAt(0, config),
    );
    expect(detailIn(effects)).toMatchObject({ fault: 'check db: refused', down: ['a', 'db'] });
    expect(detailIn(effects)?.vips).toEqual({
      [VIP]: { bound: false, inFabric: false },
      [VIP2]: { bound: true, inFabric: true },
    });
  });
});

describe('detail: not kept', () => {
  it('when it says the same again', () => {
    expect(kept({})).toBeUndefined();
  });

  it('when only the text of the fault differs: it may with every run of a check', () => {
    const fault = (text: string) => ({ health: 'fault', fault: text, down: ['db'] }) as const;
    const failing = run(before, beatOf(B, { ...fault('took 1001 ms'), down: ['db'] }, 12));
    const later = beatOf(B, { ...fault('took 1004 ms'), down: ['db'] }, 13);
    expect(detailIn(failing.effects)).toBeDefined();
    expect(detailIn(run(failing.state, later).effects)).toBeUndefined();
  });

  it('when the same checks are named in another order', () => {
    const { state } = run(before, beatOf(B, { down: ['a', 'b'] }, 12));
    expect(detailIn(run(state, beatOf(B, { down: ['b', 'a'] }, 13)).effects)).toBeUndefined();
  });

  it('when the heartbeat is refused', () => {
    expect(detailIn(run(before, beatOf(B, { down: ['db'] }, 11)).effects)).toBeUndefined();
  });
});
