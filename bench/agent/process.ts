/** What the kernel tells of a process: memory and time on the CPU. */
import { readFileSync } from 'node:fs';
import { BenchError } from '../errors.ts';

/** Kernel user-space interfaces count in hundredths of a second on every Linux platform that Node runs on. */
export const TICKS_PER_SECOND = 100;
/** Fields of /proc/PID/stat after the command's name, counted from the state as 0. */
const FIELDS = { utime: 11, stime: 12, cutime: 13, cstime: 14 } as const;

export interface CpuTime {
  /** Ticks of the process itself, and of children that it waited for. */
  readonly own: number;
  readonly children: number;
}

/** @param stat the text of /proc/PID/stat */
export const parseCpuTime = (stat: string): CpuTime => {
  // The name in parentheses may itself hold spaces and parentheses.
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const at = (name: keyof typeof FIELDS): number => fields[FIELDS[name]] ?? Number.NaN;
  const time = { own: at('utime') + at('stime'), children: at('cutime') + at('cstime') };
  if (Number.isNaN(time.own + time.children)) throw new BenchError('/proc/PID/stat has an unknown form');
  return time;
};

/** Kilobytes (1,024 bytes). */
export interface Memory {
  readonly rssKb: number;
  readonly anonKb: number;
  readonly peakKb: number;
}

/** @param status the text of /proc/PID/status */
export const parseMemory = (status: string): Memory => {
  const field = (name: string): number => {
    const value = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'mu').exec(status)?.[1];
    if (value === undefined) throw new BenchError(`/proc/PID/status has no ${name}`);
    return Number(value);
  };
  return { rssKb: field('VmRSS'), anonKb: field('RssAnon'), peakKb: field('VmHWM') };
};

export const cpuTimeOf = (pid: number): CpuTime => parseCpuTime(readFileSync(`/proc/${pid}/stat`, 'utf8'));
export const memoryOf = (pid: number): Memory => parseMemory(readFileSync(`/proc/${pid}/status`, 'utf8'));
/** The program's words, so that a launcher in front of it is never measured by mistake. */
export const commandOf = (pid: number): string[] => readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
