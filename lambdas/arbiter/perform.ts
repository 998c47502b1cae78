/** Carries out what `step` ordered. What the world answers becomes the next input. */
import type { Effect, Input, LookEffect, MoveEffect, Observation } from '../../core/election/types.ts';
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

/** EC2's words for: too many calls. */
const THROTTLES: ReadonlySet<string> = new Set([
  'RequestLimitExceeded',
  'Throttling',
  'ThrottlingException',
  'RequestThrottled',
]);
const isThrottle = (code: string): boolean => THROTTLES.has(code);

const scopeOf = (about: Errand, deps: Deps, moveId?: number): FabricScope => ({
  signal: about.signal,
  now: deps.clock,
  onCall: (call: FabricCall) => {
    const order = moveId === undefined ? {} : { moveId };
    deps.logger.info('fabric-call', { group: about.group, epoch: about.epoch, ...order, ...call });
    if (isThrottle(call.code)) deps.metrics.count('Throttled', 1, about.group);
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

/** Where the VIPs are now. @throws FabricError when the cloud does not say */
export const observe = async (
  vips: readonly Vip[],
  about: Errand,
  deps: Deps,
): Promise<readonly Observation[]> => {
  const scope = scopeOf(about, deps);
  const seen = await Promise.all(
    byFabric(vips, deps).map(([fabric, ofKind]) => fabric.observe(ofKind, about.config.members, scope)),
  );
  return seen.flat();
};

/** A look that fails is worth nothing and costs nothing: the next one is due in a second. */
const look = async (order: LookEffect, about: Errand, deps: Deps): Promise<Input | undefined> => {
  try {
    return { kind: 'observed', observations: await observe(order.vips, about, deps) };
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
