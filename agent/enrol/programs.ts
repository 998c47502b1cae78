/**
 * A configuration may come over the network, a program may not: what a fetched one names must be a file in one directory
 * of this host that only root can write. Else whoever speaks for the arbiter could run anything, `/bin/sh -c …` for one.
 */
import { normalize } from 'node:path';
import type { AgentFile } from '../../core/wire/config.ts';
import { HostError } from '../errors.ts';
import { trustedExecutable } from '../host/executable.ts';

export const HOOKS_DIRECTORY = '/etc/keepaloft/hooks.d';

/** Every program that a file names, with the place where it does. */
const programsOf = ({ groups }: AgentFile): { readonly place: string; readonly path: string }[] =>
  Object.entries(groups).flatMap(([name, { checks, hooks }]) => {
    const { timeout: _, ...argvs } = hooks;
    const scripts = Object.entries(checks).flatMap(([check, config]) =>
      'script' in config ? [[`checks.${check}`, config.script] as const] : [],
    );
    const named = Object.entries(argvs).flatMap(([hook, argv]) =>
      argv === undefined ? [] : [[`hooks.${hook}`, argv] as const],
    );
    return [...scripts, ...named].map(([place, [path = '']]) => ({
      place: `groups.${name}.${place}`,
      path,
    }));
  });

/** @throws HostError `foreign-program`, or `untrusted-file` as `trustedExecutable`, for the first that may not be run */
export const checkPrograms = async (file: AgentFile, directory: string = HOOKS_DIRECTORY): Promise<void> => {
  for (const { place, path } of programsOf(file)) {
    if (!normalize(path).startsWith(`${directory}/`)) {
      throw new HostError('foreign-program', `${place}: ${path} is not in ${directory}`, {
        remedy: `put a script there that runs it, and name that: a configuration that was fetched runs nothing else`,
      });
    }
    await trustedExecutable(path);
  }
};
