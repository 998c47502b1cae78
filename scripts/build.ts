// Bundles what is shipped: each Lambda to dist/lambdas/<name>/index.mjs, the agent to dist/agent/keepaloft-agent.cjs.
// Then synthesises, over these, the template that a lab is wired by: dist/cloud/template.json.
// Run as a program; `scripts/setup.mjs` calls it when the sources changed.

import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build as esbuild } from 'esbuild';
import { rolldown } from 'rolldown';
import { credentialsFacade } from './credentials-facade.ts';
import { httpFacade } from './http-facade.ts';
import { distStamp, distStampPath } from './setup/dist.mjs';

/** Entries that must exist: the lab and the CDK app name their artefacts. */
const REQUIRED_ENTRIES = ['lambdas/heartbeat/handler.ts', 'agent/main.ts'];
const AGENT_ENTRY = 'agent/main.ts';
const AGENT_OUTPUT = 'dist/agent/keepaloft-agent.cjs';
/** The program that prints the lab's template: only what describes a deployment may load the CDK. */
const TEMPLATE_ENTRY = 'bin/lab-template.ts';
const TEMPLATE_OUTPUT = 'dist/cloud/template.json';
const TEMPLATE_BYTES_MAX = 16 * 1024 * 1024;
/** A larger Lambda bundle starts noticeably later. */
const LAMBDA_BYTES_TARGET = 500 * 1024;
/** The Node both run on: nodejs24.x in Lambda, the same major on hosts. */
const TARGET = 'node24';
/**
 * ES modules first. For Node both bundlers would take `main`, and the AWS SDK's CommonJS cannot be tree-shaken: the
 * Lambda would be three times as large.
 */
const MAIN_FIELDS = ['module', 'main'];

/** A finished file in memory. */
interface Artefact {
  /** Relative to the project's root. */
  readonly path: string;
  readonly content: string | Uint8Array;
}

/** A build that cannot be done; the message says what to do. */
export class BuildError extends Error {
  override readonly name = 'BuildError';
}

/** The entries that exist under `root`, e.g. `lambdas/heartbeat/handler.ts`; empty when there is none at all. */
export function findEntries(root: string): string[] {
  const lambdasDir = join(root, 'lambdas');
  const folders = existsSync(lambdasDir) ? readdirSync(lambdasDir) : [];
  const found = [...folders.map((folder) => `lambdas/${folder}/handler.ts`), AGENT_ENTRY]
    .filter((entry) => existsSync(join(root, entry)))
    .sort();
  if (found.length === 0) return found;
  const missing = REQUIRED_ENTRIES.filter((entry) => !found.includes(entry));
  if (missing.length > 0) throw new BuildError(`missing: ${missing.join(', ')}; nothing was built`);
  return found;
}

/**
 * One Lambda as a single ES module with its source map beside it. Rolldown, because it drops the unused commands of
 * the AWS SDK's generated clients, which esbuild keeps.
 */
async function bundleLambda(root: string, entry: string): Promise<Artefact[]> {
  const path = `dist/${dirname(entry)}/index.mjs`;
  const bundle = await rolldown({
    input: join(root, entry),
    cwd: root,
    platform: 'node',
    resolve: { mainFields: MAIN_FIELDS },
    transform: { target: TARGET },
    plugins: [httpFacade(), credentialsFacade()],
  });
  try {
    const { output } = await bundle.generate({
      format: 'esm',
      codeSplitting: false,
      minify: true,
      sourcemap: true,
      entryFileNames: 'index.mjs',
    });
    return output.map((item) => ({
      path: join(dirname(path), item.fileName),
      content: item.type === 'chunk' ? item.code : item.source,
    }));
  } finally {
    await bundle.close();
  }
}

/** The agent as one CommonJS file, which a single executable can also embed, with its source map beside it. */
async function bundleAgent(root: string): Promise<Artefact[]> {
  const { outputFiles } = await esbuild({
    absWorkingDir: root,
    entryPoints: [AGENT_ENTRY],
    outfile: AGENT_OUTPUT,
    bundle: true,
    // It has a native part for each processor: the artefact brings both, see scripts/artefact.ts.
    external: ['koffi'],
    format: 'cjs',
    platform: 'node',
    mainFields: MAIN_FIELDS,
    target: TARGET,
    minify: true,
    sourcemap: true,
    legalComments: 'none',
    logLevel: 'warning',
    write: false,
  });
  return outputFiles.map((file) => ({
    path: join(dirname(AGENT_OUTPUT), file.path.slice(file.path.lastIndexOf('/') + 1)),
    content: file.contents,
  }));
}

/** The lab's template; its paths of code are those of the artefacts, which must be there. @throws BuildError */
async function synthesise(root: string): Promise<Artefact> {
  try {
    const run = promisify(execFile);
    const options = { cwd: root, maxBuffer: TEMPLATE_BYTES_MAX };
    const { stdout } = await run(process.execPath, [join(root, TEMPLATE_ENTRY)], options);
    return { path: TEMPLATE_OUTPUT, content: stdout };
  } catch (cause) {
    throw new BuildError(`the template cannot be synthesised: ${String(cause)}`, { cause });
  }
}

/** Writes beside the target and renames: whoever runs an artefact meets the old one or the new one, never a half. */
function writeWhole(root: string, { path, content }: Artefact): void {
  const target = join(root, path);
  const temporary = `${target}.${process.pid}.tmp`;
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(temporary, content);
  renameSync(temporary, target);
}

function sizeLine({ path, content }: Artefact): string {
  const bytes = Buffer.byteLength(content);
  const kilobytes = `${(bytes / 1024).toFixed(0)} KB`;
  if (!path.startsWith('dist/lambdas/')) return `${path}  ${kilobytes}`;
  const verdict = bytes <= LAMBDA_BYTES_TARGET ? 'within' : 'OVER';
  return `${path}  ${kilobytes} (${verdict} the target of ${LAMBDA_BYTES_TARGET / 1024} KB)`;
}

/**
 * Builds everything under `root` and returns one line an artefact.
 *
 * @throws BuildError when some entries exist and a required one does not
 */
export async function build(root: string): Promise<string[]> {
  // Taken before reading the sources: an edit during the build then leaves a stamp that does not fit, hence a rebuild.
  const stamp = distStamp(root);
  const entries = findEntries(root);
  const artefacts = await Promise.all(
    entries.map((entry) => (entry === AGENT_ENTRY ? bundleAgent(root) : bundleLambda(root, entry))),
  );
  const files = artefacts.flat();
  for (const file of files) writeWhole(root, file);
  if (files.length > 0 && existsSync(join(root, TEMPLATE_ENTRY))) writeWhole(root, await synthesise(root));
  mkdirSync(dirname(distStampPath(root)), { recursive: true });
  writeFileSync(distStampPath(root), stamp);
  if (files.length === 0) return ['nothing to build: neither lambdas/*/handler.ts nor agent/main.ts exists'];
  return files.filter((file) => !file.path.endsWith('.map')).map(sizeLine);
}

if (import.meta.main) {
  try {
    const lines = await build(fileURLToPath(new URL('..', import.meta.url)));
    for (const line of lines) process.stdout.write(`${line}\n`);
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    process.stderr.write(`build: ${error.message}\n`);
    process.exitCode = 1;
  }
}
