/** Size of what is shipped, and how long a cold Lambda environment takes to import it. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import * as z from 'zod/mini';
import { BenchError } from '../errors.ts';
import { ROOT } from '../machine.ts';
import * as show from '../numbers.ts';
import { limited, type MeasureContext, section } from '../section.ts';
import { spreadOf, spreadSchema } from '../statistics.ts';

const HEARTBEAT = 'dist/lambdas/heartbeat/index.mjs';
const CONFIGURE = 'dist/lambdas/configure/index.mjs';
const AGENT = 'dist/agent/keepaloft-agent.cjs';
const BUNDLE_BYTES_MAX = 500 * 1024;
const IMPORT_MS_MAX = 60;
const IMPORTS = 25;
/** The first starts bring the files into the page cache, which a benchmark of parsing must not measure. */
const WARM_UPS = 2;
const IMPORT_TIMEOUT_MS = 10_000;

const sizeSchema = z.object({ path: z.string(), bytes: z.int(), gzipBytes: z.int() });
const schema = z.object({
  sizes: z.array(sizeSchema),
  /** Milliseconds, in fresh processes. */
  bundleImportMs: spreadSchema,
  emptyImportMs: spreadSchema,
});
type Data = z.infer<typeof schema>;

const run = promisify(execFile);
/** Plain JavaScript on the command line: a TypeScript file would first load Node's type stripper, 30 ms of WebAssembly. */
const TIMER = `
  const { pathToFileURL } = await import('node:url');
  const { href } = pathToFileURL(process.argv[1]);
  const startMs = performance.now();
  await import(href);
  const tookMs = performance.now() - startMs;
  process.stdout.write(tookMs + '\\n', () => process.exit(0));
`;
const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

const sizeOf = (path: string): z.infer<typeof sizeSchema> => {
  const content = readFileSync(join(ROOT, path));
  return { path, bytes: content.length, gzipBytes: gzipSync(content, { level: 9 }).length };
};

/** Only what Lambda sets: neither npm's variables nor a compile cache. */
const ENVIRONMENT = {
  TABLE_NAME: 'keepaloft',
  AWS_REGION: 'us-east-1',
  AWS_LAMBDA_FUNCTION_NAME: 'keepaloft-heartbeat',
  AWS_ACCESS_KEY_ID: 'ASIAEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'example',
};

const importMs = async (path: string, signal: AbortSignal): Promise<number> => {
  const options = { env: ENVIRONMENT, timeout: IMPORT_TIMEOUT_MS, signal };
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', TIMER, path], options);
  const took = Number(stdout.trim().split('\n').at(-1));
  if (!(took > 0)) throw new BenchError(`importing ${path} printed no time: ${stdout.slice(0, 200)}`);
  return took;
};

const measure = async ({ signal, progress }: MeasureContext): Promise<Data> => {
  const bundle: number[] = [];
  const empty: number[] = [];
  for (let start = -WARM_UPS; start < IMPORTS; start += 1) {
    // Alternating, so that a machine that grows busier does so for both.
    const took = await importMs(join(ROOT, HEARTBEAT), signal);
    const nothing = await importMs(here('empty.mjs'), signal);
    if (start < 0) continue;
    bundle.push(took);
    empty.push(nothing);
    if (start % 5 === 0) progress(`import ${start + 1} of ${IMPORTS}: ${show.ms(took)}`);
  }
  return {
    sizes: [HEARTBEAT, CONFIGURE, AGENT].map(sizeOf),
    bundleImportMs: spreadOf(bundle),
    emptyImportMs: spreadOf(empty),
  };
};

const tell = ({ sizes, bundleImportMs, emptyImportMs }: Data) => {
  const netMs = bundleImportMs.median - emptyImportMs.median;
  return {
    rows: [
      ...sizes.map(({ path, bytes, gzipBytes }) => {
        const measured = `${show.bytes(bytes)} (${show.kilobytes(bytes)}), gzip ${show.kilobytes(gzipBytes)}`;
        const what = `size of ${path}`;
        if (!path.startsWith('dist/lambdas/')) return { what, measured };
        return limited(what, measured, '≤ 500 KB', bytes <= BUNDLE_BYTES_MAX);
      }),
      limited(
        'cold import of the heartbeat Lambda, median, less an empty module',
        show.ms(netMs),
        `≤ ${IMPORT_MS_MAX} ms`,
        netMs <= IMPORT_MS_MAX,
      ),
      { what: 'the same, gross: median (min–max)', measured: show.spread(bundleImportMs) },
      { what: 'an empty module: median (min–max)', measured: show.spread(emptyImportMs) },
    ],
    notes: [
      `${bundleImportMs.count} fresh processes each, one after the other, bundle and empty module in turn; timed from before \`import()\` to after it, file cache warm. It covers loading, compiling and the module's own start (clients, schemas, logger), not the start of Node itself.`,
    ],
  };
};

export const bundle = section({
  title: 'Bundles',
  summary: 'size of the bundles, cold import of the Lambda',
  schema,
  measure,
  tell,
});
