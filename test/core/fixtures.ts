/** Small builders for tests of core/: three members, one VIP, 1 s heartbeats and a 3 s lease, all times relative to NOW. */
import { step } from '../../core/election/step.ts';
import type { Effect, Input, MoveEffect, Outcome, StepContext } from '../../core/election/types.ts';
import { initialHolder } from '../../core/holder/step.ts';
import type { GroupProfile, HolderContext, HolderEffect, HolderState } from '../../core/holder/types.ts';
import { type BootMs, bootMs, durationMs, type EpochMs, epochMs } from '../../core/time.ts';
import type { Claim, GroupAnswer, GroupReport } from '../../core/wire/heartbeat.ts';
import type { GroupConfig, GroupState, MemberState } from '../../core/wire/item.ts';

export const A = 'i-0000000000000000a';
export const B = 'i-0000000000000000b';
export const C = 'i-0000000000000000c';
export const STRANGER = 'i-0000000000000000f';
export const ENI = { [A]: 'eni-0000000a', [B]: 'eni-0000000b', [C]: 'eni-0000000c' } as const;
/** Of no member. */
export const STRANGER_ENI = 'eni-000000ff';
export const VIP = '172.31.0.201';
export const VIP2 = '172.31.0.202';
export const VIPS = [{ address: VIP, fabric: 'secondary-ip' }] as const;
export const TWO_VIPS = [...VIPS, { address: VIP2, fabric: 'secondary-ip' }] as const;
export const HB_MS = 1000;
export const LEASE_MS = 3000;
export const EPOCH = 5;
export const BOOT = 7;

/** The instant at which arbiter tests begin; `at(250)` is 250 ms later, `at(-250)` earlier. */
export const NOW = 1_000_000;
export const at = (offsetMs: number): EpochMs => epochMs(NOW + offsetMs);
/** The same on a host's boot clock, which begins elsewhere. */
export const boot = (offsetMs: number): BootMs => bootMs(50_000 + offsetMs);

export const groupConfig = (over: Partial<GroupConfig> = {}): GroupConfig => ({
  group: 'mysql',
  hash: 'abc',
  vips: [...VIPS],
  heartbeatMs: durationMs(HB_MS),
  leaseMs: durationMs(LEASE_MS),
  preempt: false,
  preemptDelayMs: durationMs(0),
  holdDownMs: durationMs(60_000),
  members: {
    [A]: { eni: ENI[A], address: '172.31.0.11', priority: 100 },
    [B]: { eni: ENI[B], address: '172.31.0.12', priority: 100 },
    [C]: { eni: ENI[C], address: '172.31.0.13', priority: 100 },
  },
  ...over,
});

export const ctxAt = (offsetMs = 0, config = groupConfig(), mayMove = true): StepContext => ({
  now: at(offsetMs),
  config,
  mayMove,
});

export const member = (over: Partial<MemberState> = {}): MemberState => ({
  boot: BOOT,
  seq: 10,
  at: at(0),
  priority: 100,
  health: 'ok',
  bound: false,
  inFabric: false,
  holdMs: 0,
  okSince: at(-60_000),
  ...over,
});

/** A holds at EPOCH since a minute and is settled; B is the better standby (longer ready), C the other. */
export const heldState = (over: Partial<GroupState> = {}): GroupState => ({
  group: 'mysql',
  rev: 100,
  nonce: 'n',
  configHash: 'abc',
  epoch: EPOCH,
  holder: A,
  phase: 'held',
  phaseAt: at(-60_000),
  reason: 'first',
  firstReportAt: at(-120_000),
  members: {
    [A]: member({ bound: true, inFabric: true }),
    [B]: member({ okSince: at(-50_000), absentEpoch: EPOCH }),
    [C]: member({ okSince: at(-40_000), absentEpoch: EPOCH }),
  },
  ...over,
});

/** As {@link heldState}, with some members changed. */
export const heldWith = (
  members: Record<string, Partial<MemberState>>,
  over: Partial<GroupState> = {},
): GroupState => {
  const state = heldState(over);
  const changed: GroupState['members'] = { ...state.members };
  for (const [node, fields] of Object.entries(members))
    changed[node] = { ...(state.members[node] ?? member()), ...fields };
  return { ...state, members: changed };
};

/** A move to B at EPOCH is under way since NOW, ordered as rev 100. */
export const movingState = (over: Partial<GroupState> = {}): GroupState =>
  heldState({
    holder: B,
    phase: 'moving',
    phaseAt: at(0),
    reason: 'silence',
    move: { id: 100, attempt: 1, at: at(0), inFlight: true },
    ...over,
  });

export const report = (over: Partial<GroupReport> = {}): GroupReport => ({
  name: 'mysql',
  configHash: 'abc',
  epochSeen: EPOCH,
  priority: 100,
  health: 'ok',
  holdMs: 0,
  vips: { [VIP]: { bound: false, inFabric: false } },
  ...over,
});

export const PRESENT = { [VIP]: { bound: true, inFabric: true } };
export const ABSENT = { [VIP]: { bound: true, inFabric: false } };

/** A heartbeat; `seq` 11 is the next one after {@link member}'s. */
export const beatOf = (
  node: string,
  over: Partial<GroupReport> = {},
  seq = 11,
  bootNumber = BOOT,
): Input => ({
  kind: 'report',
  node,
  beat: { boot: bootNumber, seq },
  report: report(node === A && over.vips === undefined ? { vips: PRESENT, ...over } : over),
});

