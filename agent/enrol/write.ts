/** Writes agent.yaml: everybody may read it, and after a crash it is the old one or the new one. */
import { mkdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { HostError, messageOf } from '../errors.ts';
import { writeDurably } from '../host/durable-file.ts';

const READABLE = 0o644;

const write = async (path: string, text: string): Promise<void> => {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o755 });
    await writeDurably(dirname(path), basename(path), text, READABLE);
  } catch (cause) {
    throw new HostError('config-unwritable', `${path} cannot be written: ${messageOf(cause)}`, {
      remedy:
        'run the command as root; for the service see ReadWritePaths in its unit; look whether the disk is full',
      cause,
    });
  }
};

/** @throws HostError `config-unwritable` */
export const writeConfig = write;

/** What somebody has written by hand, beside the file that takes its place. @throws HostError `config-unwritable` */
export const keepAside = (path: string, text: string): Promise<void> => write(`${path}.before`, text);
