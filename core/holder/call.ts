/**
 * Calls between peers (`peerDetection`). Heartbeats may be far apart, and what a holder tells the arbiter of itself concerns
 * its successor now. So when the arbiter has heard it, the holder calls its peers, and whoever is called asks the arbiter.
 */
import type { GroupReport } from '../wire/heartbeat.ts';
import { peersIn } from './peers.ts';
import type { AnswerInput, HolderContext, HolderOutcome, HolderState } from './types.ts';

/** What a report says of its host that may call for another holder, or for the next step towards one; if anything. */
export const newsOf = ({
  released,
  resign,
  health,
  degradedBy,
  wavering,
}: GroupReport): string | undefined => {
  if (released !== undefined) return `released ${released}`;
  if (resign === true) return 'resign';
  if (health === 'fault') return 'fault';
  if (degradedBy !== undefined) return `degraded by ${degradedBy.join(', ')}`;
  return wavering === true ? 'a check wavers' : undefined;
};

/** A holder's news, or that of one that has let go. A standby's concerns nobody but itself. */
const isWorthACall = ({ role }: HolderState, { released }: AnswerInput): boolean =>
  role === 'MASTER' || released !== undefined;

/** After an answer: the peers are called for what the answered request said, once. Before it the arbiter might not know. */
export const callFor = (
  before: HolderState,
  { state, effects }: HolderOutcome,
  input: AnswerInput,
  ctx: HolderContext,
): HolderOutcome => {
  const { news } = input;
  if (ctx.profile.peerDetection === undefined || news === before.newsTold) return { state, effects };
  const told = { ...state, newsTold: news };
  if (news === undefined || !isWorthACall(before, input)) return { state: told, effects };
  const message = `called its peers, the arbiter knows: ${news}`;
  return { state: told, effects: [...effects, { kind: 'call' }, { kind: 'log', level: 'info', message }] };
};

/** A standby that was called asks at once, by a heartbeat of all its groups: peers share one session for all of them. */
export const noteCalls = (state: HolderState, ctx: HolderContext): HolderState => {
  const calls = Object.values(peersIn(ctx)).reduce((sum, view) => sum + view.calls, 0);
  const before = state.calls ?? 0;
  if (calls === before) return state;
  // Fewer: of a peer that is none any more.
  const isCalled = calls > before && state.role === 'BACKUP';
  return isCalled ? { ...state, calls, asking: true, nextBeatAt: ctx.now } : { ...state, calls };
};
