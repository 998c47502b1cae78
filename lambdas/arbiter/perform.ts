/** Carries out what `step` ordered. What the world answers becomes the next input. */
import type { Effect, Input, LookEffect, MoveEffect } from '../../core/election/types.ts';
import type { GroupConfig } from '../../core/wire/item.ts';
import type { Vip } from '../../core/wire/names.ts';
import { type Fabric, type FabricCall, FabricError, type FabricScope } from '../fabric/fabric.ts';
import type { Deps } from './deps.ts';

/** For whom and for how long an effect is performed. */
export interface Errand {
  readonly group: string;
  readonly epoch: number;
  readonly config: GroupConfig;
  /** Ends what is in flight when the invocation must answer. */
  readonly signal: AbortSignal;
}

const scopeOf = (about: Errand, deps: Deps, moveId?: number): FabricScope => ({
  signal: about.signal,
  now: deps.clock,
  onCall: (call: FabricCall) => {
    const order = moveId === undefined ? {} : { moveId };
    deps.logger.info('fabric-call', { group: about.group, epoch: about.epoch, ...order, ...call });
  },
});

const byFabric = (vips: readonly Vip[], deps: Deps): [Fabric, Vip[]][] =>
  [...Map.groupBy(vips, (vip) => vip.fabric)].map(([kind, ofKind]) => [deps.fabricOf(kind), ofKind]);

const move = async (order: MoveEffect, about: Errand, deps: Deps): Promise<Input> => {
  const scope = scopeOf(about, deps, order.moveId);
  const results = await Promise.all(
    byFabric(order.vips, deps).map(([fabric, vips]) => fabric.apply({ ...order, vips }, scope)),
  );
  return { kind: 'moved', epoch: order.epoch, moveId: order.moveId, results: results.flat() };
};

/** A look that fails is worth nothing and costs nothing: the next one is due in a second. */
const look = async (order: LookEffect, about: Errand, deps: Deps): Promise<Input | undefined> => {
  const scope = scopeOf(about, deps);
  try {
    const seen = await Promise.all(
      byFabric(order.vips, deps).map(([fabric, vips]) => fabric.observe(vips, about.config.members, scope)),
    );
    return { kind: 'observed', observations: seen.flat() };
  } catch (thrown) {
    if (!(thrown instanceof FabricError)) throw thrown;
    deps.logger.warn('look-failed', { group: about.group, code: thrown.code, reason: thrown.message });
    return undefined;
  }
};

/** Performs one effect and waits for its end. @returns the input that follows from it, if one does */
export const perform = async (effect: Effect, about: Errand, deps: Deps): Promise<Input | undefined> => {
  switch (effect.kind) {
    case 'emit':
      deps.logger.info('group-event', { ...effect.event });
      break;
    case 'metric':
      deps.metrics.count(effect.name, effect.value, about.group);
      break;
    case 'move':
      return move(effect, about, deps);
    case 'look':
      return look(effect, about, deps);
    case 'detail':
      // Kept beside the work: `notes.ts`.
      break;
  }
  return undefined;
};
