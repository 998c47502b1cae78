/** Reads small text files below a root, for facts: what cannot be read is absent. */
import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** A configuration or a script that is longer is looked at only so far. */
const BYTES_MAX = 262_144;
const FILES_MAX = 1000;

/** The beginning of a regular file; undefined when there is none that can be read. */
export const textOf = (path: string): string | undefined => {
  try {
    // Files below /proc have no size, so what is read is bounded rather than what there is.
    const file = openSync(path, 'r');
    try {
      const buffer = Buffer.alloc(BYTES_MAX);
      return buffer.toString('utf8', 0, readSync(file, buffer, 0, BYTES_MAX, 0));
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
};

export const exists = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined;

/** The files of a directory and of those in it, in a stable order; none where there is no such directory. */
export const filesIn = (directory: string): string[] => {
  try {
    return readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() || entry.isSymbolicLink())
      .map((entry) => join(entry.parentPath, entry.name))
      .toSorted()
      .slice(0, FILES_MAX);
  } catch {
    return [];
  }
};
