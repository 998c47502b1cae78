/** Check `file`: a file holds a number that counts towards the priority, as keepalived's track_file. */
import { constants, type FileHandle, open } from 'node:fs/promises';
import type { CheckResult } from '../../core/checks.ts';
import { messageOf } from '../errors.ts';
import { fail, type Probe, pass } from './probe.ts';

/** As much as keepalived reads; a number is shorter. */
const BYTES_MAX = 127;
/** keepalived's numbers have 32 bits. */
const VALUE_MAX = 2 ** 31 - 1;
/** Decimal only: with keepalived `010` is 8. */
const NUMBER = /^[+-]?(?:0|[1-9]\d{0,9})$/u;

/** The number in a text of one line; undefined: it is none, or too big to be one. */
export const parseValue = (text: string): number | undefined => {
  const written = text.trim();
  const value = NUMBER.test(written) ? Number(written) : Number.NaN;
  return Math.abs(value) <= VALUE_MAX ? value : undefined;
};

const isAbsent = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';

const readStart = async (handle: FileHandle): Promise<string> => {
  const buffer = Buffer.alloc(BYTES_MAX);
  const { bytesRead } = await handle.read(buffer, 0, BYTES_MAX, 0);
  return buffer.toString('latin1', 0, bytesRead);
};

const readingOf = async (path: string): Promise<CheckResult> => {
  // A pipe that nobody writes to must not hold up the thread that opens it.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (!(await handle.stat()).isFile()) return fail(`${path} is not a file`);
    const value = parseValue(await readStart(handle));
    // What it holds instead is not told: it might be a secret.
    if (value === undefined) return fail(`${path} holds no whole number`);
    return { ...pass(`${path} holds ${value}`), value };
  } finally {
    await handle.close();
  }
};

/**
 * Reads the number; what it means is for `core/checks.ts`. A file that does not exist counts as 0, as with keepalived. One
 * that cannot be read, or that holds something else, has failed: an empty one, too, for it is being written.
 * @example createFileProbe({ file: '/run/mysql-weight' })
 */
export const createFileProbe =
  ({ file }: { readonly file: string }): Probe =>
  async () => {
    try {
      return await readingOf(file);
    } catch (error) {
      return isAbsent(error) ? { ...pass(`${file} does not exist: 0`), value: 0 } : fail(messageOf(error));
    }
  };
