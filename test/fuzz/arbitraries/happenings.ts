/** What may happen to the arbiter of one group: heartbeats honest and odd, results, looks, commands, clocks that step. */
import * as fc from 'fast-check';
import type { Command, Input, Outcome, StepContext } from '../../../core/election/types.ts';
import { type GroupConfig, type GroupState, instanceFactSchema } from '../../../core/wire/item.ts';
import { A, B, C, ENI, failedResult, report, STRANGER, STRANGER_ENI, VIP } from '../../core/fixtures.ts';

const NODES = [A, B, C, STRANGER] as const;
const seldom = fc.constantFrom(false, false, false, false, false, true);
/** A paused or drained group soon goes on, or histories would be about nothing else. */
const COMMANDS = [
  'failover',
  'failover-to',
  'drain',
  'undrain',
  'undrain',
  'pause',
  'resume',
  'resume',
] as const;

/** Made without the state; what it refers to is read off the state when it happens. */
export const happenings = fc.record({
  /** The arbiter's clock between two inputs; it may step back. */
  passMs: fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: 0, max: 700 }) },
    { weight: 1, arbitrary: fc.integer({ min: -5000, max: 20_000 }) },
  ),
  kind: fc.constantFrom(
    'report',
    'report',
    'report',
    'report',
    'report',
    'moved',
    'moved',
    'observed',
    'operator',
    'instance',
    'sweep',
  ),
  node: fc.constantFrom(...NODES.slice(0, 3), ...NODES.slice(0, 3), STRANGER),
  mayMove: fc.constantFrom(true, true, true, false),
  braked: seldom,
  beatStep: fc.constantFrom(1, 1, 1, 1, 0, -1),
  restarts: seldom,
  health: fc.constantFrom('ok', 'ok', 'ok', 'fault'),
  priority: fc.constantFrom(90, 100, 254),
  degraded: seldom,
  wavering: fc.boolean(),
  bound: fc.boolean(),
  inFabric: fc.boolean(),
  resign: seldom,
  deaf: seldom,
  /** Relative to the group's epoch; the last is what no agent can have seen. */
  seen: fc.constantFrom(-1, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, Number.MAX_SAFE_INTEGER),
  released: fc.constantFrom('no', 'no', 'no', 'this', 'older'),
  holdMs: fc.constantFrom(0, 0, 2500, 4000, 86_400_000),
  claims: fc.boolean(),
  claimFlaw: fc.constantFrom('none', 'none', 'none', 'beat', 'epoch', 'holder', 'short', 'suspect'),
  preempts: fc.boolean(),
  result: fc.constantFrom('ok', 'ok', 'transient', 'permanent'),
  stale: seldom,
  owner: fc.constantFrom(ENI[A], ENI[B], STRANGER_ENI, null),
  fact: fc.constantFrom(...instanceFactSchema.options),
  command: fc.constantFrom(...COMMANDS),
  ifEpoch: fc.constantFrom(undefined, undefined, 0, 1),
});
export type Happening = typeof happenings extends fc.Arbitrary<infer T> ? T : never;

/** One step of a history. */
export interface Played {
  readonly before: GroupState;
  readonly input: Input;
  readonly ctx: StepContext;
  readonly outcome: Outcome;
}

const claimFor = (state: GroupState, { node, claims, claimFlaw }: Happening, config: GroupConfig): object => {
  const holder = state.holder === null ? undefined : state.members[state.holder];
  // No host watches itself.
  if (!claims || state.holder === null || holder === undefined || node === state.holder) return {};
  const wholeMs = Math.min(86_400_000, Math.ceil(Math.max(holder.holdMs, config.leaseMs) * 1.05));
  return {
    claim: {
      epoch: state.epoch + (claimFlaw === 'epoch' ? 1 : 0),
      holder: claimFlaw === 'holder' ? STRANGER : state.holder,
      beat: `${holder.boot}:${holder.seq + (claimFlaw === 'beat' ? 1 : 0)}`,
      silentMs: claimFlaw === 'short' ? config.leaseMs - 1 : wholeMs,
      evidence: claimFlaw === 'suspect' ? 'suspect' : 'silence',
    },
  };
};

const reportFor = (state: GroupState, happening: Happening, config: GroupConfig): Input => {
  const { node, restarts, beatStep, seen, released, inFabric, bound } = happening;
  const stored = state.members[node] ?? { boot: 1, seq: 0 };
  const { health, priority, holdMs } = happening;
  return {
    kind: 'report',
    node,
    beat: {
      boot: stored.boot + (restarts ? 1 : 0),
      seq: restarts ? 1 : Math.max(0, stored.seq + beatStep),
    },
    report: report({
      epochSeen: Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, state.epoch + seen)),
      health,
      priority,
      holdMs,
      vips: { [VIP]: { bound, inFabric } },
      ...(happening.wavering ? { wavering: true } : {}),
      ...(happening.degraded ? { degradedBy: ['disk', 'x'.repeat(32)] } : {}),
      ...(happening.resign ? { resign: true } : {}),
      ...(happening.deaf ? { deaf: true } : {}),
      ...(released === 'no' ? {} : { released: Math.max(0, state.epoch - (released === 'this' ? 0 : 1)) }),
      ...(happening.preempts ? { preempt: { epoch: state.epoch, readyMs: 5000 } } : {}),
      ...claimFor(state, happening, config),
    }),
  };
};

const commandFor = ({ command, node }: Happening): Command => {
  switch (command) {
    case 'failover':
      return { do: 'failover' };
    case 'failover-to':
      return { do: 'failover', to: node };
    case 'drain':
    case 'undrain':
      return { do: command, node };
    case 'pause':
    case 'resume':
      return { do: command };
  }
};

/** The input that a happening is in this state. */
export const inputFor = (
  state: GroupState,
  happening: Happening,
  { now, config }: Pick<StepContext, 'now' | 'config'>,
): Input => {
  const { kind, node, stale, result, owner, fact, ifEpoch } = happening;
  switch (kind) {
    case 'report':
      return reportFor(state, happening, config);
    case 'moved': {
      const answer = result === 'ok' ? { address: VIP, ok: true } : failedResult(result === 'permanent');
      return { kind, epoch: state.epoch, moveId: (state.move?.id ?? 0) - (stale ? 1 : 0), results: [answer] };
    }
    case 'observed':
      return { kind, observations: [{ address: VIP, owner }] };
    case 'instance': {
      const { boot, seq } = state.members[node] ?? { boot: 1, seq: 0 };
      return { kind, node, said: fact, beat: { boot, seq: Math.max(0, seq - (stale ? 1 : 0)) } };
    }
    case 'sweep': {
      const epoch = Math.max(0, state.epoch - (stale ? 1 : 0));
      return { kind, epoch, seenAt: now, observations: [{ address: VIP, owner }] };
    }
    case 'operator':
      return {
        kind,
        command: commandFor(happening),
        ...(ifEpoch === undefined ? {} : { ifEpoch: state.epoch + ifEpoch }),
        by: 'tester',
        reason: 'a test',
      };
  }
};
