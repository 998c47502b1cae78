/** What the sessions of a host are asked for, and what they tell. */
import type { Diagnostic, SessionState } from '../../core/bfd/packet.ts';
import type { MULTIHOP_PORT, SINGLE_HOP_PORT } from '../../core/bfd/transport.ts';
import type { PeerDetection } from '../../core/suspicion.ts';
import type { BootMs } from '../../core/time.ts';
import type { Log } from '../log.ts';

export interface Peer extends PeerDetection {
  /** The member's name: its instance id. */
  readonly node: string;
  /** Its own IPv4 address, never a VIP. */
  readonly address: string;
}

/** Where a session stands. */
export interface PeerSession {
  readonly node: string;
  readonly state: SessionState;
  readonly since: BootMs;
  readonly diag: Diagnostic;
  /** What the neighbour last said of itself: `admin-down` has stopped in order and is not lost. */
  readonly remoteState: SessionState;
  /**
   * The number of its latest loss among those of all peers: down after it was up, although the neighbour did not stop in
   * order. 0: never lost.
   */
  readonly loss: number;
  /** When it was lost, until it is up again. */
  readonly lostAt: BootMs | undefined;
  /** Down because nothing came for a detection time, not by a pause of this process, and nothing has come since. */
  readonly silent: boolean;
  /** What the neighbour called the session when it was up last; 0: it never was. */
  readonly calledBy: number;
  /** How often the neighbour has called, the ends of its calls included. */
  readonly calls: number;
}

export interface PeersOptions {
  /** This host's own IPv4 address, which its peers know it by. */
  readonly address: string;
  /** This side's name for its session with a peer, 1 to 2³² − 1, new with each start. @default a random one */
  readonly discriminator?: (node: string) => number;
  /** @default MULTIHOP_PORT: in a VPC routers may lie between any two hosts */
  readonly port?: typeof MULTIHOP_PORT | typeof SINGLE_HOP_PORT;
  readonly log: Pick<Log, 'info' | 'warn' | 'debug'>;
  /** Called with every change of a session's state, after it. */
  readonly onChange?: (session: PeerSession) => void;
  /** Called with every call of a neighbour. */
  readonly onCalled?: () => void;
  readonly now?: () => BootMs;
  /** 0 to less than 1. */
  readonly random?: () => number;
}
