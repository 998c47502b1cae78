/** A group in the making: what one vrrp_instance, or a vrrp_sync_group of several, has said so far. */
import type { Hook, HookName } from './hooks.ts';
import type { Move } from './moves.ts';
import type { Use } from './registry.ts';
import type { SaidRoute, SaidRule } from './routing.ts';
import type { Statement } from './tree.ts';

/** A value with the line that says it; without one it is keepalived's default. */
export interface Said<T> {
  readonly value: T;
  readonly statement?: Statement;
}

export interface DraftVip {
  readonly address: string;
  readonly statement: Statement;
}

export interface Draft {
  /** keepalived's name of it. */
  readonly name: string;
  readonly statement: Statement;
  vips: DraftVip[];
  uses: Use[];
  hooks: Map<HookName, Hook>;
  moves: { readonly move: Move; readonly statement: Statement }[];
  routes: SaidRoute[];
  rules: SaidRule[];
  /** Addresses of the other hosts. */
  peers: string[];
  priority: Said<number>;
  heartbeatMs: Said<number>;
  /** undefined: three heartbeats. */
  leaseHeartbeats: Said<number> | undefined;
  preempt: Said<boolean>;
  preemptDelayMs: Said<number>;
  isMaster: boolean;
  interface: string | undefined;
}

/** keepalived's defaults. */
export const newDraft = (name: string, statement: Statement): Draft => ({
  name,
  statement,
  vips: [],
  uses: [],
  hooks: new Map(),
  moves: [],
  routes: [],
  rules: [],
  peers: [],
  priority: { value: 100 },
  heartbeatMs: { value: 1000 },
  leaseHeartbeats: undefined,
  preempt: { value: true },
  preemptDelayMs: { value: 0 },
  isMaster: false,
  interface: undefined,
});
