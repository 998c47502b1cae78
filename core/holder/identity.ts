/** Which agent is the one that speaks for a host. */
import type { Beat } from '../beat.ts';

/** What this agent knows about its own standing. */
export interface Identity {
  readonly boot: number;
  /** The arbiter has taken at least one heartbeat of this boot. */
  readonly acknowledged: boolean;
  /** The highest sequence number sent under this boot. */
  readonly seq: number;
  /** This agent has already raised its boot above a stored one. */
  readonly jumped: boolean;
}

/**
 * What a StaleBeat (409) means. `late`: one of our own heartbeats was overtaken by a later one, or was taken although
 * its answer got lost on the way, and came back as a stranger to itself. `jump`: the
 * persisted boot was lost or the clock stepped back before our first heartbeat counted; go above the stored one,
 * once. `superseded`: another agent speaks for this host now; stop, run no hook and unbind nothing.
 */
export const onStaleBeat = (own: Identity, stored: Beat): 'late' | 'jump' | 'superseded' => {
  if (stored.boot < own.boot) return 'late';
  if (stored.boot === own.boot && (own.acknowledged || stored.seq <= own.seq)) return 'late';
  return own.acknowledged || own.jumped ? 'superseded' : 'jump';
};
