/** Waits for a condition instead of a duration. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Long, for a busy machine; below vitest's own limit, so that a failure names what was waited for. */
const WAIT_MS_MAX = 9000;
const LOOK_MS = 5;

/** Resolves when `holds` returns true. @throws Error naming `what` after 9 s */
export const until = async (what: string, holds: () => boolean): Promise<void> => {
  const endsAt = performance.now() + WAIT_MS_MAX;
  while (!holds()) {
    if (performance.now() > endsAt) throw new Error(`waited in vain until ${what}`);
    await sleep(LOOK_MS);
  }
};
