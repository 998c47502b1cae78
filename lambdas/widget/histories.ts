/** The last decisions about each group, for its timeline and its last failover. */
import type { HistoryEvent } from '../../core/wire/admin.ts';
import type { Deps } from '../arbiter/deps.ts';
import { asArbiterError } from '../errors.ts';
import { logFailure } from '../http/log-failure.ts';

/** Enough for twenty failovers, and one page of a query. */
const EVENTS_MAX = 60;

/** One history that cannot be read hides nothing but itself. */
export const historiesOf = async (
  groups: readonly string[],
  requestId: string,
  deps: Pick<Deps, 'store' | 'logger'>,
): Promise<Record<string, HistoryEvent[] | null>> => {
  const read = async (group: string): Promise<[string, HistoryEvent[] | null]> => {
    try {
      return [group, await deps.store.events.latest(group, EVENTS_MAX)];
    } catch (thrown) {
      logFailure(asArbiterError(thrown), { about: 'the history', group, requestId }, deps);
      return [group, null];
    }
  };
  return Object.fromEntries(await Promise.all(groups.map(read)));
};
