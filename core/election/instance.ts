/**
 * What the cloud says of a member's machine. An event comes late, twice or out of order, so it only makes whoever takes
 * it ask the cloud, and what the cloud answered is put beside the heartbeat that was the newest when it was asked: a
 * newer one refutes it.
 */
import { type Beat, compareBeats } from '../beat.ts';
import { after, since } from '../time.ts';
import type { GroupState, InstanceFact, MemberState } from '../wire/item.ts';
import type { NodeId } from '../wire/names.ts';
import { isAhead } from './elapsed.ts';
import { GONE_SILENT_HEARTBEATS, LEAVING_MS } from './rules.ts';
import { eventOf } from './transfer.ts';
import type { Outcome, StepContext } from './types.ts';

/** `leaving`: it will stop, and may still serve. `gone`: its kernel has ended, and all that it had bound with it. */
const MEANING: Readonly<Record<InstanceFact, 'running' | 'retiring' | 'leaving' | 'gone'>> = {
  running: 'running',
  retiring: 'retiring',
  terminating: 'leaving',
  spot: 'leaving',
  stopping: 'leaving',
  'shutting-down': 'leaving',
  stopped: 'gone',
  terminated: 'gone',
};
/** A worse one is not undone by a lesser one that comes late. */
const SEVERITY = { running: 0, retiring: 1, leaving: 2, gone: 3 } as const;

const meaningOf = ({ cloud }: MemberState) => (cloud === undefined ? 'running' : MEANING[cloud.said]);

export const isGone = (member: MemberState): boolean => meaningOf(member) === 'gone';

/** A stop that has not come about after so long never will: the mark is of an event that was wrong, or very late. */
export const isLeaving = (member: MemberState, ctx: StepContext): boolean =>
  member.cloud !== undefined &&
  meaningOf(member) === 'leaving' &&
  isAhead(after(member.cloud.at, LEAVING_MS), ctx.now, LEAVING_MS);

export const isRetiring = (member: MemberState): boolean => meaningOf(member) === 'retiring';

/**
 * The mark after a heartbeat. A machine that sends is not gone, and one that was started anew is not stopping; where it
 * runs it will still be retired.
 */
export const markAfterBeat = (
  stored: MemberState | undefined,
  boot: number,
  ctx: StepContext,
): MemberState['cloud'] => {
  if (stored === undefined) return undefined;
  if (isRetiring(stored)) return stored.cloud;
  return stored.boot === boot && isLeaving(stored, ctx) ? stored.cloud : undefined;
};

const withMark = (state: GroupState, node: NodeId, cloud: MemberState['cloud']): GroupState => {
  const member = state.members[node];
  if (member === undefined) return state;
  const { cloud: _, ...rest } = member;
  const marked = cloud === undefined ? rest : { ...rest, cloud };
  return { ...state, members: { ...state.members, [node]: marked } };
};

/** What the cloud said, as far as it can be believed against this item; undefined: not at all. */
const believed = (
  member: MemberState,
  said: InstanceFact,
  beat: Beat,
  ctx: StepContext,
): InstanceFact | undefined => {
  if (member.boot !== beat.boot) return undefined;
  if (MEANING[said] !== 'gone') return said;
  const { heartbeatMs } = ctx.config;
  const silent = since(member.at, ctx.now) >= GONE_SILENT_HEARTBEATS * heartbeatMs;
  // It was heard of while, or just before, the cloud was asked: the word may be of before it started.
  return compareBeats(member, beat) === 0 && silent ? said : 'stopping';
};

/** Takes what the cloud says of a machine. */
export const takeInstance = (
  state: GroupState,
  input: { readonly node: NodeId; readonly said: InstanceFact; readonly beat: Beat },
  ctx: StepContext,
): Outcome => {
  const { node, said, beat } = input;
  const member = state.members[node];
  const fact = member === undefined ? undefined : believed(member, said, beat, ctx);
  if (member === undefined || fact === undefined) return { state, effects: [] };
  const [before, now] = [meaningOf(member), MEANING[fact]];
  if (now === 'running') {
    // That it runs refutes a stop, not the notice of one.
    const refuted =
      before === 'gone' || member.cloud?.said === 'stopping' || member.cloud?.said === 'shutting-down';
    return { state: refuted ? withMark(state, node, undefined) : state, effects: [] };
  }
  const stands = before === 'leaving' ? isLeaving(member, ctx) : true;
  if (stands && SEVERITY[now] <= SEVERITY[before]) return { state, effects: [] };
  const marked = withMark(state, node, { said: fact, at: ctx.now });
  return { state: marked, effects: [eventOf(marked, 'instance', ctx, { reason: fact, detail: { node } })] };
};
