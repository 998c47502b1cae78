/** What the loop needs of the host and the network. `main.ts` connects the real ones; tests may connect others. */
import type { GroupProfile, PrepareOutcome } from '../../core/holder/types.ts';
import type { PeerViews } from '../../core/suspicion.ts';
import type { BootMs, DurationMs } from '../../core/time.ts';
import type { HeartbeatRequest, HeartbeatResponse, WireError } from '../../core/wire/heartbeat.ts';
import type { NodeId } from '../../core/wire/names.ts';

/** How a heartbeat ended. `sentAt` is the boot clock when it was asked for, before anything left. */
export type Reply = { readonly sentAt: BootMs; readonly receivedAt: BootMs } & (
  | { readonly kind: 'answer'; readonly response: HeartbeatResponse }
  | { readonly kind: 'refused'; readonly status: number; readonly error: WireError }
  | { readonly kind: 'throttled'; readonly status: number }
  | { readonly kind: 'server'; readonly status: number }
  | { readonly kind: 'network'; readonly cause: unknown }
);

/** What survives a restart, per group. */
export interface Memory {
  readonly epoch: number;
  readonly relEpoch: number;
  readonly master: boolean;
}

/** VIPs that an earlier run left bound. */
export interface Leftovers {
  readonly bound: readonly string[];
  /** For how long the last of them may live, the kernel's lateness included; absent: for ever, or nothing is bound. */
  readonly expiresInMs?: DurationMs;
}

export interface HookCall {
  readonly group: string;
  readonly state: 'MASTER' | 'BACKUP' | 'FAULT' | 'STOP';
  readonly priority: number;
  readonly epoch: number;
}

/** A candidate was asked to prepare for holding under `epoch`. */
export type PrepareCall = Omit<HookCall, 'state'>;

/** How that ended, and how long it took. */
export interface Prepared {
  readonly outcome: PrepareOutcome;
  readonly ms: number;
}

/** A holder was asked to let go: what is to be done before it unbinds. */
export type ReleaseCall = Omit<HookCall, 'state'>;

export interface LoopLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface Ports {
  readonly node: NodeId;
  readonly version: string;
  readonly now: () => BootMs;
  readonly post: (request: HeartbeatRequest, options: { readonly timeoutMs: DurationMs }) => Promise<Reply>;
  /** The group's VIPs that serve: the kernel has them and lets their packets pass. Asked twice a second. */
  readonly bound: (group: GroupProfile) => readonly string[];
  /** The group's VIPs that the kernel has although it lets none of their packets pass any more. */
  readonly spent: (group: GroupProfile) => readonly string[];
  /**
   * Binds VIPs, or renews them. `until`: exclusive groups; the kernel must have let go by then, whatever happens here.
   * Resolves with those of the group that are bound; rejects with a HostError, `too-late` when `until` is too near.
   */
  readonly bind: (group: GroupProfile, vips: readonly string[], until?: BootMs) => Promise<readonly string[]>;
  /** Resolves with those of the group that are left; rejects when one that was to go is still there. */
  readonly unbind: (group: GroupProfile, vips: readonly string[]) => Promise<readonly string[]>;
  /** What is bound of an exclusive group and for how long: at the start what an earlier run left, later what others may have bound. */
  readonly leftovers: (group: GroupProfile) => Promise<Leftovers>;
  /** Addresses the metadata service lists on this host's ENI. */
  readonly witness: () => Promise<readonly string[]>;
  /** Sessions with a group's other members, asked whenever something is decided. Absent: there are none. */
  readonly peers?: (group: string) => PeerViews | undefined;
  /** Has a group's other members ask the arbiter at once, as far as there are sessions with them. */
  readonly call?: (group: string) => void;
  readonly remember: (groups: Readonly<Record<string, Memory>>) => void;
  /** Raises the persisted boot above `boot` and returns the new one, written and synced. */
  readonly raiseBoot: (boot: number) => number;
  readonly hook: (call: HookCall) => void;
  /** Bounded, and never rejects: whatever happens in it, the VIPs are unbound when it has resolved. */
  readonly beforeRelease: (call: ReleaseCall) => Promise<void>;
  /** Behind the hooks that run and wait already. Bounded, and never rejects. Without such a hook: prepared at once. */
  readonly beforeMaster: (call: PrepareCall) => Promise<Prepared>;
  readonly log: LoopLog;
}
