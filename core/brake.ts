/**
 * The brake on mass failover. One silent holder is a dead host; a fifth of all holders falling silent within half a
 * minute is far more likely to be a fault between them and the arbiter, and moving them all would make it an outage.
 * So many groups may move on silence; then such claims are refused for a while. Nothing else is held up: a holder that
 * reports a FAULT or resigns, and an operator, speak for themselves.
 *
 * Pure. The state of the brake is shared by all groups and read only when a claim would succeed, which is rare.
 */
import * as z from 'zod/mini';
import { type DurationMs, durationMs, type EpochMs, epochMsSchema, since } from './time.ts';
import { groupNameSchema } from './wire/names.ts';

/** Groups that moved within this time are counted, each once. */
export const BRAKE_WINDOW_MS: DurationMs = durationMs(30_000);
/** How long claims of silence are refused once it has tripped. */
export const BRAKE_HOLD_MS: DurationMs = durationMs(120_000);
/** Fewer than this many groups never trip it, whatever share they are. */
export const BRAKE_GROUPS_MIN = 10;
/** This share of all groups, and more, trips it. */
export const BRAKE_SHARE = 0.2;
/** Remembered moves: more than that trip the brake however many groups there are. */
export const BRAKE_MOVES_MAX = 2000;

const counter = z.int().check(z.nonnegative());

export const brakeStateSchema = z.object({
  rev: counter,
  /** Of the last writer, so that a retried write recognises itself. */
  nonce: z.string(),
  /** How many groups the arbiter has. */
  groups: counter,
  /** Groups that moved on silence, and when. */
  recent: z.array(z.object({ group: groupNameSchema, at: epochMsSchema })),
  trippedAt: z.optional(epochMsSchema),
});
export type BrakeState = z.infer<typeof brakeStateSchema>;

/** A brake that nothing has touched yet. */
export const initialBrake = (): BrakeState => ({ rev: 0, nonce: '', groups: 0, recent: [] });

/** Whether claims of silence are refused now. A clock that stepped back does not hold the brake on for ever. */
export const isBraked = ({ trippedAt }: BrakeState, now: EpochMs): boolean =>
  trippedAt !== undefined && now - trippedAt < BRAKE_HOLD_MS && trippedAt - now < BRAKE_HOLD_MS;

/** What became of a claim. `tripped`: it was this very claim that put the brake on. */
export interface Admission {
  readonly state: BrakeState;
  readonly admitted: boolean;
  readonly tripped: boolean;
}

/**
 * Whether one more group may move on silence now. The state is to be written under the condition that its rev is
 * unchanged; the same object means that there is nothing to write.
 */
export const admit = (state: BrakeState, group: string, now: EpochMs): Admission => {
  if (isBraked(state, now)) return { state, admitted: false, tripped: false };
  const others = state.recent.filter((move) => move.group !== group && since(move.at, now) < BRAKE_WINDOW_MS);
  const count = others.length + 1;
  const { trippedAt: _, ...rest } = state;
  const next = { ...rest, rev: state.rev + 1, recent: [...others, { group, at: now }] };
  const tooMany =
    count > BRAKE_MOVES_MAX || (count >= BRAKE_GROUPS_MIN && count > BRAKE_SHARE * state.groups);
  return tooMany
    ? { state: { ...next, recent: others, trippedAt: now }, admitted: false, tripped: true }
    : { state: next, admitted: true, tripped: false };
};

/** One group more under this arbiter. */
export const withGroup = (state: BrakeState): BrakeState => ({
  ...state,
  rev: state.rev + 1,
  groups: state.groups + 1,
});
