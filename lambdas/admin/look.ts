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
import type { Deps } from '../arbiter/deps.ts';
import { asArbiterError } from '../errors.ts';
import { logFailure } from '../http/log-failure.ts';
import { groupStatus } from './status.ts';

/** Groups in one answer: all their items are read at once. */
const PAGE_GROUPS = 32;

const statusOf = async (group: string, deps: Deps): Promise<GroupStatus> => {
  const state = await deps.store.load(group);
  const config = await deps.configs.of(group, state.configHash);
  return groupStatus(state, config, deps.clock());
};

/** One group that cannot be read hides none of the others. */
const statusOrFailure = async (
  name: string,
  requestId: string,
  deps: Deps,
): Promise<GroupStatus | GroupFailure> => {
  try {
    return await statusOf(name, deps);
  } catch (thrown) {
    const error = asArbiterError(thrown);
    logFailure(error, { group: name, requestId }, deps);
    return { name, error: error.toWire(requestId) };
  }
};

const brakeNow = async (requestId: string, deps: Deps): Promise<StatusResponse['brake']> => {
  try {
    const brake = await deps.store.brake.load();
    const now = deps.clock();
    const until = brake.trippedAt === undefined ? now : after(brake.trippedAt, BRAKE_HOLD_MS);
    const engaged = isBraked(brake, now);
    return { engaged, leftMs: engaged ? since(now, until) : 0 };
  } catch (thrown) {
    logFailure(asArbiterError(thrown), { about: 'the brake', requestId }, deps);
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
  if (group !== undefined) {
    const status = await statusOf(group, deps);
    return { v: 1, at: deps.clock(), groups: [status], brake: await brake };
  }
  // One more than is told shows whether there are more.
  const names = await deps.store.groups(from, PAGE_GROUPS + 1);
  const page = names.slice(0, PAGE_GROUPS);
  const groups = await Promise.all(page.map((name) => statusOrFailure(name, requestId, deps)));
  const last = names.length > PAGE_GROUPS ? page.at(-1) : undefined;
  return {
    v: 1,
    at: deps.clock(),
    groups,
    ...(last === undefined ? {} : { after: last }),
    brake: await brake,
  };
};

/** @throws UnknownGroup: a group without decisions is not one that does not exist; StoreUnavailable */
export const lookAtHistory = async (
  { group, limit }: HistoryRequest,
  deps: Deps,
): Promise<HistoryResponse> => {
  const [events] = await Promise.all([deps.store.events.latest(group, limit), deps.store.load(group)]);
  return { v: 1, group, events };
};
