/** Proves that fields which only some messages and items carry are carried whole. */
import { describe, expect, it } from 'vitest';
import { claimSchema, errorBodySchema, groupReportSchema } from '../../../core/wire/heartbeat.ts';
import { groupConfigSchema, groupStateSchema } from '../../../core/wire/item.ts';
import { eniIdSchema } from '../../../core/wire/names.ts';
import { A, at, B, claim, ENI, groupConfig, heldState, member, report } from '../fixtures.ts';

describe('fields: of messages', () => {
  it('a claim has one of two kinds of evidence', () => {
    const kinds = ['silence', 'suspect', 'rumour', ''];
    const taken = kinds.filter((evidence) => claimSchema.safeParse({ ...claim(), evidence }).success);
    expect(taken).toEqual(['silence', 'suspect']);
  });

  it('an error brings the stored pair along, and only a whole one', () => {
    const error = { code: 'StaleBeat', message: 'no', requestId: 'r', stored: { boot: 1, seq: 2 } };
    expect(errorBodySchema.parse({ error })).toEqual({ error });
    expect(errorBodySchema.safeParse({ error: { ...error, stored: { boot: 1 } } }).success).toBe(false);
  });

  it('a report may say all of what an exclusive host says', () => {
    const said = report({ holdMs: 4000, released: 5, deaf: true, resign: true });
    expect(groupReportSchema.parse(said)).toEqual(said);
  });
});

describe('fields: of items', () => {
  it('a group that is releasing, with an order of an operator, comes back whole', () => {
    const state = heldState({ phase: 'releasing', handover: { to: B, at: at(5) } });
    expect(groupStateSchema.parse(JSON.parse(JSON.stringify(state)))).toEqual(state);
    expect(groupStateSchema.safeParse({ ...state, handover: { to: B } }).success).toBe(false);
  });

  it('a member with everything that can be known of it comes back whole', () => {
    const everything = member({
      wavering: true,
      degradedBy: ['disk'],
      resignedAt: at(1),
      banUntil: at(2),
      absentEpoch: 3,
      absentLooks: 4,
      released: 5,
      deafSince: at(6),
      behind: true,
    });
    const state = heldState({ members: { [A]: everything } });
    expect(groupStateSchema.parse(state).members[A]).toEqual(everything);
  });

  it('a configuration has up to eight members', () => {
    const members = (count: number) =>
      Object.fromEntries(
        Array.from({ length: count }, (_, index) => [
          `i-0000000${index}`,
          { eni: ENI[A], address: '10.0.0.1', priority: 100 },
        ]),
      );
    const taken = [8, 9].filter(
      (count) => groupConfigSchema.safeParse(groupConfig({ members: members(count) })).success,
    );
    expect(taken).toEqual([8]);
  });

  it('an ENI’s id is nothing but that', () => {
    const ids = ['eni-01234567', 'xeni-01234567', 'eni-01234567x', 'eni-0123456', 'eni-0123456789abcdef01'];
    expect(ids.filter((id) => eniIdSchema.safeParse(id).success)).toEqual(['eni-01234567']);
  });
});
