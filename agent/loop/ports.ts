/** What the loop needs of the host and the network. `main.ts` connects the real ones; tests may connect others. */
import type { BootMs, DurationMs } from '../../core/time.ts';
import type { HeartbeatRequest, HeartbeatResponse, WireError } from '../../core/wire/heartbeat.ts';
import type { NodeId } from '../../core/wire/names.ts';

/** How a heartbeat ended. `sentAt` is the boot clock immediately before the request went to the socket. */
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

export interface HookCall {
  readonly group: string;
  readonly state: 'MASTER' | 'BACKUP' | 'FAULT' | 'STOP';
  readonly priority: number;
  readonly epoch: number;
}

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
  /** IPv4 addresses the kernel has now, on any interface. */
  readonly listLocal: () => ReadonlySet<string>;
  readonly bind: (vips: readonly string[]) => Promise<void>;
  readonly unbind: (vips: readonly string[]) => Promise<void>;
  /** Addresses the metadata service lists on this host's ENI. */
  readonly witness: () => Promise<readonly string[]>;
  readonly remember: (groups: Readonly<Record<string, Memory>>) => void;
  /** Raises the persisted boot above `boot` and returns the new one, written and synced. */
  readonly raiseBoot: (boot: number) => number;
  readonly hook: (call: HookCall) => void;
  readonly log: LoopLog;
}
