/** Where the sessions with peers stand, on the disk, for whoever looks at the host. Nothing is decided by it. */
import * as z from 'zod/mini';
import { peerStateSchema } from '../../core/wire/heartbeat.ts';
import { nodeIdSchema } from '../../core/wire/names.ts';
import { messageOf } from '../errors.ts';
import { writeDurably } from '../host/durable-file.ts';
import type { Log } from '../log.ts';

export const PEERS_FILE = 'peers.json';

export const peerNotesSchema = z.object({
  /** Of the agent that wrote it. */
  pid: z.int(),
  peers: z.array(
    z.object({
      node: nodeIdSchema,
      ...peerStateSchema.shape,
      /** It has said that it stops. */
      stopped: z.boolean(),
    }),
  ),
});
export type PeerNotes = z.infer<typeof peerNotesSchema>;

/** Writes the newest notes, one write at a time. A disk that does not take them costs nothing but what doctor can see. */
export const createPeerNotes = (
  directory: string,
  notesNow: () => PeerNotes,
  log: Pick<Log, 'debug'>,
): (() => void) => {
  let isWriting = false;
  let isStale = false;
  const write = async (): Promise<void> => {
    isWriting = true;
    while (isStale) {
      isStale = false;
      await writeDurably(directory, PEERS_FILE, `${JSON.stringify(notesNow())}\n`).catch((cause: unknown) =>
        log.debug({ error: messageOf(cause) }, 'the sessions with peers could not be noted'),
      );
    }
    isWriting = false;
  };
  return () => {
    isStale = true;
    if (!isWriting) void write();
  };
};
