/** Proves that the kernel is compared with the role at every step and repaired. */
import { describe, expect, it } from 'vitest';
import { stepHolder } from '../../../core/holder/step.ts';
import { boundBy, EPOCH, hostAt, kindsOf, master, profile, standby, VIP, VIP2 } from '../fixtures.ts';

const two = hostAt(0, { profile: profile({ vips: [VIP, VIP2] }) });

describe('kernel: level, not edge', () => {
  it('a MASTER binds what is missing, at any input, and nothing else', () => {
    expect(stepHolder(master(), { kind: 'kernel', bound: [] }, hostAt()).effects).toEqual([
      { kind: 'bind', vips: [VIP], epoch: EPOCH },
    ]);
    expect(boundBy(stepHolder(master({ bound: [VIP] }), { kind: 'tick' }, two).effects)).toEqual([VIP2]);
    expect(stepHolder(master(), { kind: 'kernel', bound: [VIP] }, hostAt()).effects).toEqual([]);
  });

  it('a BACKUP unbinds what somebody bound', () => {
    expect(stepHolder(standby(), { kind: 'kernel', bound: [VIP] }, hostAt()).effects).toEqual([
      { kind: 'unbind', vips: [VIP] },
    ]);
    expect(stepHolder(standby(), { kind: 'kernel', bound: [] }, hostAt()).effects).toEqual([]);
  });

  it('nobody binds at an epoch that was given up', () => {
    expect(
      kindsOf(stepHolder(master({ relEpoch: EPOCH }), { kind: 'kernel', bound: [] }, hostAt()).effects),
    ).toEqual([]);
  });
});
