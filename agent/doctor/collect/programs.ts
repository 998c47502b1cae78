/** Looks at the programs that the configuration names: may they be run, can they be, and what do they say? */
import { join } from 'node:path';
import type { AgentFile } from '../../../core/wire/config.ts';
import { AgentError, messageOf } from '../../errors.ts';
import { trustedExecutable } from '../../host/executable.ts';
import type { ProgramFacts } from '../facts.ts';
import { textOf } from './files.ts';

const HOOKS = [
  'beforeMaster',
  'beforeRelease',
  'onMaster',
  'onBackup',
  'onFault',
  'onStop',
  'notify',
] as const;
const SHELL_SCRIPT = /^#!\s*\S*\b(?:sh|bash|dash|ksh|zsh)\b/u;

interface Named {
  readonly use: string;
  readonly isCheck: boolean;
  readonly path: string;
}

const namedIn = (file: AgentFile): Named[] =>
  Object.entries(file.groups).flatMap(([group, { checks, hooks }]) => [
    ...HOOKS.flatMap((hook) => {
      const path = hooks[hook]?.[0];
      return path === undefined ? [] : [{ use: `hook ${hook} of ${group}`, isCheck: false, path }];
    }),
    ...Object.entries(checks).flatMap(([check, config]) => {
      const path = 'script' in config ? config.script[0] : undefined;
      return path === undefined ? [] : [{ use: `check ${check} of ${group}`, isCheck: true, path }];
    }),
  ]);

/** Spaces and such in the kernel's table of mounts. */
const unescaped = (text: string): string =>
  text.replaceAll(/\\(\d{3})/gu, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

/** The mount of `path` if it forbids to execute, from the text of /proc/self/mountinfo. */
export const noexecMount = (mountinfo: string, path: string): string | undefined => {
  const mounts = mountinfo.split('\n').flatMap((line) => {
    const [, , , , point, options] = line.split(' ');
    return point === undefined || options === undefined ? [] : [{ point: unescaped(point), options }];
  });
  const holds = ({ point }: { point: string }): boolean =>
    path === point || path.startsWith(point.endsWith('/') ? point : `${point}/`);
  // Of two at the same place the later one covers the earlier.
  const own = mounts
    .filter(holds)
    .reduce<(typeof mounts)[number] | undefined>(
      (best, one) => (best === undefined || one.point.length >= best.point.length ? one : best),
      undefined,
    );
  return own?.options.split(',').includes('noexec') === true ? own.point : undefined;
};

const refusalOf = (cause: unknown): NonNullable<ProgramFacts['refusal']> =>
  cause instanceof AgentError
    ? { code: 'program-untrusted', message: cause.message, remedy: cause.remedy }
    : { code: 'program-untrusted', message: messageOf(cause), remedy: 'correct the path' };

const lookAt = async ({ use, isCheck, path }: Named, mountinfo: string): Promise<ProgramFacts> => {
  try {
    const real = await trustedExecutable(path);
    const text = textOf(real) ?? '';
    return {
      use,
      isCheck,
      path,
      refusal: undefined,
      noexec: noexecMount(mountinfo, real),
      text: SHELL_SCRIPT.test(text) ? text : undefined,
    };
  } catch (cause) {
    return { use, isCheck, path, refusal: refusalOf(cause), noexec: undefined, text: undefined };
  }
};

/** @param root where /proc is, for tests */
export const lookAtPrograms = async (file: AgentFile, root = '/'): Promise<ProgramFacts[]> => {
  const mountinfo = textOf(join(root, 'proc/self/mountinfo')) ?? '';
  return Promise.all(namedIn(file).map((named) => lookAt(named, mountinfo)));
};
