/**
 * VIPs that the kernel has without a lifetime although their group's lease is the fence: another hand has bound them. Nothing would take
 * them away if the agent were killed, nor while it does not run.
 */
import type { BootMs } from '../time.ts';
import type { GroupProfile, HolderContext, HolderState } from './types.ts';

type Fence = Pick<GroupProfile, 'vips' | 'kernelExpiry' | 'observes'>;

/** An address that the kernel has. */
export interface Lasting {
  readonly address: string;
  /** For how long yet, seconds; Infinity: for ever. */
  readonly lifetimeS: number;
}

/** Behind an nft guard addresses have no lifetime, but their packets do. Where another system binds them they are its affair. */
const endsByAddress = ({ kernelExpiry, observes }: Fence): boolean =>
  kernelExpiry === 'address' && observes !== true;

/**
 * What must go before anything else when an agent starts: it knows neither who it is nor who holds, and may not for long.
 * What has a lifetime stays: it may be serving.
 */
export const endlessOf = (profiles: readonly Fence[], bound: readonly Lasting[]): string[] => {
  const vips = new Set(profiles.filter(endsByAddress).flatMap((profile) => profile.vips));
  const endless = bound.filter(({ address, lifetimeS }) => vips.has(address) && lifetimeS === Infinity);
  return [...new Set(endless.map(({ address }) => address))];
};

/** Whether lifetimes of this group are to be looked at between two answers. */
export const isWatched = (state: HolderState, { profile }: Pick<HolderContext, 'profile'>): boolean =>
  endsByAddress(profile) && state.role === 'MASTER';

/**
 * Until when a holder's VIPs are to be bound anew, because the kernel would not end them; undefined: they are well, or not its own.
 * @param expiresInMs the longest that any of them has; undefined: for ever
 */
export const endAgainBy = (
  state: HolderState,
  { bound, expiresInMs }: { readonly bound: readonly string[]; readonly expiresInMs?: number | undefined },
  ctx: Pick<HolderContext, 'profile' | 'now'>,
): BootMs | undefined => {
  if (bound.length === 0 || expiresInMs !== undefined || !isWatched(state, ctx)) return undefined;
  const { deadline, epoch, relEpoch } = state;
  const holds = deadline !== undefined && ctx.now < deadline && epoch > relEpoch;
  return holds ? deadline : undefined;
};
