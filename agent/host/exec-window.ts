/**
 * How long a command may take that gives the kernel a lifetime. A lifetime counts from the instant at which the kernel
 * takes it, so a command that is late makes the kernel let go late: it is killed before that could matter.
 */
import { KERNEL_EXPIRY, type KernelExpiry, lifetimeMs } from '../../core/lease.ts';
import { after, type BootMs, type DurationMs, durationMs } from '../../core/time.ts';
import { HostError } from '../errors.ts';

/** The command's share of the margin (`MARGIN_MS`); the rest is for the loop's lag and for two steps of the clock. */
const EXEC_MS_MAX = 60;
/**
 * What a lifetime is shortened by so that a command on a busy host is not killed in vain. Whole seconds leave room by
 * themselves; shortening them further could cost a second. `nft` waits for the kernel's grace period, 15 ms and more.
 */
const SPARE_MS: Readonly<Record<KernelExpiry, number>> = { address: 0, nft: 150 };

export interface ExecWindow {
  /** The lifetime to give. */
  readonly lifetimeMs: DurationMs;
  /** The command must have ended by then. */
  readonly timeoutMs: number;
}

/**
 * To be asked immediately before the command.
 * @throws HostError `too-late` when there is nothing left to give
 */
export const execWindow = (until: BootMs, now: BootMs, expiry: KernelExpiry): ExecWindow => {
  const lifetime = lifetimeMs(until, after(now, SPARE_MS[expiry]), expiry);
  if (lifetime === 0) throw tooLate();
  const latest = until - KERNEL_EXPIRY[expiry].lateMs - lifetime;
  return { lifetimeMs: durationMs(lifetime), timeoutMs: Math.max(0, latest - now) + EXEC_MS_MAX };
};

/** The right to bind has ended, or ends too soon. Expected whenever answers are slow. */
export const tooLate = (): HostError =>
  new HostError('too-late', 'the right to bind has ended', {
    remedy: 'none needed: the next answer of the arbiter decides',
  });
