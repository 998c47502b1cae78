/** Reads where the running agent's sessions with peers stand. */
import { join } from 'node:path';
import type { AgentFile } from '../../../core/wire/config.ts';
import { PEERS_FILE, peerNotesSchema } from '../../peers/notes.ts';
import { peersOf } from '../../peers/watch.ts';
import type { PeerFacts } from '../facts.ts';
import { textOf } from './files.ts';

/** What the agent of that process has noted; undefined: nothing that can be read. */
const notedBy = (pid: number | undefined, stateDirectory: string) => {
  const text = textOf(join(stateDirectory, PEERS_FILE));
  if (text === undefined || pid === undefined) return undefined;
  try {
    const notes = peerNotesSchema.parse(JSON.parse(text));
    return notes.pid === pid ? notes.peers : undefined;
  } catch {
    return undefined;
  }
};

/**
 * @param pid of the running agent; undefined: none runs
 * @returns one entry for each peer that the configuration names
 */
export const lookAtPeers = (
  file: AgentFile,
  stateDirectory: string,
  pid: number | undefined,
): PeerFacts[] => {
  const noted = notedBy(pid, stateDirectory);
  return peersOf(file).map(({ node, address }) => {
    const session = noted?.find((one) => one.node === node);
    return { node, address, state: session?.state, stopped: session?.stopped === true };
  });
};
