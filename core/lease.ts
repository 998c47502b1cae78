/**
 * The arithmetic of a lease, for groups where the lease itself is the fence (`exclusive`): no network keeps two hosts
 * apart there, so a holder must have let go before anybody else may take over, on clocks that run at different rates.
 *
 * A hold belongs to one heartbeat. The holder counts it down from the **sending** of that heartbeat on its own boot
 * clock and shortened by the clock error; a standby counts it from the **receipt** of the answer that shows the
 * heartbeat, on its own clock and lengthened by the clock error. Whatever the network does in between, the first ends
 * before the second.
 */
import { after, type BootMs, type DurationMs, durationMs } from './time.ts';

/** By how much the rate of a host's boot clock may be wrong, as a fraction. */
export const CLOCK_RATE_ERROR = 0.05;
/** What a holder may take from its last look at the clock to the kernel's change: loop lag, `ip`, clock quanta. */
export const MARGIN_MS: DurationMs = durationMs(100);

/**
 * The hold of a heartbeat: the group's lease, but never less than what its sender may still count on. A lease that a
 * deployment has just shortened binds nobody before the holder has counted its old one down.
 * @param reportedMs what the sender might still hold at the moment of sending, by its own clock
 */
export const holdMsOf = (leaseMs: DurationMs, reportedMs: number): DurationMs => {
  const reported = reportedMs === 0 ? 0 : Math.ceil((reportedMs + MARGIN_MS) / (1 - CLOCK_RATE_ERROR));
  return durationMs(Math.max(leaseMs, reported));
};

/** The instant at which the sender of a heartbeat must have let go, on its own boot clock. */
export const deadlineOf = (sentAt: BootMs, holdMs: number): BootMs =>
  after(sentAt, Math.floor(holdMs * (1 - CLOCK_RATE_ERROR)) - MARGIN_MS);

/** For how long a heartbeat must have been the newest, on a standby's boot clock, until its hold is over for sure. */
export const silenceOf = (holdMs: number): DurationMs =>
  durationMs(Math.ceil(holdMs * (1 + CLOCK_RATE_ERROR)));

/**
 * Who lets go when the agent cannot: the kernel. `address`: the address has a lifetime (`valid_lft`, whole seconds).
 * `nft`: the address has none, but packets pass only while a set element with a time-out lives (milliseconds).
 */
export type KernelExpiry = 'address' | 'nft';

interface ExpiryTraits {
  /** How late the kernel may be. Measured: `test/agent/host/expiry.test.ts`; why so much: decision 15. */
  readonly lateMs: DurationMs;
  readonly quantumMs: DurationMs;
  /** Shorter is not worth binding for. */
  readonly leastMs: DurationMs;
}

export const KERNEL_EXPIRY: Readonly<Record<KernelExpiry, ExpiryTraits>> = {
  address: { lateMs: durationMs(1500), quantumMs: durationMs(1000), leastMs: durationMs(1000) },
  nft: { lateMs: durationMs(20), quantumMs: durationMs(1), leastMs: durationMs(50) },
};

/** The lifetime to give to an address now, so that the kernel lets go before `until`; 0: it is too late to bind. */
export const lifetimeMs = (until: BootMs, now: BootMs, expiry: KernelExpiry): DurationMs => {
  const { lateMs, quantumMs, leastMs } = KERNEL_EXPIRY[expiry];
  const whole = Math.floor((until - now - lateMs) / quantumMs) * quantumMs;
  return durationMs(whole >= leastMs ? whole : 0);
};
