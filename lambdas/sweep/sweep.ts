/** One run of the sweep: every group's turn, then what all of them came to. */
import { isBraked } from '../../core/brake.ts';
import { since } from '../../core/time.ts';
import type { FabricLook, SweepRecord } from '../../core/wire/sweep.ts';
import { asArbiterError } from '../errors.ts';
import { logFailure } from '../http/log-failure.ts';
import { allGroups } from '../store/groups.ts';
import { type SweepDeps, sweepGroup } from './group.ts';

/** So many turns at once. EC2 gives Describe calls 20 a second, and moves, which share them, come first. */
const AT_ONCE = 4;

export interface SweepAnswer {
  readonly groups: number;
  /** Turns that failed; the reasons are in the log. */
  readonly failed: number;
}

/** What lies beside the groups keeps nobody from sweeping them. */
const orUnknown = async <T>(
  about: string,
  deps: SweepDeps,
  read: () => Promise<T>,
): Promise<T | undefined> => {
  try {
    return await read();
  } catch (thrown) {
    logFailure(asArbiterError(thrown), { about }, deps);
    return undefined;
  }
};

type Turn = 'failed' | { readonly look: FabricLook | undefined };

/** One group that cannot be swept keeps none of the others from its turn. */
const turnOf = async (group: string, deps: SweepDeps): Promise<Turn> => {
  try {
    return { look: await sweepGroup(group, deps) };
  } catch (thrown) {
    logFailure(asArbiterError(thrown), { group, about: 'sweep' }, deps);
    return 'failed';
  }
};

const allTurns = async (groups: readonly string[], deps: SweepDeps): Promise<ReadonlyMap<string, Turn>> => {
  const turns = new Map<string, Turn>();
  const waiting = [...groups];
  const work = async (): Promise<void> => {
    for (let group = waiting.shift(); group !== undefined; group = waiting.shift())
      turns.set(group, await turnOf(group, deps));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return turns;
};

/** A look that failed leaves the one before: its age tells how much it is worth. */
const looksAfter = (turns: ReadonlyMap<string, Turn>, before: SweepRecord | undefined) =>
  Object.fromEntries(
    [...turns].flatMap(([group, turn]) => {
      const look = (turn === 'failed' ? undefined : turn.look) ?? before?.looks[group];
      return look === undefined ? [] : [[group, look]];
    }),
  );

/**
 * Sweeps once. Safe to run twice at a time.
 * @throws StoreUnavailable, Misconfigured: nothing was swept, and nothing says that it was
 */
export const sweep = async (deps: SweepDeps): Promise<SweepAnswer> => {
  const at = deps.clock();
  const [groups, before, brake] = await Promise.all([
    allGroups(deps.store),
    orUnknown('the last sweep', deps, () => deps.store.sweeps.last()),
    orUnknown('the brake', deps, () => deps.store.brake.load()),
  ]);
  const turns = await allTurns(groups, deps);
  const looks = looksAfter(turns, before);
  await deps.store.sweeps.put({ at, tookMs: since(at, deps.clock()), looks });
  const braked = brake === undefined ? undefined : isBraked(brake, deps.clock());
  deps.metrics.tell({ Sweeps: 1, ...(braked === undefined ? {} : { Brake: Number(braked) }) });
  const failed = [...turns.values()].filter((turn) => turn === 'failed').length;
  return { groups: groups.length, failed };
};
