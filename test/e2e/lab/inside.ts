/** Looks into a running lab from outside the product: its namespaces, its kernel addresses, its processes. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { LabInfo } from '../../../lab/control/types.ts';
import { run } from '../../../lab/net/exec.ts';
import { processesOfLab, startTicksOf } from '../../../lab/processes.ts';
import { isAlive, type LabDirectory, listLabDirectories } from '../../../lab/state.ts';

export type Host = LabInfo['hosts'][number];

/** @throws Error when the lab has no such host */
export const hostOf = (info: LabInfo, name: string | null | undefined): Host => {
  const host = info.hosts.find((one) => one.name === name);
  if (host === undefined) throw new Error(`the lab has no host ${name}`);
  return host;
};

/** Runs a program inside a host's namespace to its end; resolves with what it printed. */
export const inside = (info: LabInfo, host: string, ...argv: string[]): Promise<string> =>
  run([...(info.enter[hostOf(info, host).netns] ?? []), ...argv]);

/** Whether the kernel of a host has an address on any interface. */
export const hasAddress = async (info: LabInfo, host: string, address: string): Promise<boolean> =>
  (await inside(info, host, 'ip', '-o', '-4', 'addr', 'show')).includes(` ${address}/`);

/** Everything of a lab that is still there: living processes, namespaces, its directory. */
export const leftoversOf = ({ lab, dir }: Pick<LabInfo, 'lab' | 'dir'>): (string | number)[] => {
  const namespaces = existsSync('/run/netns') ? readdirSync('/run/netns') : [];
  return [
    ...processesOfLab(lab).filter((pid) => startTicksOf(pid) !== null),
    ...namespaces.filter((name) => name.startsWith(`kl${lab}-`)),
    ...(existsSync(dir) ? [dir] : []),
  ];
};

/** The process that started another one; null when that does not run. */
export const parentOf = (pid: number): number | null => {
  try {
    const parent = /^PPid:\t(\d+)$/mu.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return parent === undefined ? null : Number(parent);
  } catch {
    // It ended meanwhile.
    return null;
  }
};

/** The living labs that a process has started: others may run on this machine at the same time. */
export const labsStartedBy = (pid: number | undefined): LabDirectory[] =>
  listLabDirectories().filter(
    (lab) => isAlive(lab) && lab.supervisor !== null && parentOf(lab.supervisor.pid) === pid,
  );
