/** What happens on a holder that was asked to let go, before it does: the operator's program, then the end of connections. */
import type { HooksConfig } from '../../core/wire/config.ts';
import { AgentError, messageOf } from '../errors.ts';
import { type Reset, resetSockets } from '../host/sockets.ts';
import type { Log } from '../log.ts';
import type { HookEvent, HookRunner } from './runner.ts';

export interface ReleaseDeps {
  readonly hooks: Pick<HookRunner, 'beforeRelease'>;
  readonly log: Pick<Log, 'info' | 'warn'>;
  readonly reset?: (addresses: readonly string[]) => Promise<Reset>;
}

export interface Release {
  readonly event: Omit<HookEvent, 'state'>;
  readonly hooks: HooksConfig;
  /** `handover: reset-first`. */
  readonly resetsFirst: boolean;
}

const UNSUPPORTED =
  'connections of the VIP could not be ended: clients wait for their time-outs. See sockets-not-reset in docs/doctor.md';

/** Never rejects, and is bounded: whatever goes wrong here, the VIPs are let go. */
export const createRelease = ({ hooks, log, reset = resetSockets }: ReleaseDeps) => {
  let isWarned = false;
  const end = async ({ group, epoch, vips }: Release['event']): Promise<void> => {
    try {
      const { ended, left } = await reset(vips);
      log.info({ group, epoch, ended, left }, 'connections of the VIPs ended');
      // New ones may have come in between. None ended although there are some: it is the kernel.
      if (ended > 0 || left === 0 || isWarned) return;
      isWarned = true;
      log.warn({ group, epoch, left }, UNSUPPORTED);
    } catch (error) {
      const remedy = error instanceof AgentError ? { remedy: error.remedy } : {};
      log.warn(
        { group, epoch, error: messageOf(error), ...remedy },
        'connections of the VIPs were not ended',
      );
    }
  };
  return async ({ event, hooks: config, resetsFirst }: Release): Promise<void> => {
    await hooks.beforeRelease(event, config);
    if (resetsFirst) await end(event);
  };
};
