/** Proves that a candidate runs its hook once for each question, says how that ended until it is asked no more, and is told its state again when it prepared in vain. */
import { describe, expect, it } from 'vitest';
import { reportOf } from '../../../core/holder/report.ts';
import { stepHolder } from '../../../core/holder/step.ts';
import type { HolderEffect, HolderState, PrepareOutcome } from '../../../core/holder/types.ts';
import { groupAnswerSchema, groupReportSchema } from '../../../core/wire/heartbeat.ts';
import {
  answer,
  beatsIn,
  boot,
  EPOCH,
  hooksIn,
  hostAt,
  kindsOf,
  master,
  profile,
  standby,
} from '../fixtures.ts';

const NEXT = EPOCH + 1;
const asking = (rev = 101, epoch = NEXT) => answer({ rev, prepare: { epoch } });
const hear = (state: HolderState, said = asking(), ctx = hostAt(10)) =>
  stepHolder(state, { kind: 'answer', answer: said, sentAt: boot(0), resigned: false }, ctx);
const ended = (state: HolderState, outcome: PrepareOutcome, epoch = NEXT, ms = 310.4) =>
  stepHolder(state, { kind: 'hooked', epoch, outcome, ms }, hostAt(20));
const orders = (effects: readonly HolderEffect[]) =>
  effects.flatMap((effect) => (effect.kind === 'prepare' ? [effect.epoch] : []));
const preparing = standby({ preparing: { epoch: NEXT } });
const after = (outcome: PrepareOutcome) => standby({ preparing: { epoch: NEXT, outcome, ms: 310 } });

describe('prepare: asked', () => {
  it('runs the hook, once for a question', () => {
    const first = hear(standby());
    expect(orders(first.effects)).toEqual([NEXT]);
    const again = hear(first.state, asking(102));
    expect(orders(again.effects)).toEqual([]);
    expect(orders(hear(again.state, asking(103, NEXT + 1)).effects)).toEqual([NEXT + 1]);
  });

  it('not as MASTER, not for an epoch that is over, and not in a host that only observes', () => {
    expect(orders(hear(standby(), answer({ role: 'MASTER', prepare: { epoch: NEXT } })).effects)).toEqual([]);
    expect(orders(hear(standby(), asking(101, EPOCH)).effects)).toEqual([]);
    const observes = hostAt(10, { profile: profile({ observes: true }) });
    expect(orders(hear(standby(), asking(), observes).effects)).toEqual([]);
  });

  it('says nothing before the hook has ended', () => {
    const said = reportOf(preparing, hostAt(20));
    expect([said.prepared, said.declined]).toEqual([undefined, undefined]);
  });

  it('the question stands in the answer, and the words in the report, as they are', () => {
    expect(groupAnswerSchema.parse(asking())).toEqual(asking());
    const said = reportOf(after('prepared'), hostAt(20));
    expect(groupReportSchema.parse(said)).toEqual(said);
    const no = reportOf(after('refused'), hostAt(20));
    expect(groupReportSchema.parse(no)).toEqual(no);
  });
});

describe('prepare: ended', () => {
  it.each([
    ['prepared', { prepared: { epoch: NEXT, ms: 310 } }],
    ['refused', { declined: { epoch: NEXT, ms: 310, why: 'refused' } }],
    ['failed', { declined: { epoch: NEXT, ms: 310, why: 'failed' } }],
  ] as const)('%s is told at once, and with every heartbeat', (outcome, words) => {
    const { state, effects } = ended(preparing, outcome);
    expect(beatsIn(effects)).toEqual(['prepared']);
    expect(reportOf(state, hostAt(20))).toMatchObject(words);
    expect(reportOf(hear(state, asking(102)).state, hostAt(30))).toMatchObject(words);
  });

  it('what nobody asks any more, or not for this epoch, is no news', () => {
    expect(ended(standby(), 'prepared')).toEqual({ state: standby(), effects: [] });
    expect(beatsIn(ended(preparing, 'prepared', NEXT + 1).effects)).toEqual([]);
  });
});

describe('prepare: asked no more', () => {
  it.each([
    ['prepared', ['BACKUP']],
    ['failed', ['BACKUP']],
    ['refused', []],
  ] as const)('%s: hooks are told the state again: %j', (outcome, hooks) => {
    const { state, effects } = hear(after(outcome), answer());
    expect(hooksIn(effects)).toEqual(hooks);
    expect(state.preparing).toBeUndefined();
    expect(reportOf(state, hostAt(30)).prepared).toBeUndefined();
  });

  it('also while the hook runs: what it does is undone behind it', () => {
    expect(hooksIn(hear(preparing, answer()).effects)).toEqual(['BACKUP']);
  });

  it('a member in FAULT is told that', () => {
    const ill = { ...after('prepared'), assessment: { ...standby().assessment, health: 'fault' as const } };
    expect(hooksIn(hear({ ...ill, told: 'FAULT' }, answer()).effects)).toEqual(['FAULT']);
  });

  it('so does one that is told that it is no member any more', () => {
    const out = stepHolder(after('prepared'), { kind: 'unanswered', why: 'excluded' }, hostAt(20));
    expect(hooksIn(out.effects)).toEqual(['BACKUP']);
    expect(out.state.preparing).toBeUndefined();
    const busy = stepHolder(after('prepared'), { kind: 'unanswered', why: 'failing' }, hostAt(20));
    expect(busy.state.preparing).toBeDefined();
  });

  it('chosen: MASTER, and nothing else is told', () => {
    const { state, effects } = hear(after('prepared'), answer({ role: 'MASTER', epoch: NEXT, holder: null }));
    expect(hooksIn(effects)).toEqual(['MASTER']);
    expect(state.preparing).toBeUndefined();
  });

  it('an answer that is no news ends nothing', () => {
    const { state } = hear({ ...after('prepared'), rev: 200, appliedAt: boot(5) }, answer());
    expect(state.preparing).toBeDefined();
  });
});

describe('prepare: a leaver whose successor is preparing', () => {
  const leaving = (over: Partial<NonNullable<HolderState['leaving']>> = {}) =>
    master({ leaving: { by: boot(5000), acknowledged: true, ...over } });
  const still = (rev: number, preparing: boolean) =>
    answer({ rev, role: 'MASTER', ...(preparing ? { preparing: true } : {}) });

  it('waits for it, ten seconds in all', () => {
    const first = hear(leaving(), still(101, true), hostAt(2000));
    expect(first.state.leaving?.by).toBe(boot(7000));
    const second = hear(first.state, still(102, true), hostAt(6000));
    expect(second.state.leaving?.by).toBe(boot(10_000));
    expect(hear(second.state, still(103, true), hostAt(9000)).state.leaving?.by).toBe(boot(10_000));
    expect(kindsOf(hear(second.state, still(104, true), hostAt(10_000)).effects)).toContain('left');
  });

  it('and not when none is', () => {
    expect(hear(leaving(), still(101, false), hostAt(2000)).state.leaving?.by).toBe(boot(5000));
  });
});
