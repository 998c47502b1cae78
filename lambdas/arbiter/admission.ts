/**
 * Puts a replacement for silence to the brake on mass failover. Two calls to the table, or one while it is on, and only
 * when a holder is about to be replaced: an ordinary heartbeat never comes here.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Admission, admit, BRAKE_HOLD_MS, BRAKE_WINDOW_MS } from '../../core/brake.ts';
import { since } from '../../core/time.ts';
import type { GroupConfig } from '../../core/wire/item.ts';
import { brakeEngaged } from '../publish/published.ts';
import type { Deps } from './deps.ts';
import { publish } from './notes.ts';

/** Lost swaps until the claim is refused, and for how long it is tried. */
const TRIES_MAX = 20;
const BUDGET_MS = 150;
/** The longest pause after a lost swap; it grows up to this with each one. */
const PAUSE_MS_MAX = 80;
const PAUSE_MS_STEP = 10;

/** What an operator has to hear, once for each time: from here on nobody is replaced for silence. */
const tell = (group: string, { state }: Admission, deps: Deps): void => {
  deps.metrics.tell({ Brake: 1 });
  const { groups, recent, trippedAt } = state;
  const times = { windowMs: BRAKE_WINDOW_MS, holdMs: BRAKE_HOLD_MS };
  deps.logger.warn('brake', { group, moved: recent.length, groups, trippedAt, ...times });
  const reason = `${recent.length + 1} of ${groups} groups would have moved on silence within ${BRAKE_WINDOW_MS / 1000} s`;
  void publish(brakeEngaged(deps.arbiter, trippedAt ?? deps.clock(), reason), { group }, deps);
};

/**
 * Whether one more group may change hands because its holder is silent. One that was lost in the crowd may not, this time: the
 * claim is refused as if the brake were on, and is made again after a moment. A failed request instead would break what
 * the standby has watched without a gap, and after an outage of the arbiter it would have to watch for ten seconds anew.
 * And it is refused before it is made again: a newer heartbeat of the same standby, once written, makes an older one void.
 * @throws as `Store.load`: who cannot ask may not move either
 */
export const isAdmitted = async (
  { group, heartbeatMs }: Pick<GroupConfig, 'group' | 'heartbeatMs'>,
  deps: Deps,
): Promise<boolean> => {
  const { brake } = deps.store;
  const startedAt = deps.clock();
  // A claim is repeated after a heartbeat at the latest.
  const budgetMs = Math.min(BUDGET_MS, heartbeatMs / 2);
  let current = await brake.load();
  for (let tries = 1; tries <= TRIES_MAX; tries += 1) {
    const admission = admit(current, group, deps.clock());
    if (admission.state === current) return admission.admitted;
    const swap = await brake.swap(current.rev, admission.state, deps.nonce());
    if (swap.swapped) {
      if (admission.tripped) tell(group, admission, deps);
      return admission.admitted;
    }
    if (since(startedAt, deps.clock()) >= budgetMs) break;
    await sleep(deps.random() * Math.min(PAUSE_MS_MAX, tries * PAUSE_MS_STEP));
    // What the loss brought along is out of date once another has won during the pause: in a crowd, always.
    current = await brake.load();
  }
  deps.logger.warn('brake-crowded', { group });
  return false;
};
