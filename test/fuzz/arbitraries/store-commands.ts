/** What writers and deployments may do to a group's items, each beside what a trivial model of the store says of it. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { initialState } from '../../../core/election/initial.ts';
import { epochMs } from '../../../core/time.ts';
import type { GroupState } from '../../../core/wire/item.ts';
import { StoreUnavailable, UnknownGroup } from '../../../lambdas/errors.ts';
import type { Store } from '../../../lambdas/store/store.ts';
import { freshNonce } from '../../lambdas/deps.ts';
import { config } from '../../lambdas/fixtures.ts';

const WRITERS = 3;

/** What should be there, and what each writer has read of it. */
export interface Model {
  readonly group: string;
  truth: Omit<GroupState, 'nonce'> | undefined;
  readonly copies: (GroupState | undefined)[];
}

const withoutNonce = ({ nonce: _, ...state }: GroupState): Omit<GroupState, 'nonce'> => state;

/** What the commands act on. */
export interface Real {
  readonly store: Store;
  /** The next requests are carried out, but their answers are lost. The SDK sends each twice at most. */
  loseAnswers(count: 1 | 2): void;
}

class Load implements fc.AsyncCommand<Model, Real> {
  readonly writer: number;
  constructor(writer: number) {
    this.writer = writer;
  }
  check = (): boolean => true;
  async run(model: Model, { store }: Real): Promise<void> {
    if (model.truth === undefined) {
      await assert.rejects(store.load(model.group), UnknownGroup);
      return;
    }
    const state = await store.load(model.group);
    assert.deepEqual(withoutNonce(state), model.truth);
    model.copies[this.writer] = state;
  }
  toString = (): string => `load(${this.writer})`;
}

class Swap implements fc.AsyncCommand<Model, Real> {
  readonly writer: number;
  readonly reason: string;
  readonly lost: boolean;
  constructor(writer: number, reason: string, lost: boolean) {
    this.writer = writer;
    this.reason = reason;
    this.lost = lost;
  }
  check = (model: Readonly<Model>): boolean => model.copies[this.writer] !== undefined;
  async run(model: Model, { store, loseAnswers }: Real): Promise<void> {
    const copy = model.copies[this.writer];
    if (copy === undefined) return;
    const next = { ...copy, rev: copy.rev + 1, reason: this.reason };
    if (this.lost) loseAnswers(1);
    const outcome = await store.swap(copy, next, freshNonce());
    assert.equal(outcome.swapped, copy.rev === model.truth?.rev);
    if (outcome.swapped) model.truth = withoutNonce(next);
    const told = outcome.swapped ? outcome.state : outcome.current;
    assert.deepEqual(withoutNonce(told), model.truth);
    model.copies[this.writer] = told;
  }
  toString = (): string => `swap(${this.writer}${this.lost ? ', answer lost' : ''})`;
}

/** A write whose writer never hears what became of it: it may have been carried out. */
class Cut implements fc.AsyncCommand<Model, Real> {
  readonly writer: number;
  constructor(writer: number) {
    this.writer = writer;
  }
  check = (model: Readonly<Model>): boolean => model.copies[this.writer] !== undefined;
  async run(model: Model, { store, loseAnswers }: Real): Promise<void> {
    const copy = model.copies[this.writer];
    if (copy === undefined) return;
    const next = { ...copy, rev: copy.rev + 1, reason: 'unheard' };
    loseAnswers(2);
    await assert.rejects(store.swap(copy, next, freshNonce()), StoreUnavailable);
    if (copy.rev === model.truth?.rev) model.truth = withoutNonce(next);
  }
  toString = (): string => `swap(${this.writer}, never heard of again)`;
}

/** All writers that have a copy write at the same time. */
class Race implements fc.AsyncCommand<Model, Real> {
  readonly lost: boolean;
  constructor(lost: boolean) {
    this.lost = lost;
  }
  check = (model: Readonly<Model>): boolean => model.copies.some((copy) => copy !== undefined);
  async run(model: Model, { store, loseAnswers }: Real): Promise<void> {
    const entries = model.copies.flatMap((copy, writer) => (copy === undefined ? [] : [{ copy, writer }]));
    if (this.lost) loseAnswers(1);
    const outcomes = await Promise.all(
      entries.map(async ({ copy, writer }) => {
        const next = { ...copy, rev: copy.rev + 1, reason: `race of ${writer}` };
        return { writer, copy, next, outcome: await store.swap(copy, next, freshNonce()) };
      }),
    );
    const won = outcomes.filter(({ outcome }) => outcome.swapped);
    const current = entries.some(({ copy }) => copy.rev === model.truth?.rev);
    assert.equal(won.length, current ? 1 : 0);
    for (const { copy, next } of won) {
      assert.equal(copy.rev, model.truth?.rev);
      model.truth = withoutNonce(next);
    }
    for (const { writer, outcome } of outcomes)
      model.copies[writer] = outcome.swapped ? outcome.state : outcome.current;
    assert.deepEqual(withoutNonce(await store.load(model.group)), model.truth);
  }
  toString = (): string => `race(${this.lost ? 'an answer lost' : ''})`;
}

class Deploy implements fc.AsyncCommand<Model, Real> {
  readonly hash: string;
  readonly lost: boolean;
  constructor(hash: string, lost: boolean) {
    this.hash = hash;
    this.lost = lost;
  }
  check = (): boolean => true;
  async run(model: Model, { store, loseAnswers }: Real): Promise<void> {
    const deployed = { ...config, group: model.group, hash: this.hash };
    if (this.lost) loseAnswers(1);
    const state = await store.putConfig(deployed, epochMs(1_763_000_000_000));
    const { truth } = model;
    if (truth === undefined) model.truth = withoutNonce(initialState(deployed, epochMs(1_763_000_000_000)));
    else if (truth.configHash !== this.hash)
      model.truth = { ...truth, rev: truth.rev + 1, configHash: this.hash };
    assert.deepEqual(withoutNonce(state), model.truth);
    assert.deepEqual(await store.loadConfig(model.group, this.hash), deployed);
  }
  toString = (): string => `deploy(${this.hash}${this.lost ? ', answer lost' : ''})`;
}

const writer = fc.nat({ max: WRITERS - 1 });
const lost = fc.constantFrom(false, false, true);
/** Up to twenty commands of three writers. */
export const commands = fc.commands(
  [
    writer.map((one) => new Load(one)),
    fc.tuple(writer, fc.string(), lost).map((args) => new Swap(...args)),
    writer.map((one) => new Cut(one)),
    lost.map((one) => new Race(one)),
    fc.tuple(fc.constantFrom('hash-1', 'hash-2'), lost).map((args) => new Deploy(...args)),
  ],
  { maxCommands: 20, size: 'max' },
);
