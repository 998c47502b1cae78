/** Small JSON files that survive a crash at any moment: written aside, synced, renamed, and the directory synced. */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type * as z from 'zod/mini';
import type { Log } from '../log.ts';

const OWNER_ONLY = 0o600;

/**
 * Replaces a file; resolves when the new content is on the disk. Not twice at once for the same file.
 * @param mode whatever the process's umask is
 */
export const writeDurably = async (
  directory: string,
  name: string,
  text: string,
  mode: number = OWNER_ONLY,
): Promise<void> => {
  const aside = join(directory, `${name}.new`);
  const file = await open(aside, 'w', OWNER_ONLY);
  try {
    await file.chmod(mode);
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(aside, join(directory, name));
  const parent = await open(directory, 'r');
  try {
    await parent.sync();
  } finally {
    await parent.close();
  }
};

/** The same, and it holds up everything else until it is done: for what must precede the next step. */
export const writeDurablySync = (directory: string, name: string, text: string): void => {
  const syncAndClose = (fd: number, write: () => void): void => {
    try {
      write();
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  };
  const aside = join(directory, `${name}.new`);
  const fd = openSync(aside, 'w', OWNER_ONLY);
  syncAndClose(fd, () => writeFileSync(fd, text));
  renameSync(aside, join(directory, name));
  syncAndClose(openSync(directory, 'r'), () => undefined);
};

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON at all is refused by every schema, like any other wrong shape.
    return undefined;
  }
};

/**
 * Reads a JSON file by a schema. An unreadable one is set aside as NAME.bad with a warning, for whoever wants to know.
 * @returns undefined when the file is absent or was set aside
 * @throws the system's error when the file exists and cannot be read at all
 */
export const readDurable = <T extends z.ZodMiniType>(
  directory: string,
  name: string,
  schema: T,
  log: Pick<Log, 'warn'>,
): z.output<T> | undefined => {
  const path = join(directory, name);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  const parsed = schema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  renameSync(path, `${path}.bad`);
  log.warn({ path, kept: `${path}.bad` }, 'a state file is unreadable, starting anew without it');
  return undefined;
};
