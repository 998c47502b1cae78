// Packs the agent for hosts: dist/artefact/keepaloft-agent-<version>-<x64|arm64>.tar.gz, each with its own Node, and
// channel.json with their hashes. The same sources give the same bytes. Run as a program by `npm run artefact`.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod/mini';
import { ArtefactError } from './artefact/error.ts';
import { ARCHITECTURES, type Architecture, KOFFI, NODE, type PinnedPackage } from './artefact/pinned.ts';
import { fetchPackage } from './artefact/registry.ts';
import { filesOf, type PackedFile, packed } from './artefact/tarball.ts';

/** What is in every artefact beside what is native: its path here and its permissions. */
const FILES = [
  { from: 'dist/agent/keepaloft-agent.cjs', mode: 0o644 },
  { from: 'agent/install/install.sh', mode: 0o755 },
  { from: 'agent/install/guard', mode: 0o755 },
  { from: 'agent/install/keepaloft-agent', mode: 0o755 },
  { from: 'agent/systemd/keepaloft-agent.service', mode: 0o644 },
  { from: 'agent/systemd/keepaloft-enroll.service', mode: 0o644 },
  { from: 'agent/systemd/l2.conf', mode: 0o644 },
  { from: 'LICENSE', mode: 0o644 },
] as const;
/** The agent's one package that is not in its bundle, by paths below node_modules here and there. */
const MODULES = [
  'koffi/package.json',
  'koffi/LICENSE.txt',
  'koffi/index.js',
  'koffi/src/koffi/index.js',
  'koffi/src/koffi/src/static.js',
];
/** What the fetcher finds the installer in. It is constant for ever, and so is this. */
const FOLDER = 'agent';
const OUTPUT = 'dist/artefact';
const NODE_PROGRAM = 'bin/node';

const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex');
const manifestSchema = z.object({ version: z.string() });
const versionOf = (root: string): string =>
  manifestSchema.parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))).version;
const nameOf = (version: string, architecture: Architecture): string =>
  `keepaloft-agent-${version}-${architecture}.tar.gz`;

/** The files of the artefact but for what is native. */
function ownFiles(root: string, version: string): PackedFile[] {
  const files = FILES.map(({ from, mode }) => {
    const path = join(root, from);
    if (!existsSync(path)) throw new ArtefactError(`${from} is missing: run \`npm run build\``);
    return { name: from.slice(from.lastIndexOf('/') + 1), mode, content: readFileSync(path) };
  });
  const modules = MODULES.map((path) => {
    const name = `node_modules/${path}`;
    return { name, mode: 0o644, content: readFileSync(join(root, name)) };
  });
  return [...files, ...modules, { name: 'VERSION', mode: 0o644, content: Buffer.from(`${version}\n`) }];
}

/** Files of a package of the registry. */
async function taken(root: string, pinned: PinnedPackage, names: readonly string[]): Promise<PackedFile[]> {
  const files = await filesOf(await fetchPackage(root, pinned));
  return names.map((name) => {
    const file = files.find((one) => one.name === name);
    if (file === undefined) throw new ArtefactError(`${pinned.name} has no ${name}`);
    return file;
  });
}

/** What is native, as the artefact has it: the Node, and koffi for the C library of servers. */
async function nativeFiles(root: string, architecture: Architecture): Promise<PackedFile[]> {
  const [node, license] = await taken(root, NODE[architecture], [NODE_PROGRAM, 'LICENSE']);
  const koffi = KOFFI[architecture];
  const library = `linux_${architecture}/koffi.node`;
  const parts = await taken(root, koffi, ['package.json', 'index.js', library]);
  if (node === undefined || license === undefined) throw new ArtefactError('no Node');
  return [
    { name: 'node', mode: 0o755, content: node.content },
    { name: 'LICENSE.node', mode: 0o644, content: license.content },
    ...parts.map(({ name, content }) => ({
      name: `node_modules/${koffi.name}/${name}`,
      mode: 0o644,
      content,
    })),
  ];
}

/** One hash over everything that goes into the artefacts, and over how they are made. */
function stampOf(root: string, own: readonly PackedFile[]): string {
  const makers = ['scripts/artefact.ts', 'scripts/artefact/pinned.ts', 'scripts/artefact/tarball.ts'];
  const hash = createHash('sha256').update(JSON.stringify([NODE, KOFFI]));
  for (const { name, content } of own) hash.update(`${name}\0${content.length}\0`).update(content);
  for (const maker of makers) hash.update(readFileSync(join(root, maker)));
  return hash.digest('hex');
}

function isCurrent(folder: string, stamp: string): boolean {
  try {
    return readFileSync(join(folder, '.sources'), 'utf8') === stamp;
  } catch {
    return false;
  }
}

/**
 * Packs what is not packed yet and returns one line for each file.
 *
 * @throws ArtefactError
 */
export async function makeArtefacts(root: string): Promise<string[]> {
  const version = versionOf(root);
  const own = ownFiles(root, version);
  const stamp = stampOf(root, own);
  const folder = join(root, OUTPUT);
  if (isCurrent(folder, stamp)) return [];
  const aside = `${folder}.${process.pid}.tmp`;
  rmSync(aside, { recursive: true, force: true });
  mkdirSync(aside, { recursive: true });
  try {
    const hashes: Partial<Record<Architecture, string>> = {};
    const lines: string[] = [];
    for (const architecture of ARCHITECTURES) {
      const bytes = await packed(FOLDER, [...own, ...(await nativeFiles(root, architecture))]);
      writeFileSync(join(aside, nameOf(version, architecture)), bytes);
      hashes[architecture] = sha256(bytes);
      const megabytes = (bytes.length / 1024 / 1024).toFixed(1);
      lines.push(`${OUTPUT}/${nameOf(version, architecture)}  ${megabytes} MB`);
    }
    // A prefix of its own for every content: what a channel names is never overwritten by another build.
    const build = sha256(Buffer.from(Object.values(hashes).join('\n'))).slice(0, 12);
    const artefacts = Object.fromEntries(
      ARCHITECTURES.map((architecture) => [
        architecture,
        { key: `agent/${build}/${nameOf(version, architecture)}`, sha256: hashes[architecture] },
      ]),
    );
    writeFileSync(join(aside, 'channel.json'), `${JSON.stringify({ version, artefacts }, undefined, 2)}\n`);
    writeFileSync(join(aside, '.sources'), stamp);
    rmSync(folder, { recursive: true, force: true });
    renameSync(aside, folder);
    return lines;
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  try {
    const lines = await makeArtefacts(fileURLToPath(new URL('..', import.meta.url)));
    // Not on stdout: the CDK reads that of its app.
    for (const line of lines) process.stderr.write(`${line}\n`);
  } catch (error) {
    if (!(error instanceof ArtefactError)) throw error;
    process.stderr.write(`artefact: ${error.message}\n`);
    process.exitCode = 1;
  }
}
