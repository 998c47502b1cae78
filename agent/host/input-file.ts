/**
 * Standard input as a file that is complete before the program starts. Through a pipe the program would wait for its
 * commands until this process writes them; were this process stopped in between, it would carry them out whenever this
 * process goes on, and a lifetime that was right when it was computed would count from then.
 */
import { randomUUID } from 'node:crypto';
import { closeSync, constants, openSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** In memory, so that a slow disk holds up nothing; the other one where a host has none. */
const IN_MEMORY = '/dev/shm';
const FLAGS = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL;

const openIn = (directory: string): number => {
  const path = join(directory, `keepaloft-${randomUUID()}`);
  const fd = openSync(path, FLAGS, 0o600);
  unlinkSync(path);
  return fd;
};

/** An open, nameless file that holds `text`, to be read from its beginning. To be closed by {@link closeInput}. */
export const openInput = (text: string): number => {
  let fd: number;
  try {
    fd = openIn(IN_MEMORY);
  } catch {
    fd = openIn(tmpdir());
  }
  // At a position: the place from which the program reads stays at the beginning.
  writeSync(fd, text, 0);
  return fd;
};

export const closeInput = (fd: number): void => closeSync(fd);
