// Runs Spin: generates a verifier from the model, compiles it, searches, and reads what it says.

import { spawn } from 'node:child_process';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Walk } from './row.ts';

/** What one search may take of the machine. */
const MEMORY_MB_MAX = 6000;
const DEPTH_MAX = 200_000;
const SEARCH_MS_MAX = 900_000;
/** Of Spin's own counting; an action takes many of them. */
const WALK_STEPS = 40_000;
/** A search by depth stores states whole: nothing is missed because two states have the same hash. */
const VERIFIER = ['-w', '-DSAFETY', '-DNOREDUCE', '-DNOCLAIM', `-DMEMLIM=${MEMORY_MB_MAX}`];

/** A tool failed, or said something that is not understood. */
export class SpinError extends Error {
  override readonly name = 'SpinError';
}

interface Ran {
  readonly code: number | null;
  readonly output: string;
}

function run(program: string, args: readonly string[], cwd: string, signal?: AbortSignal): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], ...(signal && { signal }) });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.once('error', (cause) => reject(new SpinError(`${program} did not run to its end`, { cause })));
    child.once('close', (code) => resolve({ code, output: Buffer.concat(chunks).toString() }));
  });
}

async function expectSuccess(program: string, args: readonly string[], cwd: string): Promise<string> {
  const { code, output } = await run(program, args, cwd);
  if (code !== 0) throw new SpinError(`${program} ended with ${code}:\n${output.slice(-2000)}`);
  return output;
}

export interface Task {
  /** The name of the model's file in spec/, without its ending. */
  readonly model: string;
  /** `NAME` or `NAME=value`. */
  readonly defines: readonly string[];
  /** `depth`: the whole state space, quickly. `breadth`: the shortest way to what is violated, with its trace. */
  readonly order: 'depth' | 'breadth';
}

export interface Found {
  readonly states: number;
  /** What was violated; undefined when the whole state space holds. */
  readonly violated?: string;
  /** The trace to the violation, as printed; with order `breadth`. */
  readonly printed?: string;
  readonly seconds: number;
}

const modelPath = (specDir: string, model: string): string => join(specDir, `${model}.pml`);
const flags = (defines: readonly string[]): string[] => defines.map((define) => `-D${define}`);

/** Reads the verifier's own account. @throws {SpinError} when the search ended for any other reason than being complete */
export function readAccount(output: string): Pick<Found, 'states' | 'violated'> {
  const states = /^\s*(\d[\d.e+]*) states, stored/m.exec(output)?.[1];
  const violated = /assertion violated\s+!\((\w+)\)/.exec(output)?.[1];
  const errors = /errors: (\d+)/.exec(output)?.[1];
  if (states === undefined || errors === undefined)
    throw new SpinError(`the verifier says nothing that is understood:\n${output.slice(-2000)}`);
  const cutShort = /max search depth too small|out of memory|reached -DMEMLIM/.exec(output)?.[0];
  if (cutShort !== undefined) throw new SpinError(`the search is not complete: ${cutShort}`);
  if (violated === undefined && (errors !== '0' || output.includes('Search not completed')))
    throw new SpinError(`the search ended early:\n${output.slice(-2000)}`);
  return { states: Number(states), ...(violated === undefined ? {} : { violated }) };
}

async function inScratch<T>(work: (dir: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'keepaloft-spec-'));
  try {
    return await work(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/**
 * Searches the model.
 *
 * @param specDir where lease.pml is
 * @param stop ends the search when the program is interrupted
 */
export function search(specDir: string, task: Task, stop: AbortSignal): Promise<Found> {
  return inScratch(async (dir) => {
    const startedMs = Date.now();
    const model = modelPath(specDir, task.model);
    const defines = task.order === 'breadth' ? [...task.defines, 'TRACE'] : task.defines;
    await expectSuccess('spin', ['-a', ...flags(defines), model], dir);
    // The way to a violation is found among few states: compiling fast is worth more than running fast.
    const how = task.order === 'breadth' ? ['-O0', '-DBFS'] : ['-O1'];
    await expectSuccess('gcc', [...how, ...VERIFIER, '-o', 'pan', 'pan.c'], dir);
    const signal = AbortSignal.any([stop, AbortSignal.timeout(SEARCH_MS_MAX)]);
    const { output } = await run(join(dir, 'pan'), ['-E', '-n', `-m${DEPTH_MAX}`, '-w23'], dir, signal);
    const account = readAccount(output);
    const seconds = (Date.now() - startedMs) / 1000;
    if (account.violated === undefined || task.order === 'depth') return { ...account, seconds };
    const trail = join(dir, 'shortest.trail');
    await copyFile(join(dir, `${task.model}.pml.trail`), trail);
    const printed = await expectSuccess(
      'spin',
      ['-t', '-k', trail, '-T', '-B', ...flags(defines), model],
      dir,
    );
    return { ...account, printed, seconds };
  });
}

/** What a model does when every choice is made by dice. The same seed always does the same. */
export function walk(
  specDir: string,
  { model, defines, seed }: Pick<Walk, 'model' | 'defines' | 'seed'>,
): Promise<string> {
  const how = ['-T', '-B', `-n${seed}`, `-u${WALK_STEPS}`];
  const args = [...how, ...flags([...defines, 'TRACE']), modelPath(specDir, model)];
  return inScratch((dir) => expectSuccess('spin', args, dir));
}