/** What B claims when it has watched A's beat 7:10 for exactly one lease. */
export const claim = (over: Partial<Claim> = {}): Claim => ({
  epoch: EPOCH,
  holder: A,
  beat: `${BOOT}:10`,
  silentMs: LEASE_MS,
  evidence: 'silence',
  ...over,
});

export const movedInput = (over: Partial<Extract<Input, { kind: 'moved' }>> = {}): Input => ({
  kind: 'moved',
  epoch: EPOCH,
  moveId: 100,
  results: [{ address: VIP, ok: true }],
  ...over,
});

export const failedResult = (permanent: boolean) => ({
  address: VIP,
  ok: false,
  error: {
    code: permanent ? 'PrivateIpAddressLimitExceeded' : 'RequestLimitExceeded',
    message: 'no',
    permanent,
  },
});

export const observedInput = (owner: string | null, address: string = VIP): Input => ({
  kind: 'observed',
  observations: [{ address, owner }],
});

export const movesIn = (effects: readonly Effect[]): MoveEffect[] =>
  effects.filter((effect) => effect.kind === 'move');
export const looksIn = (effects: readonly Effect[]): Effect[] =>
  effects.filter((effect) => effect.kind === 'look');
export const eventsIn = (effects: readonly Effect[]): string[] =>
  effects.flatMap((effect) => (effect.kind === 'emit' ? [effect.event.type] : []));
export const metricsIn = (effects: readonly Effect[]): Record<string, number> =>
  Object.fromEntries(
    effects.flatMap((effect) => (effect.kind === 'metric' ? [[effect.name, effect.value]] : [])),
  );

/** Whether the step gave the group a new holder, and if so whom and why. */
export const transferOf = (
  before: GroupState,
  { state }: Outcome,
): { to: string | null; reason: string } | undefined =>
  state.epoch === before.epoch ? undefined : { to: state.holder, reason: state.reason };

/** One step on `state`; `transferred` names the new holder and the reason, if there is one. */
export const run = (state: GroupState, input: Input, ctx: StepContext = ctxAt()) => {
  const outcome = step(state, input, ctx);
  return { ...outcome, transferred: transferOf(state, outcome) };
};

export const profile = (over: Partial<GroupProfile> = {}): GroupProfile => ({
  name: 'mysql',
  vips: [VIP],
  configHash: 'abc',
  heartbeatMs: durationMs(HB_MS),
  leaseMs: durationMs(LEASE_MS),
  preemptDelayMs: durationMs(0),
  ...over,
});

export const hostAt = (offsetMs = 0, over: Partial<HolderContext> = {}): HolderContext => ({
  now: boot(offsetMs),
  node: B,
  profile: profile(),
  mayFollow: true,
  ...over,
});

/** B, a healthy standby of rank 0 that has watched A's beat 7:10 since `boot(0)` within a whole streak. */
export const standby = (over: Partial<HolderState> = {}): HolderState => ({
  ...initialHolder({ epoch: EPOCH, relEpoch: 0, master: false }, {}),
  role: 'BACKUP',
  told: 'BACKUP',
  rev: 100,
  looked: true,
  assessment: { health: 'ok', priority: 100, wavering: false, degradedBy: [] },
  rank: 0,
  nextBeatAt: boot(1000),
  streak: { since: boot(-20_000), receivedAt: boot(0), sentAt: boot(-10), sawChange: true },
  watch: { epoch: EPOCH, holder: A, beat: `${BOOT}:10`, since: boot(0), creditMs: durationMs(0), holdMs: 0 },
  ...over,
});

/** B as the holder, with its VIP bound and listed. */
export const master = (over: Partial<HolderState> = {}): HolderState => {
  const { rank: _r, watch: _w, ...rest } = standby();
  return { ...rest, role: 'MASTER', told: 'MASTER', bound: [VIP], listed: [VIP], wasListed: true, ...over };
};

/** An answer that tells B about A's beat 7:11, newer than anything in {@link standby}. */
export const answer = (over: Partial<GroupAnswer> = {}): GroupAnswer => ({
  rev: 101,
  role: 'BACKUP',
  epoch: EPOCH,
  holder: { node: A, beat: `${BOOT}:11`, ageMs: 0, holdMs: 0, priority: 100 },
  heartbeatMs: HB_MS,
  rank: 0,
  reason: 'first',
  ...over,
});

export const kindsOf = (effects: readonly HolderEffect[]): string[] =>
  effects.filter((effect) => effect.kind !== 'log').map((effect) => effect.kind);
export const beatsIn = (effects: readonly HolderEffect[]): string[] =>
  effects.flatMap((effect) => (effect.kind === 'beat' ? [effect.why] : []));
export const hooksIn = (effects: readonly HolderEffect[]): string[] =>
  effects.flatMap((effect) => (effect.kind === 'hook' ? [effect.state] : []));
export const boundBy = (effects: readonly HolderEffect[]): string[] =>
  effects.flatMap((effect) => (effect.kind === 'bind' ? [...effect.vips] : []));
export const unboundBy = (effects: readonly HolderEffect[]): string[] =>
  effects.flatMap((effect) => (effect.kind === 'unbind' ? [...effect.vips] : []));
