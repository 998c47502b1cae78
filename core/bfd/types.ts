/** What goes into the machine of one BFD session and what comes out. Nothing here does anything. */
import type { BootMs, DurationMs } from '../time.ts';
import type { ControlPacket, Diagnostic, SessionState } from './packet.ts';

/** What this side is told about a session. It does not change while the session lives. */
export interface SessionProfile {
  /** This side's name for the session: 1 to 2³² − 1, unique on this host, new with each start of the agent. */
  readonly discriminator: number;
  /** How often this side wants to send and to receive while the session is up. */
  readonly intervalMs: DurationMs;
  /** 1 to 255: after so many intervals without a packet the neighbour takes this side for dead. */
  readonly multiplier: number;
}

/** What the neighbour's packets said; all but `state` as the RFC starts it when none has come. */
export interface Remote {
  /** 0: not known, or forgotten after a detection time of silence. */
  readonly discriminator: number;
  readonly state: SessionState;
  readonly demand: boolean;
  readonly multiplier: number;
  readonly desiredMinTxUs: number;
  readonly requiredMinRxUs: number;
  /** It says, of a session that is up, that a path behind it is down: it calls. */
  readonly calling: boolean;
}

export interface Session {
  readonly state: SessionState;
  /** Why `state` is what it is. */
  readonly diag: Diagnostic;
  readonly since: BootMs;
  readonly remote: Remote;
  /** What this side asks for has changed, and the neighbour has not yet said that it knows. */
  readonly polling: boolean;
  /** When the latest packet went out that was no answer to a poll. */
  readonly sentAt: BootMs;
  /** When the next periodic packet is due; undefined: the neighbour wants none. */
  readonly sendAt: BootMs | undefined;
  /** When the neighbour's silence has lasted too long; undefined: there is nobody to lose. */
  readonly detectAt: BootMs | undefined;
  /** The orderly end: repeated this often until the neighbour has understood, and until then at most. */
  readonly stopping?: { readonly everyMs: DurationMs; readonly by: BootMs } | undefined;
  /** When this process last stood still for so long that the neighbour may have missed it. */
  readonly pausedAt?: BootMs | undefined;
  /**
   * The session went down by silence that tells nothing: a pause of this process may have made it, for which the neighbour had slowed
   * down, or the neighbour had never said that it was up.
   */
  readonly excused?: boolean | undefined;
  /** Until then the packets of a session that is up call the neighbour. */
  readonly callingUntil?: BootMs | undefined;
  /** The orderly end is over: nothing is sent or heard any more. */
  readonly stopped: boolean;
}

export type SessionInput =
  /** `drained`: at `now` every packet that the kernel had for this process has been put in. */
  | { readonly kind: 'tick'; readonly drained: boolean }
  | { readonly kind: 'packet'; readonly packet: ControlPacket }
  /** This process has just stood still, for so long at least. */
  | { readonly kind: 'stalled'; readonly forMs: DurationMs }
  /** There is something that the neighbour should ask about elsewhere. Nothing where the session is not up. */
  | { readonly kind: 'call' }
  | { readonly kind: 'stop' };

export interface SessionContext {
  readonly now: BootMs;
  readonly profile: SessionProfile;
  /** A fresh random number, 0 to less than 1: two hosts must not fall into step. */
  readonly jitter: number;
}

export type SessionEffect =
  | { readonly kind: 'send'; readonly packet: ControlPacket }
  /** Silence has lasted too long as far as this process has read: read all there is, then `tick` with `drained`. */
  | { readonly kind: 'drain' }
  | { readonly kind: 'changed'; readonly from: SessionState; readonly to: SessionState }
  /** The neighbour calls, or has just ended to: whatever it called for before is meant. */
  | { readonly kind: 'called' }
  | { readonly kind: 'stopped' };

export interface SessionOutcome {
  readonly session: Session;
  readonly effects: readonly SessionEffect[];
}
