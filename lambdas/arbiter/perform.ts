/** Carries out what `step` ordered. What the world answers becomes the next input. */
import type {
  Effect,
  Input,
  LookEffect,
  MoveEffect,
  Observation,
  VipResult,
} from '../../core/election/types.ts';
import type { GroupConfig } from '../../core/wire/item.ts';
import type { Vip } from '../../core/wire/names.ts';
import { type FabricCall, FabricError, type FabricScope, type Mover } from '../fabric/fabric.ts';
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

const byFabric = (vips: readonly Vip[], deps: Deps): [Mover, Vip[]][] =>
  [...Map.groupBy(vips, (vip) => vip.fabric)].map(([kind, ofKind]) => [deps.fabricOf(kind), ofKind]);

/** The VIP of the same order on which this one stands. */
const baseOf = (vip: Vip): string | undefined => (vip.fabric === 'elastic-ip' ? vip.private : undefined);

/** Trying again helps as soon as it helps the other one, so the target is not to blame for this one. */
const dependencyFailed = (vip: Vip, base: VipResult): VipResult => ({
  address: vip.address,
  ok: false,
  error: {
    code: 'DependencyFailed',
    message: `not sent: it stands on ${base.address}, which was not moved (${base.error?.code ?? 'Unknown'})`,
    permanent: false,
  },
});

/**
 * Moves what stands on nothing first, all kinds at once, then what stands on it. Each VIP has its own end: one that fails
 * keeps only those from moving that stand on it. Time is not looked at here: a driver sends nothing after the order's end.
 */
const move = async (order: MoveEffect, about: Errand, deps: Deps): Promise<Input> => {
  const scope = scopeOf(about, deps, order.moveId);
  const applyAll = async (vips: readonly Vip[]): Promise<VipResult[]> => {
    const results = await Promise.all(
      byFabric(vips, deps).map(([fabric, ofKind]) => fabric.apply({ ...order, vips: ofKind }, scope)),
    );
    return results.flat();
  };
  const ordered = new Set(order.vips.map(({ address }) => address));
  const stands = (vip: Vip): boolean => ordered.has(baseOf(vip) ?? '');
  const results = await applyAll(order.vips.filter((vip) => !stands(vip)));
  const failed = new Map(results.flatMap((result) => (result.ok ? [] : [[result.address, result] as const])));
  const failedBase = (vip: Vip): VipResult | undefined => failed.get(baseOf(vip) ?? '');
  const waiting = order.vips.filter(stands);
  results.push(...(await applyAll(waiting.filter((vip) => failedBase(vip) === undefined))));
  for (const vip of waiting) {
    const base = failedBase(vip);
    if (base !== undefined) results.push(dependencyFailed(vip, base));
  }
  return { kind: 'moved', epoch: order.epoch, moveId: order.moveId, results };
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
