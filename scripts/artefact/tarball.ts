// Tar archives whose bytes depend on nothing but names, modes and contents of their files.

import { buffer } from 'node:stream/consumers';
import { createGzip, gunzipSync } from 'node:zlib';
import { extract, pack } from 'tar-stream';

export interface PackedFile {
  readonly name: string;
  /** Permissions, for example 0o755. */
  readonly mode: number;
  readonly content: Buffer;
}

/** A file's time in the archive. It must be the same for ever, and some tools warn of 1970. */
const MTIME = new Date('2020-01-01T00:00:00Z');

/**
 * A gzipped archive below one folder, root's, sorted by name. The gzip header of Node has no time and no name.
 *
 * @param level of gzip's: 1 is quick, 9 small
 */
export async function packed(folder: string, files: readonly PackedFile[], level = 6): Promise<Buffer> {
  const owner = { uid: 0, gid: 0, uname: 'root', gname: 'root', mtime: MTIME };
  const archive = pack();
  const bytes = buffer(archive.pipe(createGzip({ level })));
  archive.entry({ ...owner, name: `${folder}/`, type: 'directory', mode: 0o755 });
  for (const { name, mode, content } of files.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    archive.entry({ ...owner, name: `${folder}/${name}`, mode }, content);
  }
  archive.finalize();
  return bytes;
}

/** The files of an archive, named without its one folder. */
export async function filesOf(tarball: Buffer): Promise<PackedFile[]> {
  const found: PackedFile[] = [];
  const archive = extract();
  archive.end(gunzipSync(tarball));
  for await (const entry of archive) {
    const { name, mode, type } = entry.header;
    const content = await buffer(entry);
    if (type === 'file') found.push({ name: name.slice(name.indexOf('/') + 1), mode, content });
  }
  return found;
}
