/**
 * What the agent must not forget when it restarts: its boot number, and for each group the epochs it has seen and
 * given up. Two files, for their times differ: the boot number must be on the disk before the first heartbeat leaves,
 * while a group's record is written behind the loop's back, for a slow disk must not hold up a lease.
 */
import { mkdirSync } from 'node:fs';
import * as z from 'zod/mini';
import { groupNameSchema } from '../core/wire/names.ts';
import { HostError, messageOf } from './errors.ts';
import { readDurable, writeDurably, writeDurablySync } from './host/durable-file.ts';
import type { Log } from './log.ts';

export const STATE_DIRECTORY_DEFAULT = '/var/lib/keepaloft';
const BOOT_FILE = 'boot.json';
export const GROUPS_FILE = 'groups.json';

const counter = z.int().check(z.nonnegative());
const bootSchema = z.object({ boot: counter });

export const groupRecordSchema = z.object({
  /** The highest epoch applied. */
  epoch: counter,
  /** The highest epoch given up: never bind at this one or below. */
  relEpoch: counter,
  /** The role at `epoch`. */
  master: z.boolean(),
});
export type GroupRecord = z.infer<typeof groupRecordSchema>;

const groupsSchema = z.object({ groups: z.record(groupNameSchema, groupRecordSchema) });
type Groups = Readonly<Record<string, GroupRecord>>;

/** The memory of one host. */
export interface StateStore {
  /** The boot number of this start, max(wallMs, persisted + 1); on the disk when this returns. */
  readonly nextBoot: (wallMs: number) => number;
  /** A boot number above `stored`, which the arbiter had from a lost state of this host; on the disk. */
  readonly raiseBoot: (stored: number) => number;
  /** What is remembered of a group; undefined when it is new to this host. */
  readonly group: (name: string) => GroupRecord | undefined;
  /**
   * Remembers groups; those not named stay as they are. Only ever raises `epoch` and `relEpoch`. Resolves when it
   * is on the disk; writes nothing when nothing changed.
   */
  readonly saveGroups: (records: Groups) => Promise<void>;
}

/** Where the state lies: what systemd made for the service, else the default. */
export const stateDirectory = (env: Readonly<Record<string, string | undefined>> = process.env): string =>
  // systemd joins several by colons; the unit asks for one.
  env['STATE_DIRECTORY']?.split(':')[0] || STATE_DIRECTORY_DEFAULT;

const unwritable = (directory: string, cause: unknown): HostError =>
  new HostError('state-unwritable', `cannot keep state in ${directory}: ${messageOf(cause)}`, {
    remedy: 'make the directory writable for the agent, or set STATE_DIRECTORY',
    cause,
  });

const raised = (old: GroupRecord | undefined, next: GroupRecord): GroupRecord => ({
  epoch: Math.max(next.epoch, old?.epoch ?? 0),
  relEpoch: Math.max(next.relEpoch, old?.relEpoch ?? 0),
  master: next.master,
});

/** Writes the newest value, one write at a time; calls that come during a write share the one after it. */
const createWriter = (write: (text: string) => Promise<void>, textNow: () => string) => {
  let onDisk: string | undefined;
  let writing: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  const writeNow = async (): Promise<void> => {
    next = undefined;
    const text = textNow();
    if (text === onDisk) return;
    onDisk = undefined;
    await write(text);
    onDisk = text;
  };
  return (): Promise<void> => {
    // Whoever waited for the write before has been told that it failed; this one is a new try.
    next ??= writing
      .catch(() => undefined)
      .then(() => {
        writing = writeNow();
        return writing;
      });
    return next;
  };
};

/**
 * Opens the state, creating the directory when it is absent. An unreadable file is set aside with a warning.
 * @throws HostError `state-unwritable`; so do all methods that persist
 * @example const store = openState({ directory: stateDirectory(), log });
 */
export const openState = (options: {
  readonly directory: string;
  readonly log: Pick<Log, 'warn'>;
}): StateStore => {
  const { directory, log } = options;
  const guard = <T>(work: () => T): T => {
    try {
      return work();
    } catch (cause) {
      throw unwritable(directory, cause);
    }
  };
  let { boot, groups } = guard(() => {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    return {
      boot: readDurable(directory, BOOT_FILE, bootSchema, log)?.boot ?? 0,
      groups: readDurable(directory, GROUPS_FILE, groupsSchema, log)?.groups ?? {},
    };
  });
  const persist = createWriter(
    (text) =>
      writeDurably(directory, GROUPS_FILE, text).catch((cause: unknown) => {
        throw unwritable(directory, cause);
      }),
    () => `${JSON.stringify({ groups })}\n`,
  );
  const setBoot = (next: number): number =>
    guard(() => {
      writeDurablySync(directory, BOOT_FILE, `${JSON.stringify({ boot: next })}\n`);
      boot = next;
      return next;
    });
  return {
    nextBoot: (wallMs) => setBoot(Math.max(Math.floor(wallMs), boot + 1)),
    raiseBoot: (stored) => setBoot(Math.max(stored, boot) + 1),
    group: (name) => groups[name],
    saveGroups: (records) => {
      const next = { ...groups };
      for (const [name, record] of Object.entries(records)) next[name] = raised(groups[name], record);
      groups = next;
      return persist();
    },
  };
};
