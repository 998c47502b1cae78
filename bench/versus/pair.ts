/** Two hosts and one address: what a fault and a measurement ask of them, whatever keeps the address alive. */
import { setTimeout as delay } from 'node:timers/promises';
import type { LabInfo } from '../../lab/control/types.ts';
import { BenchError } from '../errors.ts';
import { Afflictions, type Stage } from './stage.ts';
import type { System } from './systems.ts';

export interface Pair {
  readonly system: System;
  readonly stage: Stage;
  readonly vip: string;
  /** Their names, the one of the higher priority first. */
  readonly hosts: readonly [string, string];
  readonly afflictions: Afflictions;
  /**
   * Heals everything, starts what does not run and waits until one host is MASTER, the other its standby, and the fabric
   * delivers to the MASTER. @param preferred who should be MASTER; null: whoever is. @returns the MASTER's name
   */
  settle(preferred: string | null): Promise<string>;
  /** kill -9 of the program and of the service. */
  kill(host: string): Promise<void>;
  /** SIGTERM to the program. */
  stop(host: string): Promise<void>;
  /** The program's processes on a host. */
  processes(host: string): Promise<number[]>;
  /** @throws BenchError when the pair had to be ended since it settled: what was seen of it means nothing */
  verify(): void;
  close(): Promise<void>;
}

const POLL_MS = 25;

/** Waits until a condition holds. @throws BenchError naming what was waited for, and what `explain` adds */
export const until = async (
  what: string,
  holds: () => boolean | Promise<boolean>,
  withinMs: number,
  explain: () => string = () => '',
): Promise<void> => {
  const deadline = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > deadline)
      throw new BenchError(`waited ${withinMs} ms in vain: ${what}${explain()}`);
    await delay(POLL_MS);
  }
};

export const hostIn = (info: LabInfo, name: string): LabInfo['hosts'][number] => {
  const host = info.hosts.find((one) => one.name === name);
  if (host === undefined) throw new BenchError(`the lab has no host ${name}`);
  return host;
};

/** The other host of a pair. */
export const peerOf = ({ hosts: [first, second] }: Pick<Pair, 'hosts'>, host: string): string =>
  host === first ? second : first;
