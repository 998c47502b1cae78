/** Peer detection in the running agent: which peers the configuration asks for, and what each group is told of them. */
import { detectionMsOf, discriminatorOf, type PeerViews } from '../../core/suspicion.ts';
import { since } from '../../core/time.ts';
import type { AgentFile } from '../../core/wire/config.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { openFineClock } from './clock.ts';
import { createPeerNotes, type PeerNotes } from './notes.ts';
import { Peers } from './peers.ts';
import type { Peer } from './types.ts';

export interface WatchOptions {
  readonly node: string;
  /** This host's own address, by which its peers know it. */
  readonly address: string;
  /** The number of this start: a peer can tell by it which run it has lost. */
  readonly boot: number;
  /** The configuration of the moment. */
  readonly file: () => AgentFile;
  readonly log: Log;
  /** Where it is noted how the sessions stand, for doctor. @default nowhere */
  readonly directory?: string;
}

export interface Watch {
  /** Begins the sessions, if a group asks for any. Never rejects: without them the lease decides, as it always did. */
  start: (onChange: () => void) => Promise<void>;
  /** The configuration has changed: the peers are those that it names now. */
  follow: () => void;
  /** The sessions with a group's other members; undefined: none are wanted. */
  of: (group: string) => PeerViews | undefined;
  /** The members of a group that sessions are up with ask the arbiter at once. */
  call: (group: string) => void;
  /** Ends every session in order. */
  stop: () => Promise<void>;
}

/** One session for each pair of hosts, whatever they share: at the pace of the group that wants to know first. */
export const peersOf = ({ groups }: AgentFile): Peer[] => {
  const found = new Map<string, Peer>();
  for (const { peerDetection, peers = [] } of Object.values(groups)) {
    if (peerDetection === undefined) continue;
    const pace = { intervalMs: peerDetection.interval, multiplier: peerDetection.multiplier };
    for (const { node, address } of peers) {
      const other = found.get(node);
      const isSooner = other === undefined || detectionMsOf(pace) < detectionMsOf(other);
      if (isSooner) found.set(node, { node, address, ...pace });
    }
  }
  return [...found.values()];
};

const isWanted = ({ groups }: AgentFile): boolean =>
  Object.values(groups).some(({ peerDetection }) => peerDetection !== undefined);

const notesOf = (peers: Peers | undefined): PeerNotes => ({
  pid: process.pid,
  peers: (peers?.sessions() ?? []).map(({ node, state, loss, remoteState }) => ({
    node,
    state,
    loss,
    stopped: remoteState === 'admin-down',
  })),
});

export const createWatch = ({ node, address, boot, file, log, directory }: WatchOptions): Watch => {
  const now = openFineClock();
  let peers: Peers | undefined;
  const note = directory === undefined ? undefined : createPeerNotes(directory, () => notesOf(peers), log);
  /** Those that a group watches; undefined: it watches nobody. */
  const membersOf = (name: string): ReadonlySet<string> | undefined => {
    const group = file().groups[name];
    return group?.peerDetection === undefined ? undefined : new Set(group.peers?.map((peer) => peer.node));
  };
  const failed = (cause: unknown): void =>
    log.error({ error: messageOf(cause) }, 'peers cannot be watched: silence for the lease decides alone');
  return {
    start: async (onChange) => {
      if (!isWanted(file())) return;
      const discriminator = (peer: string): number => discriminatorOf(node, boot, peer);
      const changed = (): void => {
        note?.();
        onChange();
      };
      const started = new Peers({ address, discriminator, log, onChange: changed, onCalled: onChange, now });
      try {
        await started.start(peersOf(file()));
        peers = started;
        changed();
      } catch (cause) {
        failed(cause);
      }
    },
    follow: () =>
      void peers
        ?.update(peersOf(file()))
        .then(() => note?.())
        .catch(failed),
    of: (name) => {
      const members = membersOf(name);
      if (members === undefined) return undefined;
      const at = now();
      return Object.fromEntries(
        (peers?.sessions() ?? [])
          .filter((session) => members.has(session.node))
          .map(({ node: peer, state, loss, lostAt, silent, calledBy, calls }) => [
            peer,
            {
              state,
              loss,
              silent,
              calledBy,
              calls,
              ...(lostAt === undefined ? {} : { lostForMs: since(lostAt, at) }),
            },
          ]),
      );
    },
    call: (name) => peers?.call(membersOf(name) ?? new Set()),
    stop: async () => {
      await peers?.stop();
    },
  };
};
