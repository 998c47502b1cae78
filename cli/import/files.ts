/** The files of this machine, read only. */
import { globSync, readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Files } from './read.ts';

/** What is longer is no configuration and no script. */
const BYTES_MAX = 1_048_576;

export const machineFiles: Files = {
  read: (path) => {
    try {
      const stat = statSync(path);
      // A pipe or a device may never end.
      return stat.isFile() && stat.size <= BYTES_MAX ? readFileSync(path, 'utf8') : undefined;
    } catch {
      return undefined;
    }
  },
  match: (pattern, folder) =>
    // As in the C library, two stars are no more than one: no pattern walks through all the machine.
    globSync(pattern.replaceAll(/\*{2,}/gu, '*'), { cwd: folder })
      .map((path) => resolve(folder, path))
      .toSorted(),
};
