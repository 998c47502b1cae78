/**
 * Decides how the lab may create network namespaces: as root, or as an ordinary user inside a user namespace of its
 * own. When neither works it says why and what to do about it.
 */

import { userInfo } from 'node:os';
import { findProgram, requireProgram, run } from './exec.ts';
import { checkLabId, namespaceName } from './names.ts';
import { explainRefusal, readKernelFacts } from './refusal.ts';
import { startRootless } from './rootless.ts';

/** How the lab gets at namespaces. `enterPrefix` goes before every `ip` command (empty as root). */
export interface Privilege {
  mode: 'root' | 'rootless';
  /** Absolute path of iproute2's `ip`. */
  ip: string;
  enterPrefix: readonly string[];
  /** Process that keeps the user namespace alive (rootless only). */
  holderPid: number | null;
  /** Ends the holder; namespaces made through it are gone when their last process is. Repeatable. */
  release(): Promise<void>;
}

export interface PrivilegeOptions {
  labId: string;
  /** A directory that lab processes must still see although rootless mode puts an empty tmpfs on /run. */
  visibleDirectory?: string;
  /** Insists on one mode instead of preferring root; tests use it. */
  mode?: Privilege['mode'];
}

/** As root: true when `ip netns add` works; the error's text when it does not. */
const tryRoot = async (ip: string, labId: string): Promise<true | string> => {
  const trial = namespaceName(labId, 'trial');
  try {
    await run([ip, 'netns', 'add', trial]);
    await run([ip, 'netns', 'del', trial]);
    return true;
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause);
  }
};

const rootPrivilege = (ip: string): Privilege => ({
  mode: 'root',
  ip,
  enterPrefix: [],
  holderPid: null,
  release: () => Promise.resolve(),
});

/**
 * Finds out what this process may do and prepares it.
 * Throws `LabError` `program-missing`, `namespaces-forbidden` or `rootless-setup-failed`, each with a remedy.
 *
 * @example const privilege = await obtainPrivilege({ labId: '12ab' });
 */
export const obtainPrivilege = async (options: PrivilegeOptions): Promise<Privilege> => {
  checkLabId(options.labId);
  const ip = requireProgram('ip', 'iproute2');
  const isRoot = userInfo().uid === 0;
  let rootRefusal: string | null = null;
  if (isRoot && options.mode !== 'rootless') {
    const allowed = await tryRoot(ip, options.labId);
    if (allowed === true) {
      return rootPrivilege(ip);
    }
    rootRefusal = allowed;
  }
  if (options.mode === 'root') {
    throw explainRefusal(rootRefusal ?? 'this process does not run as root', readKernelFacts(isRoot));
  }
  const unshare = requireProgram('unshare', 'util-linux');
  const nsenter = requireProgram('nsenter', 'util-linux');
  const mount = requireProgram('mount', 'mount');
  const mkdir = requireProgram('mkdir', 'coreutils');
  const rootless = await startRootless({
    programs: {
      unshare,
      nsenter,
      mount,
      mkdir,
      cat: requireProgram('cat', 'coreutils'),
      setpriv: findProgram('setpriv'),
    },
    labId: options.labId,
    visibleDirectory: options.visibleDirectory ?? null,
    explain: (refusal) => explainRefusal(rootRefusal ?? refusal, readKernelFacts(isRoot)),
  });
  return { mode: 'rootless', ip, ...rootless };
};
