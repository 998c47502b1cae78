/** What an operator may look at: how groups are, and what was decided about one. Nothing here writes. */
import { BRAKE_HOLD_MS, isBraked } from '../../core/brake.ts';
import { after, since } from '../../core/time.ts';
import type {
  GroupFailure,
  GroupStatus,
  HistoryRequest,
  HistoryResponse,
  StatusRequest,
  StatusResponse,
} from '../../core/wire/admin.ts';
import type { SweepRecord } from '../../core/wire/sweep.ts';
import type { Deps } from '../arbiter/deps.ts';
import { asArbiterError } from '../errors.ts';
import { logFailure } from '../http/log-failure.ts';
import { groupStatus } from './status.ts';

/** Groups in one answer: all their items are read at once. */
const PAGE_GROUPS = 32;

/** What is missing must not hide the rest: undefined, and a line in the log. */
const orUndefined = async <T>(
  about: string,
  requestId: string,
  deps: Deps,
  read: () => Promise<T>,
): Promise<T | undefined> => {
  try {
    return await read();
  } catch (thrown) {
    logFailure(asArbiterError(thrown), { about, requestId }, deps);
    return undefined;
  }
};

/** The last sweep; one that cannot be read counts as none. */
type LastSweep = Promise<SweepRecord | undefined>;

const statusOf = async (
  group: string,
  sweep: LastSweep,
  requestId: string,
  deps: Deps,
): Promise<GroupStatus> => {
  const told = orUndefined(`details of ${group}`, requestId, deps, () => deps.store.details.of(group));
  const state = await deps.store.load(group);
  const config = await deps.configs.of(group, state.configHash);
  const [details, swept] = await Promise.all([told, sweep]);
  return groupStatus(state, config, deps.clock(), { details, look: swept?.looks[group] });
};

/** One group that cannot be read hides none of the others. */
const statusOrFailure = async (
  name: string,
  sweep: LastSweep,
  requestId: string,
  deps: Deps,
): Promise<GroupStatus | GroupFailure> => {
  try {
    return await statusOf(name, sweep, requestId, deps);
  } catch (thrown) {
    const error = asArbiterError(thrown);
    logFailure(error, { group: name, requestId }, deps);
    return { name, error: error.toWire(requestId) };
  }
};

const brakeNow = async (requestId: string, deps: Deps): Promise<StatusResponse['brake']> => {
  const brake = await orUndefined('the brake', requestId, deps, () => deps.store.brake.load());
  if (brake === undefined) return null;
  const now = deps.clock();
  const until = brake.trippedAt === undefined ? now : after(brake.trippedAt, BRAKE_HOLD_MS);
  const engaged = isBraked(brake, now);
  return { engaged, leftMs: engaged ? since(now, until) : 0 };
};

/** What CloudWatch does not answer hides nothing. */
const pulseNow = async (requestId: string, { pulse, logger }: Deps): Promise<StatusResponse['pulse']> => {
  try {
    return (await pulse?.()) ?? null;
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.name : String(thrown);
    logger.warn('pulse-unknown', { requestId, reason });
    return null;
  }
};

/** @throws UnknownGroup, CorruptItem, Misconfigured of the one group that was asked for; StoreUnavailable */
export const lookAtStatus = async (
  { group, after: from }: StatusRequest,
  requestId: string,
  deps: Deps,
): Promise<StatusResponse> => {
  const brake = brakeNow(requestId, deps);
  const pulse = pulseNow(requestId, deps);
  const sweep = orUndefined('the last sweep', requestId, deps, () => deps.store.sweeps.last());
  const rest = async (): Promise<Omit<StatusResponse, 'groups'>> => {
    const swept = await sweep;
    const at = deps.clock();
    const age = swept === undefined ? null : { ageMs: since(swept.at, at) };
    return { v: 1, at, brake: await brake, arbiter: deps.arbiter, sweep: age, pulse: await pulse };
  };
  if (group !== undefined) {
    const status = await statusOf(group, sweep, requestId, deps);
    return { ...(await rest()), groups: [status] };
  }
  // One more than is told shows whether there are more.
  const names = await deps.store.groups(from, PAGE_GROUPS + 1);
  const page = names.slice(0, PAGE_GROUPS);
  const groups = await Promise.all(page.map((name) => statusOrFailure(name, sweep, requestId, deps)));
  const last = names.length > PAGE_GROUPS ? page.at(-1) : undefined;
  return { ...(await rest()), groups, ...(last === undefined ? {} : { after: last }) };
};

/** @throws UnknownGroup: a group without decisions is not one that does not exist; StoreUnavailable */
export const lookAtHistory = async (
  { group, limit }: HistoryRequest,
  deps: Deps,
): Promise<HistoryResponse> => {
  const [events] = await Promise.all([deps.store.events.latest(group, limit), deps.store.load(group)]);
  return { v: 1, group, events };
};
