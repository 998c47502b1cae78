/** The machine under the measurements, and how busy it was with other things. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as z from 'zod/mini';
import { BenchError } from './errors.ts';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));

export const machineSchema = z.object({
  cores: z.int(),
  cpu: z.string(),
  memoryMb: z.int(),
  kernel: z.string(),
  node: z.string(),
  /** The commit that was measured, with `-dirty` when the work tree differed from it. */
  commit: z.string(),
});
export type Machine = z.infer<typeof machineSchema>;

export const noiseSchema = z.object({
  /** Share of all cores that others kept busy just before the section began, 0 to 1. */
  busyBefore: z.number(),
  /** Share of the section in which the hypervisor gave the cores to somebody else, 0 to 1. */
  stolen: z.number(),
  /** Runnable processes, averaged over a minute, before and after. */
  loadBefore: z.number(),
  loadAfter: z.number(),
});
export type Noise = z.infer<typeof noiseSchema>;

const BUSY_SAMPLE_MS = 2000;
const git = promisify(execFile);

const commitOf = async (): Promise<string> => {
  const ask = (...words: string[]) => git('git', ['-C', ROOT, ...words]);
  try {
    const head = (await ask('rev-parse', '--short=12', 'HEAD')).stdout.trim();
    // What the benchmark itself writes does not make the measured product another one.
    const pathspec = ['--', '.', ':!docs', ':!bench/results'];
    const changed = (await ask('status', '--porcelain', ...pathspec)).stdout.trim();
    return changed === '' ? head : `${head}-dirty`;
  } catch {
    return 'unknown: not a git work tree';
  }
};

export const describeMachine = async (): Promise<Machine> => {
  const [first, ...others] = cpus();
  return {
    cores: 1 + others.length,
    cpu: first?.model ?? 'unknown',
    memoryMb: Math.round(totalmem() / 1024 / 1024),
    kernel: release(),
    node: process.version,
    commit: await commitOf(),
  };
};

/** Ticks of all cores together since boot. */
export interface CpuTicks {
  readonly total: number;
  readonly idle: number;
  readonly stolen: number;
}

/** @param stat the text of /proc/stat @throws BenchError when it has no line for all cores */
export const parseCpuTicks = (stat: string): CpuTicks => {
  const line = /^cpu +(?<ticks>[\d ]+)$/mu.exec(stat)?.groups?.['ticks'];
  if (line === undefined) throw new BenchError('/proc/stat has no line for all cores');
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, stolen = 0] = line
    .split(' ')
    .map(Number);
  return {
    total: user + nice + system + idle + iowait + irq + softirq + stolen,
    idle: idle + iowait,
    stolen,
  };
};

const readTicks = (): CpuTicks => parseCpuTicks(readFileSync('/proc/stat', 'utf8'));
const load = (): number => loadavg()[0] ?? 0;
const share = (part: number, whole: number): number =>
  whole === 0 ? 0 : Math.round((1000 * part) / whole) / 1000;

/** Looks at the machine for two seconds; the returned function is called when the section has ended. */
export const watchNoise = async (): Promise<() => Noise> => {
  const before = readTicks();
  await delay(BUSY_SAMPLE_MS);
  const start = readTicks();
  const loadBefore = load();
  const idle = share(start.idle - before.idle, start.total - before.total);
  return () => {
    const end = readTicks();
    const stolen = share(end.stolen - start.stolen, end.total - start.total);
    return { busyBefore: Math.round((1 - idle) * 1000) / 1000, stolen, loadBefore, loadAfter: load() };
  };
};
