/** `keepaloft lab exec`: a program inside the lab, on this terminal. */

import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { LabInfo } from '../../lab/control/types.ts';
import { labPath } from '../../lab/net/exec.ts';
import { hostIn } from '../../lab/scenario/cast.ts';
import { EXIT } from '../exit-codes.ts';
import { CliError } from '../failure.ts';
import { type FoundLab, findLab } from './find.ts';

/** As shells do it: ended by a signal is 128 and the signal's number. */
const signalBase = 128;

const namespaceOf = async (where: string, info: LabInfo, { client }: FoundLab): Promise<string> => {
  if (where in info.enter) return where;
  if (where === 'client') return info.client.netns;
  if (where === 'fabric' || where === 'vpc') return info.fabric.netns;
  const byId = info.hosts.find((host) => host.instanceId === where);
  if (byId !== undefined) return byId.netns;
  return hostIn({ info, status: await client.status(), original: null }, where).netns;
};

const runHere = (argv: readonly string[], labId: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const [program = '', ...words] = argv;
    // The program is on this terminal: Ctrl-C is its to handle, and this process only waits for it.
    const ignore = (): void => undefined;
    process.on('SIGINT', ignore);
    const env = { ...process.env, PATH: labPath(), KEEPALOFT_LAB: labId };
    const child = spawn(program, words, { stdio: 'inherit', env });
    child.once('error', (cause) => {
      const remedy = 'is iproute2 installed?';
      reject(new CliError('exec-failed', cause.message, { remedy, exitCode: EXIT.unavailable, cause }));
    });
    child.once('exit', (code, signal) => {
      process.off('SIGINT', ignore);
      resolve(code ?? signalBase + (signal === null ? 0 : constants.signals[signal]));
    });
  });

export const exec = async (
  where: string,
  command: readonly string[],
  options: { lab?: string },
): Promise<number> => {
  const lab = findLab(options.lab);
  const info = await lab.client.info();
  const netns = await namespaceOf(where, info, lab);
  return runHere([...(info.enter[netns] ?? []), ...command], info.lab);
};
