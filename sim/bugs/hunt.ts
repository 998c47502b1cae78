/** `npm run sim:bugs`: takes rules out, one at a time, in a copy of core/ and sim/, and expects the simulation to notice. */
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as z from 'zod/mini';
import type { Bug } from './bug.ts';
import { OF_AGENTS } from './of-agents.ts';
import { OF_ARBITER } from './of-arbiter.ts';

export const BUGS: readonly Bug[] = [...OF_AGENTS, ...OF_ARBITER];

const HELP = `usage: npm run sim:bugs -- [--minutes M] [--workers W] [--only A,B] [--report FILE]

Takes one rule of core/ out at a time, in a copy, and runs the simulation there until a promise breaks.
Prints which one caught it, after how many seeds and seconds; exits 1 when a bug is not caught.

  --minutes M      for how long at most, each (2)
  --workers W      threads (one for each core)
  --only A,B       only bugs with one of these in their name
  --report FILE    the table as JSON in a file
`;
const MINUTES_DEFAULT = '2';
/** A simulation that does not end by itself this much after its time is ended. */
const OVERTIME_MS = 60_000;

const resultSchema = z.object({
  seeds: z.number(),
  from: z.number(),
  wallMs: z.number(),
  failures: z.array(z.object({ seed: z.number(), invariant: z.string(), what: z.string() })),
});

interface Verdict {
  readonly name: string;
  readonly what: string;
  /** The promise that broke; undefined: none did. */
  readonly caughtBy: string | undefined;
  /** Seeds until then, and seconds. */
  readonly seeds: number;
  readonly seconds: number;
  readonly note: string;
}

/** The source with the bug in it, or how often its text was found instead of once. */
export const plant = (source: string, bug: Bug): string | number => {
  const found = source.split(bug.old).length - 1;
  return found === 1 ? source.replace(bug.old, () => bug.new) : found;
};

const copyProject = (root: string): string => {
  const copy = mkdtempSync(join(tmpdir(), 'keepaloft-bugs-'));
  for (const folder of ['core', 'sim']) cpSync(join(root, folder), join(copy, folder), { recursive: true });
  cpSync(join(root, 'package.json'), join(copy, 'package.json'));
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  return copy;
};

const running = new Set<ReturnType<typeof spawn>>();

/** Runs the simulation in the copy until its first failing seed. @returns what it printed */
const simulate = (copy: string, minutes: number, workers: string): Promise<string> =>
  new Promise((resolve) => {
    const args = ['--minutes', String(minutes), '--workers', workers, '--failures', '1', '--json'];
    const child = spawn(process.execPath, [join(copy, 'sim/main.ts'), ...args], {
      cwd: copy,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    running.add(child);
    let output = '';
    const timer = setTimeout(() => child.kill('SIGKILL'), minutes * 60_000 + OVERTIME_MS);
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8');
    });
    child.once('close', () => {
      clearTimeout(timer);
      running.delete(child);
      resolve(output);
    });
  });

const parse = (output: string): z.infer<typeof resultSchema> | undefined => {
  try {
    return resultSchema.parse(JSON.parse(output));
  } catch {
    // The simulation did not get as far as printing a result: the bug keeps it from running at all.
    return undefined;
  }
};

const hunt = async (copy: string, bug: Bug, minutes: number, workers: string): Promise<Verdict> => {
  const { name, what, file } = bug;
  const path = join(copy, file);
  const source = readFileSync(path, 'utf8');
  const planted = plant(source, bug);
  const none = { name, what, caughtBy: undefined, seeds: 0, seconds: 0 };
  if (typeof planted === 'number') return { ...none, note: `its text occurs ${planted} times in ${file}` };
  writeFileSync(path, planted);
  const startedAt = performance.now();
  const result = parse(await simulate(copy, minutes, workers));
  writeFileSync(path, source);
  const seconds = (performance.now() - startedAt) / 1000;
  if (result === undefined) return { ...none, seconds, note: 'the simulation did not run with it' };
  const first = result.failures.toSorted((a, b) => a.seed - b.seed)[0];
  if (first === undefined) return { ...none, seeds: result.seeds, seconds, note: 'nothing noticed' };
  return {
    name,
    what,
    caughtBy: first.invariant,
    seeds: first.seed - result.from + 1,
    seconds,
    note: first.what,
  };
};

const row = ({ name, caughtBy, seeds, seconds, note }: Verdict): string =>
  `${name.padEnd(28)} ${(caughtBy ?? 'NOT CAUGHT').padEnd(15)} ${String(seeds).padStart(7)} ${seconds.toFixed(1).padStart(7)}  ${note}`;

/** Bugs whose name has one of the parts in it; all when none is named. */
const chosen = (parts: string): Bug[] =>
  BUGS.filter(({ name }) => parts.split(',').some((part) => name.includes(part)));

const main = async (): Promise<number> => {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: MINUTES_DEFAULT },
      workers: { type: 'string', default: String(availableParallelism()) },
      only: { type: 'string', default: '' },
      report: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const minutes = Number(values.minutes);
  const copy = copyProject(fileURLToPath(new URL('../..', import.meta.url)));
  let stopped = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      stopped = true;
      for (const child of running) child.kill('SIGTERM');
    });
  try {
    process.stdout.write(
      `${'bug'.padEnd(28)} ${'caught by'.padEnd(15)} ${'seeds'.padStart(7)} ${'seconds'.padStart(7)}\n`,
    );
    const verdicts: Verdict[] = [];
    for (const bug of chosen(values.only)) {
      if (stopped) break;
      const verdict = await hunt(copy, bug, minutes, values.workers);
      verdicts.push(verdict);
      process.stdout.write(`${row(verdict)}\n`);
    }
    const caught = verdicts.filter(({ caughtBy }) => caughtBy !== undefined).length;
    process.stdout.write(`\n${caught} of ${verdicts.length} caught\n`);
    if (values.report !== undefined)
      writeFileSync(values.report, `${JSON.stringify(verdicts, undefined, 2)}\n`);
    return caught === verdicts.length && caught > 0 && !stopped ? 0 : 1;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
};

if (import.meta.main) process.exitCode = await main();
